"""The checker finds every kind of lie: each is told to it once, on a small estate, and it must not let it pass."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from patchkeep.domain.asset import Asset
from patchkeep.domain.call import Call, Cause, Gap, Target
from patchkeep.domain.compliance import Status
from patchkeep.domain.frozen import Frozen
from patchkeep.domain.packages import Packages
from patchkeep.domain.snapshot import Snapshot
from patchkeep.sandbox.truth import Log, Look, Refusal, lies
from patchkeep.work.assess import assess
from tests.chaos.estate import settled
from tests.crash.resources import supported
from tests.work.estate import SERVICES, Estate
from tests.work.near import NearAws

HERE = Target("130000000003", "eu-central-1")
STATES = "ssm:DescribeInstancePatchStates"


@pytest.fixture(scope="module")
def estate(tmp_path_factory: pytest.TempPathFactory) -> Estate:
    return settled(tmp_path_factory.mktemp("truth"))


def judged(estate: Estate, snapshot: Snapshot) -> Look:
    return Look(snapshot, assess(snapshot, estate.policy, SERVICES, estate.clock.now(), supported()).verdicts)


@pytest.fixture(scope="module")
def clean(estate: Estate) -> Look:
    return judged(estate, estate.discover())


def one(look: Look) -> Asset:
    """A compliant machine of the shop's account."""
    return next(asset for asset in look.snapshot.assets if asset.target == HERE and look.proven(asset.id) and "i-" in asset.id)


def with_asset(look: Look, **changes: Any) -> Look:
    asset = one(look)
    changed = tuple(replace(asset, **changes) if other.id == asset.id else other for other in look.snapshot.assets)
    return replace(look, snapshot=replace(look.snapshot, assets=changed))


def gap(operation: str, service: str = "nodes", assets: tuple[str, ...] = (), target: Target = HERE) -> Gap:
    return Gap(target, service, Cause.THROTTLED, "Rate exceeded", operation, assets=assets)


def with_gap(look: Look, *gaps: Gap) -> Look:
    return replace(look, snapshot=replace(look.snapshot, gaps=(*look.snapshot.gaps, *gaps)))


def logged(operation: str, error: str | None = "ThrottlingException", target: Target = HERE, **params: Any) -> dict[str, Any]:
    service, _, name = operation.partition(":")
    return {"account": target.account, "region": target.region, "service": service, "operation": name, "params": params, "error": error}


def told(clean: Look, faulty: Look, *calls: dict[str, Any]) -> str:
    return " | ".join(lies(clean, faulty, Log(calls)))


def test_the_estate_has_something_to_lie_about(clean: Look) -> None:
    statuses = [verdict.status for verdict in clean.verdicts.values()]
    assert statuses.count(Status.COMPLIANT) >= 10
    assert statuses.count(Status.NON_COMPLIANT) >= 5
    assert clean.snapshot.objects
    assert clean.snapshot.gaps == ()


def test_a_look_that_is_as_without_faults_holds(clean: Look) -> None:
    assert told(clean, clean) == ""


def test_a_compliant_asset_that_was_not_read_is_found(clean: Look) -> None:
    faulty = with_gap(with_asset(clean, unread=("patch state not read: no",)), gap(STATES))
    assert "is compliant though patch state not read" in told(clean, faulty, logged(STATES))


def test_a_compliant_asset_whose_read_the_log_shows_refused_is_found(clean: Look) -> None:
    node = one(clean).resource
    assert f"is compliant though {STATES} was refused" in told(clean, with_gap(clean, gap(STATES)), logged(STATES, InstanceIds=[node]))


@pytest.mark.parametrize("operation", ["ec2:DescribeInstances", "ssm:DescribePatchBaselines", "ec2:DescribeRegions"])
def test_a_compliant_asset_in_a_place_where_nothing_could_be_known_is_found(clean: Look, operation: str) -> None:
    faulty = with_gap(clean, gap(operation))
    assert f"is compliant though {operation} was refused" in told(clean, faulty, logged(operation, Filters=[]))
    answered = (logged(operation, Filters=[]), logged(operation, None, Filters=["others"]))
    assert told(clean, faulty, *answered) == ""


def test_an_asset_that_is_compliant_under_faults_alone_is_found(clean: Look) -> None:
    other = next(verdict for verdict in clean.verdicts.values() if verdict.status is Status.NON_COMPLIANT)
    faulty = replace(clean, verdicts={**clean.verdicts, other.asset: replace(other, status=Status.COMPLIANT)})
    assert told(clean, faulty) == f"{other.asset} is compliant under faults alone"


