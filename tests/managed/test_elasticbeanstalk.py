"""Beanstalk environments, the whole way over HTTP."""

from __future__ import annotations

from pathlib import Path

from tests.managed.beside import undone
from tests.managed.walking import MEMBER, POLICY, desk_at, members, rolled_out, settled, verified

SHOP = '- {kind: beanstalk-environment, name: shop-dev, engine: python-3.11-al2023, version: "4.3.0", environment: dev}'
BROKEN = (
    '- {kind: beanstalk-environment, name: broken, engine: node-22-al2023, version: "6.6.3", environment: dev, traits: [upgrade-fails]}'
)
ILL = '- {kind: beanstalk-environment, name: ailing, engine: node-22-al2023, version: "6.6.3", environment: dev, traits: [turns-red]}'
RETIRED = '- {kind: beanstalk-environment, name: ledger, engine: corretto-11-al2, version: "3.10.0", environment: dev}'
BY_HAND = SHOP.replace("shop-dev", "by-hand").replace("environment: dev}", "environment: dev, settings: {operations_role: false}}")
WATCHED = SHOP.replace("shop-dev", "watched").replace("}", ", window: tue:09:00-tue:11:00, settings: {managed: patch, health: enhanced}}")
BUNDLES = """
- {kind: beanstalk-environment, name: pinned, engine: node-22-al2023, version: "6.6.3", environment: dev,
   settings: {bundle: {requirements.txt: "Django==2.2.1\\n", .platform/nginx.conf: "gzip on;"}}}
- {kind: beanstalk-environment, name: denied, engine: node-22-al2023, version: "6.6.3", environment: dev, settings: {bundle: refused}}
- {kind: beanstalk-environment, name: dockerfile, engine: node-22-al2023, version: "6.6.3", environment: dev,
   settings: {bundle: not-a-zip}}
- {kind: beanstalk-environment, name: built, engine: node-22-al2023, version: "6.6.3", environment: dev, settings: {bundle: elsewhere}}
"""
MANAGED = POLICY.replace("auto_minor: true", "managed_updates: minor")


def test_a_platform_is_updated_within_its_branch_and_proved(tmp_path: Path) -> None:
    with desk_at(tmp_path, SHOP) as desk:
        plan = settled(desk)
        (change,) = plan["rings"][0]["changes"]
        assert (change["steps"], change["irreversible"]) == (["upgrade", "verify"], False)
        assert members(rolled_out(desk)) == {"shop-dev": ("done", "versions seen as planned")}
        assert verified(desk) == {"shop-dev": "patched"}
        assert "battery staple" not in desk("discover", "--format", "json").out


def test_managed_updates_are_turned_on_and_then_asked_for(tmp_path: Path) -> None:
    with desk_at(tmp_path, SHOP, MANAGED) as desk:
        desk("discover")
        desk("plan", "-o", "settings.json", status=3)
        desk("apply", "settings.json", "--yes")
        desk.days(0.1)
        desk("discover")
        (change,) = desk.json("plan", "-o", "plan.json", status=3)["plan"]["rings"][0]["changes"]
        assert change["steps"] == ["maintain", "verify"]
        assert members(rolled_out(desk)) == {"shop-dev": ("done", "versions seen as planned")}
        assert [call["params"]["EnvironmentName"] for call in desk.sandbox.log(0, "ApplyEnvironmentManagedAction")] == ["shop-dev"]


def test_an_update_that_is_rolled_back_halts_the_rollout_with_aws_s_reason(tmp_path: Path) -> None:
    with desk_at(tmp_path, BROKEN) as desk:
        settled(desk)
        status = rolled_out(desk)
        phase, why = members(status)["broken"]
        assert (status["status"], phase) == ("halted", "failed")
        reason = "Instances failed their health checks after the platform update; it was rolled back."
        assert why == f"upgrade: is Ready again and still on 6.6.3: {reason}"
        assert verified(desk) == {"broken": "partly patched"}


