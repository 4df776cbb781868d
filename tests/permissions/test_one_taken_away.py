"""One permission less: a gap for each place and service that names the action, and everything else as it is with all of them."""

from __future__ import annotations

import textwrap
from collections import Counter
from collections.abc import Iterator
from datetime import datetime, timedelta

import pytest

from patchkeep.domain.call import Call, Gap, Target
from patchkeep.domain.progress import Batch, Phase, Rollout
from patchkeep.domain.snapshot import Snapshot
from patchkeep.doors.store import Store
from patchkeep.permissions.roles import statements
from patchkeep.services import By
from patchkeep.work.apply import Outcome
from patchkeep.work.rollout import Rolling, run, start
from tests.permissions.allowed import AllowedAws, of
from tests.permissions.declared import resources
from tests.permissions.test_recorded import WITH_HYBRIDS
from tests.services import asked
from tests.work.estate import MEMBER, POLICY, SERVICES, Estate, policy_of, world_of
from tests.work.near import NearAws, fused

LOOKED = {name for service in asked.SERVICES.values() for name in asked.actions(asked.seen(service)[1])}
IN_ROLLOUTS = {name for service in asked.SERVICES.values() for name in asked.actions(asked.in_rollouts(service))} - LOOKED
OURS = {"ssm", "ec2", "organizations", "account"}  # services of AWS whose every read this estate leads to
EVERY_READ = sorted(
    {
        name
        for by in (By.READ, By.CALLER)
        for statement in statements(policy_of(POLICY, Estate().clock.now()), by)
        for name in statement.actions
        if not name.startswith("sts:") and name != "ssm:GetParameter"  # the door's own: see the end-to-end tests
    }
)


@pytest.fixture(scope="module")
def estate(store: Store) -> Estate:
    """Everything is applied, so that there are baselines, associations, windows and a document to read; and all sorts of resources."""
    made = Estate(world_of(WITH_HYBRIDS + textwrap.indent(resources(), "    ")), POLICY)
    made.apply(made.plan(), store)
    made.days(1)
    return made


@pytest.fixture(scope="module")
def clean(estate: Estate) -> Snapshot:
    estate.aws = of(estate.aws, estate.policy)
    estate.previous = None
    seen = estate.discover()
    assert seen.gaps == ()
    return seen


def look(estate: Estate, *taken: str) -> Snapshot:
    estate.aws = of(estate.aws, estate.policy, taken)
    estate.previous = None
    return estate.discover()


@pytest.mark.parametrize("action", [name for name in EVERY_READ if name not in IN_ROLLOUTS])
def test_without_one_read_there_is_one_gap_per_place_and_service_that_names_it(action: str, estate: Estate, clean: Snapshot) -> None:
    seen = look(estate, action)
    if action not in _used(estate):  # nothing here leads to it: the samples of its service do
        assert action.partition(":")[0] not in OURS
        return
    assert seen.gaps
    assert {gap.operation for gap in seen.gaps} == {action}
    assert all("not authorized to perform" in gap.reason and action in gap.reason for gap in seen.gaps)
    often = Counter((gap.target, gap.service) for gap in seen.gaps)
    assert set(often.values()) == {1}
    rest_is_read(clean, seen)


def _used(estate: Estate) -> set[str]:
    assert isinstance(estate.aws, AllowedAws)
    return {name for _, name in estate.aws.used}


def rest_is_read(clean: Snapshot, seen: Snapshot) -> None:
    """Objects of every service without a gap in a place are there as ever, and so are the machines that somebody could list."""
    unread = [gap for gap in seen.gaps if not gap.assets and gap.service != "contacts"]

    def hidden(target: object, service: str) -> bool:
        return any(gap.covers(target) and gap.service in {service, "accounts", "organization"} for gap in unread)  # type: ignore[arg-type]

    expected = [one for one in clean.objects if not hidden(one.target, one.service)]
    there = {(one.target, one.service, one.id): one for one in seen.objects}
    assert [there.get((one.target, one.service, one.id)) for one in expected] == expected
    ever, now = ({one.id for one in look.assets if not hidden(one.target, one.service)} for look in (clean, seen))
    assert now == ever


def test_with_all_reads_taken_nothing_is_called_compliant_and_every_place_has_a_gap(estate: Estate) -> None:
    seen = look(estate, *(name for name in EVERY_READ if name.startswith("ssm:")))
    assert {gap.service for gap in seen.gaps if gap.target.account == MEMBER} >= {"nodes", "baselines", "associations", "windows"}
    assert all(asset.scan is None for asset in seen.assets)


def batches(clean: Snapshot, now: datetime) -> Iterator[Batch]:
    """A reboot of machines, and every step by which a managed resource may be changed."""
    nodes = [asset for asset in clean.assets if asset.resource.startswith("i-") and asset.tags["Environment"] == "web"]
    names = tuple(asset.resource for asset in nodes)
    yield Batch("pk-0123456789abcdef", "web", "reboot", nodes[0].target, names, now - timedelta(hours=1), "c-1")
    for name, service in SERVICES.items():
        yield from asked.batches_of(service, asked.courses_of(service, [asset for asset in clean.assets if asset.service == name]))


