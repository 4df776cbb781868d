"""Auto Scaling groups, the whole way over HTTP: machines replaced by such as run the newest approved image."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

from patchkeep.domain.call import Call
from patchkeep.domain.frozen import Frozen, thaw
from patchkeep.domain.plan import Change
from patchkeep.domain.progress import Batch, Phase, Result
from patchkeep.services import Started
from patchkeep.services.autoscaling import SERVICE
from tests.e2e.desk import Desk
from tests.managed.walking import MEMBER, POLICY, desk_at, members, rolled_out, settled, verified
from tests.services.talk import carry

WEB = "- {kind: auto-scaling-group, name: web, environment: dev, settings: {size: 4, image_age: 60}}"
BROKEN = "- {kind: auto-scaling-group, name: broken, environment: dev, traits: [upgrade-fails]}"
HELD = "- {kind: auto-scaling-group, name: held, environment: dev, settings: {protected: 1}}"
IMAGES = '[{owner: amazon, name: "al2023-ami-2023.*-x86_64", min_age: 3d}]'
FLEETS = POLICY.replace(
    "  everything:\n    match: {}", f"  fleets:\n    match: {{kind: [auto scaling group]}}\n    images: {IMAGES}"
).replace("settings: {window: night, auto_minor: true}", "settings: {min_healthy: 75, max_healthy: 125}")


def running(desk: Desk) -> set[str]:
    """The images that the member account's machines run."""
    rows = desk.admin("ec2", MEMBER).describe_instances()["Reservations"]
    return {machine["ImageId"] for row in rows for machine in row["Instances"]}


def test_a_group_comes_to_the_newest_approved_image_by_checkpoints_and_is_proved(tmp_path: Path) -> None:
    with desk_at(tmp_path, WEB, FLEETS) as desk:
        (change,) = settled(desk)["rings"][0]["changes"]
        assert change["steps"] == ["template", "refresh", "verify"]
        assert members(rolled_out(desk)) == {"web": ("done", "versions seen as planned")}
        assert verified(desk) == {"web": "patched"}
        assert running(desk) == {change["updates"][0]["version"]}
        (refresh,) = desk.admin("autoscaling", MEMBER).describe_instance_refreshes(AutoScalingGroupName="web")["InstanceRefreshes"]
        assert (refresh["Status"], refresh["Preferences"]["AutoRollback"]) == ("Successful", True)


def test_machines_that_never_become_healthy_halt_the_rollout_and_aws_goes_back(tmp_path: Path) -> None:
    with desk_at(tmp_path, BROKEN, FLEETS) as desk:
        settled(desk)
        before = running(desk)
        status = rolled_out(desk)
        phase, why = members(status)["broken"]
        assert (status["status"], phase) == ("halted", "failed")
        assert "rolling the group back: There were 1 unhealthy instances" in why
        desk.sandbox.advance(timedelta(hours=1))
        assert verified(desk) == {"broken": "partly patched"}
        assert running(desk) == before


def test_a_machine_protected_from_scale_in_is_waited_for_an_hour_then_it_fails(tmp_path: Path) -> None:
    with desk_at(tmp_path, HELD, FLEETS) as desk:
        settled(desk)
        status = rolled_out(desk)
        assert status["status"] == "halted"
        assert "protected from scale-in" in members(status)["held"][1]


def test_what_was_put_on_is_taken_off_by_a_refresh_back_to_the_version_before(tmp_path: Path) -> None:
    with desk_at(tmp_path, WEB, FLEETS) as desk:
        settled(desk)
        before = running(desk)
        rolled_out(desk)
        (change,) = desk.plan().rings[0].changes
        assert undone(desk, change).phase is Phase.DONE
        assert running(desk) == before
        assert undone(desk, change).message == "is on version 1 already"


def test_a_refresh_under_way_is_turned_round(tmp_path: Path) -> None:
    with desk_at(tmp_path, WEB, FLEETS) as desk:
        settled(desk)
        before = running(desk)
        (change,) = desk.plan().rings[0].changes
        for step in ("template", "refresh"):
            begun(desk, batch(desk, change, step))
        desk.sandbox.advance(timedelta(minutes=8))
        assert running(desk) > before
        assert undone(desk, change).phase is Phase.DONE
        assert running(desk) == before


def batch(desk: Desk, change: Change, step: str) -> Batch:
    asks = Frozen({change.resource: change.asks})
    return Batch(f"pk-{step}", "all", step, change.target, (change.resource,), desk.sandbox.now(), "taken", "autoscaling", asks)


def told(desk: Desk, call: Call) -> Any:
    """AWS's answer, as the member account's administrator gets it."""
    return getattr(desk.admin(call.service, MEMBER), call.operation)(**thaw(call.params))


def begun(desk: Desk, one: Batch) -> Started:
    assert SERVICE.prepare
    started = carry(SERVICE.prepare(one), lambda call: told(desk, call))[0]
    if started.call:
        told(desk, started.call)
    return started


def undone(desk: Desk, change: Change) -> Result:
    """What taking the change back comes to, half a day later."""
    assert SERVICE.undo
    assert SERVICE.check
    asks = SERVICE.undo(change)
    assert isinstance(asks, Frozen)
    back = batch(desk, change, "undo")
    started = begun(desk, back)
    if not started.call:
        result: Result = started.told[change.resource]
        return result
    desk.sandbox.advance(timedelta(hours=12))
    return carry(SERVICE.check(back, desk.sandbox.now()), lambda call: told(desk, call))[0][change.resource]
