"""Auto Scaling groups, the whole way over HTTP: machines replaced by such as run the newest approved image."""

from __future__ import annotations

from pathlib import Path

from tests.e2e.desk import Desk
from tests.managed.walking import MEMBER, POLICY, desk_at, members, rolled_out, settled, verified

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
        assert "back" in why
        assert "unhealthy" in why
        assert verified(desk) == {"broken": "partly patched"}
        assert running(desk) == before


def test_a_machine_protected_from_scale_in_is_waited_for_an_hour_then_it_fails(tmp_path: Path) -> None:
    with desk_at(tmp_path, HELD, FLEETS) as desk:
        settled(desk)
        status = rolled_out(desk)
        assert status["status"] == "halted"
        assert "protected from scale-in" in members(status)["held"][1]
