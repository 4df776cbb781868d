"""The policies that we hand out are sound, and every key ends where decisions look for it."""

from __future__ import annotations

from datetime import timedelta

import pytest
import yaml

from patchkeep import services
from patchkeep.domain.frozen import Frozen
from patchkeep.domain.policy import (
    Amount,
    Apart,
    Approval,
    Approve,
    Exclusion,
    Freshness,
    Installer,
    Match,
    Organization,
    Reject,
    Sla,
)
from patchkeep.policy import load
from patchkeep.policy.starter import Wishes, starter
from tests.policy.reading import EXAMPLE, NOW, ROOT, SNOWY, policy


def test_every_key_of_the_example_is_understood() -> None:
    found = load(EXAMPLE, "patchkeep.yaml", NOW)
    assert found.name == "example"
    assert found.organization == Organization(
        "PatchkeepRead", "PatchkeepWrite", "env:PATCHKEEP_EXTERNAL_ID", (), (Exclusion("111122223333", "sandbox"),)
    )
    assert found.freshness == Freshness(timedelta(hours=36), timedelta(hours=48))
    assert [(e.name, e.installer, e.window) for e in found.environments] == [
        ("dev", Installer.PATCHKEEP, ""),
        ("staging", Installer.PATCHKEEP, ""),
        ("prod", Installer.PATCHKEEP, ""),
        ("prod-legacy", Installer.AWS, "legacy-sunday"),
    ]
    assert found.environment("prod").match == Match(tags=Frozen({"Environment": ("prod", "production")}))
    assert found.slas == (
        Sla("known_exploited", timedelta(hours=24), "kev"),
        Sla("critical", timedelta(days=14), "first_seen"),
        Sla("high", timedelta(days=30), "first_seen"),
    )
    linux, apt, _ = found.baselines
    assert linux.approve == (Approve("security", ("Critical", "Important"), timedelta(days=3)), Approve("bugfix", (), timedelta(days=14)))
    assert linux.reject == (Reject("docker-ce"),)
    assert (apt.os, apt.approve) == (("ubuntu", "debian"), (Approve("security"),))
    assert found.window_tag == "PatchWindow"
    assert [freeze.name for freeze in found.freezes] == ["year-end"]
    assert found.apart == (Apart("Cluster"), Apart(tags=Frozen({"Role": ("domain-controller",)})))
    assert found.approvals == (Approval("prod", 1, ("aws-sso:PatchApprovers",), not_author=True), Approval("irreversible", 2))
    assert found.owner_tag == "Owner"


def test_rings_of_the_example_keep_their_order_and_sizes() -> None:
    rings = load(EXAMPLE, "patchkeep.yaml", NOW).rings
    assert [(r.name, r.environments, r.size, r.window) for r in rings] == [
        ("canary", ("dev",), Amount(share=0.05), ""),
        ("dev", ("dev",), None, ""),
        ("staging", ("staging",), None, ""),
        ("prod-canary", ("prod",), Amount(count=5), "prod-weekend"),
        ("prod", ("prod",), None, "prod-weekend"),
    ]
    assert (rings[2].at_once, rings[2].may_fail, rings[2].bake) == (Amount(share=0.1), Amount(share=0.02), timedelta(days=1))
    assert rings[4].may_fail == Amount(share=0.01, at_least=1)


def test_short_forms_mean_the_same_as_long_ones() -> None:
    short = policy("baselines: {b: {os: redhat, approve: {security: 3d}, reject: [docker-ce], approved: vim}}").baselines[0]
    keys = "os: [redhat], approve: {security: {after: 3d}}, reject: [{name: docker-ce}], approved: [vim]"
    long = policy(f"baselines: {{b: {{{keys}}}}}").baselines[0]
    assert short == long


def test_match_all_takes_everything() -> None:
    assert load("environments: {everything: {match: all}}", "", NOW).environments[0].match == Match()


def test_the_policy_of_the_reference_estate_covers_its_units() -> None:
    found = load(SNOWY, "snowy-policy.yaml", NOW, kinds=lambda: services.kinds(services.load()))
    estate = yaml.safe_load((ROOT / "src/patchkeep/sandbox/orgs/snowy.yaml").read_text("utf-8"))
    units = {account.get("ou", "") for account in estate["accounts"] if account.get("ou", "").startswith("Workloads")}
    assert units == {ou for environment in found.environments for ou in environment.match.ous}
    assert [ring.name for ring in found.rings] == ["canary", "dev", "staging", "prod-canary", "prod"]
    assert found.environment("legacy").installer is Installer.AWS
    assert {"amazon-linux", "apt", "redhat", "windows"} == {rule.name for rule in found.baselines}


@pytest.mark.parametrize("units", [{"prod": "Workloads/Prod"}, {"dev": "A", "prod": "B"}, {"a": "A", "b": "B", "c": "C", "d": "D"}])
def test_the_starter_is_sound_for_any_number_of_environments(units: dict[str, str]) -> None:
    found = load(starter(Wishes("mine", units, timezone="Europe/Berlin")), "", NOW)
    assert found.name == "mine"
    assert [environment.name for environment in found.environments] == list(units)
    assert found.rings[-1].environments == (list(units)[-1],)


def test_what_the_starter_comments_out_is_sound_as_well() -> None:
    lines = starter().replace("freezes: []", "freezes:").replace("# patch_group:", "patch_group:").splitlines()
    told = [line.replace("# ", "", 1) if line.startswith("  # ") and "{" in line and "calendar" not in line else line for line in lines]
    found = load("\n".join(told), "", NOW)
    assert [environment.name for environment in found.environments][-1] == "legacy"
    assert [environment.patch_group for environment in found.environments] == ["dev", "staging", "prod", ""]
    assert found.organization.exclude
    assert found.freezes


def test_the_hash_is_of_the_text() -> None:
    one, same, other = (load(text, path, NOW).hash for text, path in ((EXAMPLE, "a"), (EXAMPLE, "b"), (EXAMPLE + "#", "a")))
    assert one == same != other