@pytest.mark.parametrize("action", sorted(IN_ROLLOUTS))
def test_a_read_of_rollouts_that_is_refused_is_a_gap_that_names_it(action: str, estate: Estate, clean: Snapshot) -> None:
    aws = of(estate.aws, estate.policy, [action])
    refused = set()
    for batch in batches(clean, estate.clock.now()):
        service = SERVICES[batch.service]
        assert service.prepare is not None
        assert service.adopt is not None
        assert service.check is not None
        dialogues = (service.prepare(batch), service.adopt(batch), service.check(batch, estate.clock.now()))
        answers = [aws.read(batch.target, service.name, dialogue) for dialogue in dialogues]
        refused |= {answer.operation for answer in answers if isinstance(answer, Gap)}
    assert refused == {name for _, name in aws.used} & {action}, "what nothing here leads to, the samples of services do"


# --- writes -----------------------------------------------------------------------------------------------------------


def test_without_one_write_its_settings_fail_with_awss_sentence_and_the_others_are_applied(store: Store) -> None:
    estate = Estate(world_of(WITH_HYBRIDS), POLICY)
    made = estate.plan()
    estate.aws = of(estate.aws, estate.policy, ["ssm:CreatePatchBaseline"])
    done = estate.apply(made, store)
    failed = [one for one in done if one.outcome is Outcome.FAILED]
    assert {one.setting.kind for one in failed} == {"patch baseline"}
    for one in failed:
        assert "AccessDeniedException" in one.why
        assert "is not authorized to perform: ssm:CreatePatchBaseline" in one.why
    assert {one.outcome for one in done if one not in failed} == {Outcome.APPLIED}


def test_a_creation_that_may_not_be_tagged_is_refused_before_anything_is_made(store: Store) -> None:
    estate = Estate(world_of(WITH_HYBRIDS), POLICY)
    made = estate.plan()
    estate.aws = of(estate.aws, estate.policy, ["ssm:AddTagsToResource"])
    failed = [one for one in estate.apply(made, store) if one.outcome is Outcome.FAILED]
    assert {"patch baseline", "association", "maintenance window", "document"} <= {one.setting.kind for one in failed}
    assert all("ssm:AddTagsToResource" in one.why for one in failed)
    assert [one for one in estate.discover().objects if one.owner] == []


def rolled(estate: Estate, store: Store, aws: AllowedAws) -> Rollout:
    made = estate.plan()
    store.plans.save(made)
    rollouts, ledger = fused(store, estate.aws.fuse)
    rolling = Rolling(made, estate.policy, aws, SERVICES, rollouts, ledger, estate.clock, aws.caller().arn)
    return run(rolling, start(rolling).id, lambda _: None, wait=True)


def test_without_the_right_to_send_commands_a_batch_fails_with_awss_sentence(store: Store) -> None:
    estate = Estate(world_of(WITH_HYBRIDS), POLICY)
    estate.apply(estate.plan(), store)
    estate.days(1)
    rollout = rolled(estate, store, of(estate.aws, estate.policy, ["ssm:SendCommand"]))
    members = [member for ring in rollout.rings for member in ring.members]
    assert {member.phase for member in members} == {Phase.FAILED}
    assert all("is not authorized to perform: ssm:SendCommand" in member.why for member in members)


def test_a_machine_whose_patch_group_was_taken_away_cannot_be_sent_anything(store: Store) -> None:
    """Not even by a bug of ours: IAM looks at the tag, too."""
    estate = Estate(world_of(WITH_HYBRIDS), POLICY)
    estate.apply(estate.plan(), store)
    aws = of(estate.aws, estate.policy)
    here = Target(MEMBER, "eu-central-1")
    site = estate.world.site(MEMBER, "eu-central-1")
    web = next(node for node in site.nodes.values() if node.tags.get("PatchGroup") == "patchkeep-tiny-web" and node.id.startswith("i-"))

    def send(document: str = "AWS-RunPatchBaseline", **parameters: list[str]) -> str:
        told = {"Operation": ["Scan"]} if document == "AWS-RunPatchBaseline" else parameters
        return aws.write(here, Call.of("ssm", "send_command", InstanceIds=[web.id], DocumentName=document, Parameters=told)).code

    assert send() == ""
    assert send("AWS-RunShellScript", commands=["id"]) == "AccessDeniedException"
    web.tags["aws:autoscaling:groupName"] = "web"
    assert send() == "AccessDeniedException"
    del web.tags["aws:autoscaling:groupName"]
    web.tags["PatchGroup"] = "somebody-elses"
    assert send() == "AccessDeniedException"


def test_the_write_role_cannot_touch_what_is_not_ours(store: Store) -> None:
    estate = Estate(world_of(WITH_HYBRIDS), POLICY)
    here = Target(MEMBER, "eu-central-1")
    by_hand = NearAws(estate.world)
    theirs = by_hand.write(here, Call.of("ssm", "create_patch_baseline", Name="theirs", OperatingSystem="DEBIAN")).content["BaselineId"]
    aws = of(estate.aws, estate.policy)
    for call in (
        Call.of("ssm", "delete_patch_baseline", BaselineId=theirs),
        Call.of("ssm", "update_patch_baseline", BaselineId=theirs, Name="ours"),
        Call.of("ssm", "register_patch_baseline_for_patch_group", BaselineId=theirs, PatchGroup="patchkeep-tiny-web"),
        Call.of("ssm", "create_patch_baseline", Name="untagged", OperatingSystem="DEBIAN"),
    ):
        answer = aws.write(here, call)
        assert answer.code == "AccessDeniedException", call.operation
        assert f"{call.operation.split('_')[0].capitalize()}" in answer.message