def test_an_environment_that_turns_red_has_failed_and_can_be_taken_back(tmp_path: Path) -> None:
    with desk_at(tmp_path, ILL) as desk:
        settled(desk)
        status = rolled_out(desk)
        assert members(status)["ailing"][1].startswith("verify: is on 6.7.0, but its health is Red")
        assert undone(desk, "ailing") == "done"
        assert desk.admin("elasticbeanstalk", MEMBER).describe_environments()["Environments"][0]["PlatformArn"].endswith("/6.6.3")


def test_what_cannot_be_done_is_said_before_anything_begins(tmp_path: Path) -> None:
    policy = POLICY.replace("[maintenance, minor]", "[maintenance, minor, major]")
    with desk_at(tmp_path, f"{RETIRED}\n{BY_HAND}", policy) as desk:
        desk("discover")
        plan = desk.json("plan", "-o", "plan.json")["plan"]
        why = {skip["name"]: skip["reason"] for skip in plan["skips"]}
        assert why["by-hand"].startswith("has no operations role")
        assert why["ledger"].startswith("on offer: Corretto 21 running on 64bit Amazon Linux 2023 (another branch: a blue/green swap")
        assert "never moved across branches in place" in why["ledger"]
        assert desk.sandbox.log(0, "GetObject") == [], "nobody asked for code to be read"
        assert "no rule that takes it has `read_code: true`" in desk("assess", "by-hand", status=1).out


def test_dependencies_are_read_from_the_bundle_by_parts_where_a_rule_asks_for_it(tmp_path: Path) -> None:
    with desk_at(tmp_path, BUNDLES, POLICY.replace("    updates:", "    read_code: true\n    updates:")) as desk:
        gaps = desk.json("discover")["snapshot"]["gaps"]
        answers = {row["name"]: row for row in desk.json("who", "django<3.2", status=1)["answers"]}
        assert {name for name, row in answers.items() if row["has"] == "UNKNOWN"} == {"denied", "dockerfile", "built"}
        assert (answers["pinned"]["has"], answers["pinned"]["evidence"]) == ("yes", ["django 2.2.1 (pypi, requirements.txt)"])
        assert "explicit deny in a resource-based policy" in answers["denied"]["evidence"][0]
        assert "what was deployed is no zip archive" in answers["dockerfile"]["evidence"][0]
        fixes = {asset.rpartition("/")[2]: gap["fix"] for gap in gaps for asset in gap["assets"]}
        where = "arn:aws:s3:::builds-130000000003/built/v1.zip"
        assert fixes["built"] == f"its bundle is not in Beanstalk's own bucket: allow s3:GetObject on {where} to the read role, too"
        assert set(fixes) == {"denied", "dockerfile", "built"}
        assert "read from  requirements.txt" in desk("assess", "pinned", status=1).out
        assert all(change["updates"] for change in desk.json("plan", "-o", "plan.json", status=3)["plan"]["rings"][0]["changes"])
        parts = [call["params"]["Range"] for call in desk.sandbox.log(0, "GetObject")]
        assert len(parts) == 7, "three of the archive that can be read, two of what is none, one of each that is refused"


def test_what_aws_puts_on_in_its_own_window_is_left_to_it(tmp_path: Path) -> None:
    policy = POLICY.replace("[maintenance, minor]", "maintenance").replace(
        "settings: {window: night, auto_minor: true}", "apply: aws-window"
    )
    with desk_at(tmp_path, WATCHED.replace("4.3.0", "4.4.0"), policy) as desk:
        desk("discover")
        (skip,) = desk.json("plan", "-o", "plan.json")["plan"]["skips"]
        assert "AWS puts Python 3.11 running on 64bit Amazon Linux 2023 4.4.2 on in its own window" in skip["reason"]
        desk.days(8)
        seen = desk.admin("elasticbeanstalk", MEMBER).describe_environments()["Environments"]
        assert [one["PlatformArn"].rpartition("/")[2] for one in seen] == ["4.4.2"]
