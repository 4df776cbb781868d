"""A look at an organization without HTTP: no refusal ends it, and what was seen once is never forgotten, only unread."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from patchkeep.domain.call import Call, Cause, Gap, Target
from patchkeep.domain.compliance import Status
from patchkeep.domain.snapshot import Snapshot
from patchkeep.match.question import parse
from patchkeep.work.who import Has, who
from tests.work.estate import MANAGEMENT, MEMBER, ORG, POLICY, Estate, world_of

NODES = 3
READS = ("describe_instances", "describe_instance_information", "describe_instance_patch_states", "get_inventory")


def refusing(*operations: str, cause: Cause = Cause.REFUSED) -> Callable[[Call], Cause | None]:
    return lambda call: cause if call.operation in operations else None


def seen_once() -> Estate:
    estate = Estate()
    assert len(estate.discover().assets) == NODES
    return estate


def assert_unread(estate: Estate, snapshot: Snapshot) -> None:
    """Every node is still known, unread, and UNKNOWN."""
    assert len(snapshot.assets) == NODES
    assert all(asset.unread for asset in snapshot.assets)
    verdicts = estate.assess().verdicts.values()
    assert {verdict.status for verdict in verdicts} == {Status.UNKNOWN}


def test_a_look_finds_accounts_with_their_units_contacts_and_nodes() -> None:
    snapshot = Estate().discover()
    assert [(account.id, account.ou, account.contact) for account in snapshot.accounts] == [
        (MANAGEMENT, "", "aws+tiny-management@tiny.example"),
        (MEMBER, "Web", "security@tiny.example"),
    ]
    assert {asset.ou for asset in snapshot.assets} == {"Web"}
    assert {asset.owner for asset in snapshot.assets} == {"security@tiny.example"}
    assert snapshot.gaps == ()


def test_equal_looks_have_equal_ids_and_carry_their_own_times() -> None:
    estate = Estate()
    first, second = estate.discover(), estate.discover()
    assert first.id == second.id


def test_an_account_that_refuses_leaves_its_nodes_known_and_unread() -> None:
    estate = seen_once()
    estate.aws.meddle = refusing("describe_regions", "get_alternate_contact")
    snapshot = estate.discover()
    assert {(gap.target.account, gap.target.region, gap.cause) for gap in snapshot.gaps} >= {(MEMBER, "", Cause.REFUSED)}
    assert_unread(estate, snapshot)


@pytest.mark.parametrize("cause", [Cause.NO_ROLE, Cause.THROTTLED, Cause.UNREACHABLE, Cause.EXPIRED, Cause.NOT_UNDERSTOOD])
def test_whatever_the_cause_nothing_is_forgotten_and_the_next_look_reads_again(cause: Cause) -> None:
    estate = seen_once()
    estate.aws.meddle = refusing("describe_regions", cause=cause)
    assert_unread(estate, estate.discover())
    estate.aws.meddle = lambda _: None
    assert not any(asset.unread for asset in estate.discover().assets)


def test_an_organization_that_refuses_to_list_its_accounts_is_not_an_empty_one() -> None:
    estate = seen_once()
    estate.aws.meddle = refusing("describe_organization")
    snapshot = estate.discover()
    assert [account.id for account in snapshot.accounts] == [MANAGEMENT]
    assert [(gap.service, gap.cause) for gap in snapshot.gaps] == [("accounts", Cause.REFUSED)]
    assert_unread(estate, snapshot)
    assert estate.plan().settings == ()


def test_an_account_without_an_organization_is_looked_at_alone_and_that_is_no_gap() -> None:
    estate = Estate()
    none = Gap(Target("", "us-east-1"), "accounts", Cause.UNREACHABLE, "not in use", code="AWSOrganizationsNotInUseException")
    estate.aws.meddle = lambda call: none if call.operation == "describe_organization" else None
    snapshot = estate.discover()
    assert [account.id for account in snapshot.accounts] == [MANAGEMENT]
    assert (snapshot.organization_id, snapshot.assets, snapshot.gaps) == (MANAGEMENT, (), ())


def test_an_organization_without_machines_is_a_look_that_proves_nothing() -> None:
    text = ORG[: ORG.index('  - id: "')]
    estate = Estate(world_of(text))
    assessed = estate.assess()
    assert assessed.assets == ()
    assert estate.plan().settings == ()


def test_a_region_that_the_policy_names_and_the_account_lacks_is_a_gap() -> None:
    text = POLICY.replace("write: PatchkeepWrite}", "write: PatchkeepWrite}, regions: [eu-central-1, eu-north-1]")
    estate = Estate(text=text)
    snapshot = estate.discover()
    off = [gap for gap in snapshot.gaps if gap.cause is Cause.REGION_OFF]
    assert {(gap.target.account, gap.target.region) for gap in off} == {(MANAGEMENT, "eu-north-1"), (MEMBER, "eu-north-1")}
    assert all(gap.fix == "enable it for the account, or leave it out of organization.regions" for gap in off)
    assert len(snapshot.assets) == NODES


def test_a_region_switched_off_since_does_not_make_its_machines_vanish() -> None:
    estate = seen_once()
    estate.world.accounts[MEMBER] = replace(estate.world.accounts[MEMBER], regions=("us-east-1",))
    snapshot = estate.discover()
    assert [(gap.target.account, gap.target.region, gap.cause) for gap in snapshot.gaps] == [(MEMBER, "eu-central-1", Cause.REGION_OFF)]
    assert_unread(estate, snapshot)
    assert len(estate.discover().assets) == NODES


def test_a_suspended_account_is_a_gap_and_its_machines_stay_known() -> None:
    estate = seen_once()
    estate.world.accounts[MEMBER].suspended = True
    snapshot = estate.discover()
    assert [(gap.target.account, gap.cause, gap.reason) for gap in snapshot.gaps] == [(MEMBER, Cause.SUSPENDED, "account is SUSPENDED")]
    assert_unread(estate, snapshot)


def test_an_excluded_account_is_not_asked_anything_and_says_why() -> None:
    text = POLICY.replace("write: PatchkeepWrite}", f'write: PatchkeepWrite}}, exclude: [{{account: "{MEMBER}", why: leaves us in May}}]')
    estate = Estate(text=text)
    snapshot = estate.discover()
    assert [(gap.target.account, gap.cause, gap.reason) for gap in snapshot.gaps] == [
        (MEMBER, Cause.EXCLUDED, "excluded by the policy: leaves us in May")
    ]
    assert {target.account for target in snapshot.targets} == {MANAGEMENT}


def test_what_was_not_looked_at_is_not_answered_with_no() -> None:
    estate = seen_once()
    estate.aws.meddle = refusing("get_inventory")
    snapshot = estate.discover()
    answer = who(parse("openssl"), snapshot, estate.policy.freshness, estate.clock.now())
    assert len(answer.those(Has.UNKNOWN)) == NODES
    assert answer.gaps


@pytest.mark.parametrize(
    "operation", ["describe_instances", "describe_instance_information", "describe_instance_patch_states", "get_inventory"]
)
def test_one_refused_read_costs_its_facts_and_no_node(operation: str) -> None:
    estate = seen_once()
    estate.aws.meddle = refusing(operation)
    snapshot = estate.discover()
    assert len(snapshot.assets) == NODES
    assert any(gap.operation.lower().endswith(operation.replace("_", "")) for gap in snapshot.gaps)


def test_nothing_is_proven_while_a_place_was_not_looked_at() -> None:
    """A first look that was refused everywhere finds no asset, and so nothing non-compliant: that is not clean."""
    estate = Estate()
    estate.aws.meddle = refusing("describe_regions")
    assessed = estate.assess()
    assert assessed.assets == ()
    assert not assessed.proven


def test_a_member_account_that_may_not_list_the_organization_still_knows_whose_objects_are_ours() -> None:
    estate = Estate()
    known = estate.discover().organization_id
    estate.aws.meddle = refusing("list_roots")
    snapshot = estate.discover()
    assert (snapshot.organization_id, known[:2]) == (known, "o-")
    assert [(gap.service, gap.target.account) for gap in snapshot.gaps] == [("organization", "")]
    assert_unread(estate, snapshot)


def test_a_service_that_aws_does_not_have_in_a_region_leaves_no_gap() -> None:
    estate = Estate()
    estate.aws.meddle = refusing("describe_instances", cause=Cause.NOT_OFFERED)
    assert estate.discover().gaps == ()


def test_where_something_of_a_service_was_seen_aws_has_it_whatever_a_name_server_says() -> None:
    estate = seen_once()
    estate.aws.meddle = refusing("describe_instances", cause=Cause.NOT_OFFERED)
    snapshot = estate.discover()
    assert {gap.cause for gap in snapshot.gaps} == {Cause.NOT_OFFERED}
    assert_unread(estate, snapshot)