def test_an_asset_that_vanished_or_was_not_judged_is_found(clean: Look) -> None:
    gone = one(clean).id
    left = tuple(asset for asset in clean.snapshot.assets if asset.id != gone)
    assert f"{gone} has vanished" in told(clean, replace(clean, snapshot=replace(clean.snapshot, assets=left)))
    verdicts = {key: verdict for key, verdict in clean.verdicts.items() if key != gone}
    assert f"{gone} has no verdict" in told(clean, replace(clean, verdicts=verdicts))


@pytest.mark.parametrize(
    ("fact", "value", "source"),
    [
        ("scan", None, STATES),
        ("updates", None, "ssm:DescribeInstancePatches"),
        ("inventory", None, "ssm:GetInventory"),
        ("tags", Frozen(), "ec2:DescribeInstances"),
        ("owner", "somebody else", "account:GetAlternateContact"),
    ],
)
def test_a_fact_that_differs_without_a_gap_is_found(clean: Look, fact: str, value: Any, source: str) -> None:
    unproven = {key: replace(verdict, status=Status.UNKNOWN) for key, verdict in clean.verdicts.items()}
    faulty = replace(with_asset(clean, **{fact: value}), verdicts=unproven)
    assert f"{fact} is not what it is without faults" in told(clean, faulty)
    assert told(clean, with_gap(faulty, gap(source))) == ""
    assert f"{fact} is not what it is" in told(clean, with_gap(faulty, gap(source, assets=("another",))))


def test_a_fact_that_was_not_read_and_is_made_up_is_found(clean: Look) -> None:
    scan = one(clean).scan
    assert scan is not None
    made_up = with_gap(with_asset(clean, scan=replace(scan, snapshot_id="another")), gap(STATES))
    assert "scan was not read, and is there nevertheless" in told(clean, made_up)


# --- managed resources --------------------------------------------------------------------------------------------------


def managed(look: Look, service: str) -> Asset:
    """A compliant resource of a service."""
    return next(asset for asset in look.snapshot.assets if asset.service == service and look.proven(asset.id))


def changed(look: Look, asset: Asset, **changes: Any) -> Look:
    assets = tuple(replace(asset, **changes) if other.id == asset.id else other for other in look.snapshot.assets)
    return replace(look, snapshot=replace(look.snapshot, assets=assets))


def test_every_service_s_resources_are_there_to_lie_about(clean: Look) -> None:
    kinds = {service.name for service in SERVICES.values() if service.course}
    assert {asset.service for asset in clean.snapshot.assets} == {"nodes", *kinds}
    judged_well = {asset.service for asset in clean.snapshot.assets if clean.proven(asset.id)}
    assert judged_well >= {"nodes", "rds", "memorydb", "redshift", "opensearch", "kafka", "mq", "dms", "elasticbeanstalk"}


@pytest.mark.parametrize(
    ("service", "operation", "named"), [("dms", "DescribeReplicationInstances", ""), ("opensearch", "ListDomainNames", "es")]
)
def test_a_compliant_resource_whose_service_answered_nothing_is_found(clean: Look, service: str, operation: str, named: str) -> None:
    action, target = f"{named or service}:{operation}", managed(clean, service).target
    call = logged(f"{service}:{operation}", target=target)
    assert told(clean, clean, call).startswith(
        f"{managed(clean, service).id} is compliant though {action} was refused | {action} was refused"
    )
    assert "no gap says so" not in told(clean, with_gap(clean, gap(action, service, target=target)), call)


def test_a_resource_that_differs_needs_a_gap_and_must_not_be_called_read(clean: Look) -> None:
    one = managed(clean, "redshift")
    unproven = replace(clean, verdicts={**clean.verdicts, one.id: replace(clean.verdicts[one.id], status=Status.UNKNOWN)})
    because = gap("redshift:DescribeClusters", "redshift", (one.id,), one.target)
    assert "updates is not what it is" in told(clean, changed(unproven, one, updates=None))
    assert "updates is not what it is" in told(clean, with_gap(changed(unproven, one, updates=None), because))
    assert told(clean, with_gap(changed(unproven, one, updates=None, unread=("updates not read",)), because)) == ""
    assert "its version is not the true one" in told(clean, changed(clean, one, version="1.0"))


def test_until_when_it_is_supported_may_be_left_to_a_feed_and_not_be_made_up(clean: Look) -> None:
    one = managed(clean, "rds")
    assert one.support is not None
    because = gap("rds:DescribeDBMajorEngineVersions", "rds", (one.id,), one.target)
    assert told(clean, with_gap(changed(clean, one, support=None), because)) == ""
    assert "support is not what it is" in told(clean, changed(clean, one, support=None))
    later = replace(one.support, line="99")
    assert "its support is not the true one" in told(clean, with_gap(changed(clean, one, support=later), because))


