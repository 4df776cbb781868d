"""Everything that the verbs do on an emulated organization is allowed by what was computed for its policy file, and nothing besides.

One account where Patchkeep installs on instances and hybrid machines, and AWS on others; settings are made, altered and removed.
"""

from __future__ import annotations

from dataclasses import dataclass

import pytest

from patchkeep.domain.call import Call, Target
from patchkeep.domain.progress import Rollout, Status
from patchkeep.doors.store import Store
from patchkeep.permissions.roles import statements
from patchkeep.services import By
from patchkeep.services._reboot import REBOOT_DOCUMENT
from patchkeep.work.apply import Applied, Outcome
from patchkeep.work.rollout import Rolling, run, start
from tests.permissions.allowed import AllowedAws, again, of
from tests.permissions.policies import policy as wide
from tests.services import asked
from tests.work.estate import MEMBER, ORG, SERVICES, Estate, world_of
from tests.work.estate import POLICY as FIRST
from tests.work.near import NearAws, fused

WITH_HYBRIDS = (
    ORG
    + """      - {name: plant, count: 2, os: {debian-12: 1}, environment: web, behind: 30d, hybrid: true}
      - {name: press, count: 1, os: {debian-12: 1}, environment: old, behind: 30d, hybrid: true}
"""
)
ALTERED = FIRST.replace("approve: {security: now}", "approve: {security: now, bugfix: now}").replace("lasts: 5h", "lasts: 4h")
ALTERED += 'freshness: {scan_schedule: "daily 06:00"}\n'
SHRUNK = """
name: tiny
organization: {roles: {read: PatchkeepRead, write: PatchkeepWrite}}
environments:
  other: {match: {tags: {Environment: web}}, installer: aws, window: monday}
baselines:
  apt: {os: [ubuntu, debian], approve: {security: now}}
windows:
  monday: {at: "Mon 01:00", timezone: Europe/Berlin, lasts: 5h, stop_starting: 1h}
"""

# Granted, and seen neither here nor in the services' samples; dated 2026-11-23.
UNUSED = {
    "ssm:GetParameter": "the door reads the stop before each write, and the external id where the policy says so: see the end-to-end tests",
    "secretsmanager:GetSecretValue": "the same, where the external id lies there",
    "sts:AssumeRole": "the door takes the roles: see the end-to-end tests",
    "sts:SetSourceIdentity": "the same",
    "cloudwatch:PutMetricData": "the door publishes the heartbeat, no dialogue",
}


@dataclass(frozen=True, slots=True)
class Way:
    aws: list[AllowedAws]
    settings: list[tuple[Applied, ...]]
    rollout: Rollout
    used: set[tuple[By, str]]


@pytest.fixture(scope="module")
def way(store: Store) -> Way:
    """Discover, plan, apply, roll out; the same with an altered policy, and with one that leaves an environment out."""
    estate = Estate(world_of(WITH_HYBRIDS), FIRST)
    first = of(estate.aws, estate.policy)
    estate.aws = first
    applied = [estate.apply(estate.plan(), store)]
    estate.days(1)
    rollout = _rolled(estate, store)
    doors = [first]
    for text in (ALTERED, SHRUNK):
        estate.text = text
        if text is ALTERED:
            _somebody_altered_what_is_ours(estate)
        doors.append(again(doors[-1], estate.policy))
        estate.aws = doors[-1]
        applied.append(estate.apply(estate.plan(), store))
        estate.days(1)
    estate.discover()
    return Way(doors, applied, rollout, {one for aws in doors for one in aws.used})


def _rolled(estate: Estate, store: Store) -> Rollout:
    made = estate.plan()
    rollouts, ledger = fused(store, estate.aws.fuse)
    store.plans.save(made)
    rolling = Rolling(made, estate.policy, estate.aws, SERVICES, rollouts, ledger, estate.clock, estate.aws.caller().arn)
    return run(rolling, start(rolling).id, lambda _: None, wait=True)


def _somebody_altered_what_is_ours(estate: Estate) -> None:
    """The document's content, and a window's tasks."""
    by_hand, here = NearAws(estate.world), Target(MEMBER, "eu-central-1")
    content = REBOOT_DOCUMENT.content.replace("reboots the node once", "does something else")
    named = {"Name": REBOOT_DOCUMENT.name, "DocumentFormat": "JSON", "DocumentVersion": "$LATEST"}
    assert by_hand.write(here, Call.of("ssm", "update_document", named, Content=content)).ok
    assert by_hand.write(here, Call.of("ssm", "update_document_default_version", Name=REBOOT_DOCUMENT.name, DocumentVersion="2")).ok
    window = next(existing for existing in estate.discover().objects if existing.kind == "maintenance window" and existing.owner)
    task = {"TaskArn": "AWS-RunPatchBaseline", "TaskType": "RUN_COMMAND", "MaxConcurrency": "1", "MaxErrors": "1"}
    reached = [{"Key": "WindowTargetIds", "Values": window.fields["TargetIds"]}]
    told = {"RunCommand": {"Parameters": {"Operation": ["Scan"]}}}
    more = Call.of("ssm", "register_task_with_maintenance_window", task, WindowId=window.id, Targets=reached, TaskInvocationParameters=told)
    assert by_hand.write(here, more).ok


def test_every_setting_is_applied_under_the_computed_policies(way: Way) -> None:
    outcomes = {one.outcome for applied in way.settings for one in applied}
    refused = [one.why for applied in way.settings for one in applied if "not authorized" in one.why]
    assert refused == []
    assert outcomes == {Outcome.APPLIED}
    assert all(applied for applied in way.settings)


def test_a_rollout_on_instances_and_hybrid_machines_ends_under_the_computed_policies(way: Way) -> None:
    assert (way.rollout.status, way.rollout.why) == (Status.DONE, "all rings done")
    nodes = {member.resource[:2] for ring in way.rollout.rings for member in ring.members}
    assert nodes == {"i-", "mi"}


def test_nothing_is_granted_that_is_never_used(way: Way) -> None:
    seen = {name for _, name in way.used}
    seen |= asked.actions([*asked.all_reads(), *(call for service in asked.SERVICES.values() for call in asked.writes(service))])
    granted = {name for by in By for statement in statements(wide(), by) for name in statement.actions}
    assert granted - seen - set(UNUSED) == set()
    assert seen - granted == set()


def test_the_recording_alone_makes_every_write_but_the_doors_look_at_the_stop(way: Way) -> None:
    """So that the sandbox has weighed its resources and conditions, and not the names of actions alone."""
    granted = {name for aws in way.aws if aws.policy for s in statements(aws.policy, By.WRITE) for name in s.actions}
    used = {name for by, name in way.used if by is By.WRITE}
    assert used <= granted
    assert granted - used == {"ssm:GetParameter"}
