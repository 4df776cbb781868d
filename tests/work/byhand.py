"""An account that people settled by hand before Patchkeep came: baselines, a Scan and a window, some of them other tools' property."""

from __future__ import annotations

from collections.abc import Iterable

from patchkeep.domain.asset import Existing
from patchkeep.domain.call import Target
from patchkeep.domain.plan import Plan
from patchkeep.work import adopt, offers
from tests.work import estate as tidy
from tests.work.estate import MANAGEMENT, MEMBER, SERVICES, Estate, tiny, world_of

HERE = Target(MEMBER, "eu-central-1")
RULES = "{PatchRules: [{PatchFilterGroup: {PatchFilters: [{Key: PRIORITY, Values: [Required, Important]}]}}]}"
BY_HAND = f"""\
    estate:
      - kind: baseline
        Name: corp-ubuntu
        OperatingSystem: UBUNTU
        PatchGroups: [corp-web]
        ApprovalRules: {RULES}
        RejectedPatches: [zip]
      - {{kind: baseline, Name: stack-ubuntu, OperatingSystem: UBUNTU, Tags: [{{Key: "aws:cloudformation:stack-name", Value: corp}}]}}
      - {{kind: baseline, Name: tf-debian, OperatingSystem: DEBIAN, Tags: [{{Key: ManagedBy, Value: terraform}}]}}
      - {{kind: baseline, Name: other-policy, OperatingSystem: DEBIAN, Tags: [{{Key: "patchkeep:managed-by", Value: o-zzz/other}}]}}
      - {{kind: baseline, Name: macs, OperatingSystem: MACOS}}
      - kind: association
        Name: AWS-RunPatchBaseline
        AssociationName: corp-scan
        Parameters: {{Operation: [Scan]}}
        ScheduleExpression: cron(0 5 * * ? *)
        ApplyOnlyAtCronInterval: true
        Targets: [{{Key: "tag:Environment", Values: [web]}}]
      - kind: association
        Name: AWS-RunPatchBaseline
        AssociationName: AWS-QuickSetup-PatchPolicy-ScanForPatches-LA-abcde
        Parameters: {{Operation: [Scan]}}
        ScheduleExpression: cron(0 1 * * ? *)
        Targets: [{{Key: "tag:QSConfigId-abcde", Values: [abcde]}}]
      - kind: window
        Name: corp-sunday
        Schedule: cron(0 4 ? * SUN *)
        Duration: 3
        Cutoff: 1
        AllowUnassociatedTargets: false
        Targets: [{{ResourceType: INSTANCE, Targets: [{{Key: "tag:Environment", Values: [old]}}]}}]
        Tasks:
          - TaskArn: AWS-RunPatchBaseline
            TaskType: RUN_COMMAND
            TaskInvocationParameters: {{RunCommand: {{Parameters: {{Operation: [Install], RebootOption: [RebootIfNeeded]}}}}}}
            MaxConcurrency: "2"
            MaxErrors: "1"
"""
ORG = tiny(", patch_group: corp-web", BY_HAND)
POLICY = tidy.POLICY.replace("web: {match: {tags: {Environment: web}}}", "web: {match: {tags: {Environment: web}}, patch_group: corp-web}")
AUTHOR = f"arn:aws:iam::{MANAGEMENT}:user/ada"


def by_hand(org: str = ORG, policy: str = POLICY) -> Estate:
    return Estate(world_of(org), policy)


def offered(estate: Estate) -> dict[str, offers.Offer]:
    return {offer.existing.name: offer for offer in offers.offers(estate.assess(), SERVICES)}


def adopting(estate: Estate, *objects: str, name: str = "", **more: object) -> Plan:
    wish = adopt.Wish(objects, name=name, **more)  # type: ignore[arg-type]
    return adopt.adopt(estate.assess(), SERVICES, AUTHOR, wish)


def releasing(estate: Estate, *objects: str) -> Plan:
    return adopt.release(estate.assess(), SERVICES, AUTHOR, adopt.Wish(objects))


def ours(estate: Estate, kind: str) -> list[Existing]:
    """Objects of ours of one kind, as they are seen now."""
    seen = estate.discover()
    return [e for e in seen.objects if e.kind == kind and e.owner == f"{seen.organization_id}/tiny"]


def operations(made: Iterable[object]) -> list[str]:
    return [call.operation for call in made]  # type: ignore[attr-defined]