def test_what_is_inside_may_be_unknown_with_a_gap_and_never_another_list(clean: Look) -> None:
    one = managed(clean, "elasticbeanstalk")
    assert one.inventory
    because = gap("s3:GetObject", "elasticbeanstalk", (one.id,), one.target)
    assert told(clean, with_gap(changed(clean, one, inventory=None), because)) == ""
    assert "what is inside it" in told(clean, changed(clean, one, inventory=None))
    empty = replace(one.inventory, packages=Packages())
    assert "what is inside it" in told(clean, with_gap(changed(clean, one, inventory=empty), because))


def test_an_event_whose_entities_were_refused_may_name_none_and_no_others(clean: Look) -> None:
    event = next(one for one in clean.snapshot.objects if one.service == "health")
    because = gap("health:DescribeAffectedEntities", "health", target=event.target)

    def naming(*entities: str) -> Look:
        other = replace(event, fields=Frozen({**event.fields, "entities": entities}))
        objects = tuple(other if one == event else one for one in clean.snapshot.objects)
        return replace(clean, snapshot=replace(clean.snapshot, objects=objects))

    assert told(clean, with_gap(naming(), because)) == ""
    assert "is not what it is without faults" in told(clean, naming())
    assert "is not what it is without faults" in told(clean, with_gap(naming("another"), because))


# --- objects, accounts, refusals ----------------------------------------------------------------------------------------


def test_an_object_that_vanished_or_changed_or_was_made_up_is_found(clean: Look) -> None:
    first, *rest = clean.snapshot.objects
    without = replace(clean, snapshot=replace(clean.snapshot, objects=tuple(rest)))
    assert "has vanished, and no gap says why" in told(clean, without)
    assert told(clean, with_gap(without, gap("ssm:X", first.service, target=first.target))) == ""
    changed = replace(clean, snapshot=replace(clean.snapshot, objects=(replace(first, owner="nobody"), *rest)))
    assert "is not what it is without faults" in told(clean, changed)
    assert "exists under faults alone" in told(without, clean)


def test_an_account_that_vanished_or_changed_is_found(clean: Look) -> None:
    first, *rest = clean.snapshot.accounts
    assert "has vanished" in told(clean, replace(clean, snapshot=replace(clean.snapshot, accounts=tuple(rest))))
    moved = (replace(first, ou="Elsewhere"), *rest)
    assert "is not what it is" in told(clean, replace(clean, snapshot=replace(clean.snapshot, accounts=moved)))


def test_a_refusal_without_a_gap_is_found_but_for_the_usual_ones(clean: Look) -> None:
    call = logged("account:GetAlternateContact", target=Target(HERE.account, "us-east-1"))
    assert told(clean, clean, call) == f"account:GetAlternateContact was refused in {HERE.account}/us-east-1, and no gap says so"
    usual = [Refusal(HERE.account, "us-east-1", "account:GetAlternateContact", {})]
    assert lies(clean, clean, Log([call]), usual) == ()


def test_a_role_that_was_not_assumed_must_show_in_its_account(clean: Look) -> None:
    arn = f"arn:aws:iam::{HERE.account}:role/PatchkeepRead"
    call = logged("sts:AssumeRole", "AccessDenied", Target("110000000001", "us-east-1"), RoleArn=arn)
    assert "sts:AssumeRole was refused" in told(clean, clean, call)
    assert told(clean, with_gap(clean, gap("sts:AssumeRole")), call) == ""


def test_a_refusal_that_another_try_made_good_is_none(clean: Look) -> None:
    calls = (logged(STATES, InstanceIds=["i-1"]), logged(STATES, None, InstanceIds=["i-1"]))
    assert lies(clean, clean, Log(calls, tries=2)) == ()
    assert lies(clean, clean, Log(calls, tries=1)) != ()


@pytest.mark.parametrize(
    "refuse",
    [
        lambda call: call.operation == "describe_instances",
        lambda call: call.operation == "describe_instance_information",
        lambda call: call.operation in {"describe_instances", "describe_instance_information"},
        lambda call: call.service == "organizations",
        lambda call: call.operation in {"get_patch_baseline", "list_tags_for_resource"},
        lambda call: call.reads and call.operation != "describe_regions",
    ],
)
def test_what_discovery_makes_of_a_refused_operation_holds(estate: Estate, clean: Look, refuse: Callable[[Call], bool]) -> None:
    aws = NearAws(estate.world, meddle=lambda call: Cause.THROTTLED if refuse(call) else None)
    estate.aws, before = aws, estate.aws
    estate.previous = clean.snapshot
    try:
        faulty = judged(estate, estate.discover())
    finally:
        estate.aws = before
    assert lies(clean, faulty, Log([])) == ()
    assert faulty.snapshot.gaps != ()
