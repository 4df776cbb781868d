"""Plan, apply, plan again: nothing left to do, changes by hand show, what isn't ours stays, and a stale plan is refused."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pytest

from patchkeep.domain.setting import Action, Setting
from tests.e2e.byhand import OUR_TAGS, Objects, foreign, objects, ours, tags
from tests.e2e.desk import PLAN, POLICY, Desk, apply, small

pytestmark = pytest.mark.http
PROD = "300000000003"


@dataclass(frozen=True, slots=True)
class Applied:
    """A desk whose first plan was applied, and what there was before."""

    desk: Desk
    before: Objects
    tags: dict[str, dict[str, str]]


@pytest.fixture(scope="module")
def applied(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Applied]:
    with small(tmp_path_factory.mktemp("settings")) as desk:
        desk.days(1)
        before, borne = objects(desk), tags(desk)
        desk("discover")
        desk("plan", "-o", PLAN, status=3)
        apply(desk)
        yield Applied(desk, before, borne)


def plan(desk: Desk) -> list[Setting]:
    """What a new plan would write, from a new look."""
    desk("discover")
    desk("plan", "-o", PLAN, "--no-calls", status=3)
    return [setting for setting in desk.plan().settings if setting.action is not Action.BLOCKED]


def ids(found: Objects, kind: str, name: str) -> list[str]:
    key = {"PatchBaseline": "Name", "Association": "AssociationName"}[kind]
    return [where.rpartition("/")[2] for where, one in found.items() if where.startswith(kind) and one.get(key) == name]


def test_planning_again_after_apply_shows_no_change(applied: Applied) -> None:
    assert plan(applied.desk) == []
    since = applied.desk.sandbox.log_length()
    apply(applied.desk)
    written = [call["operation"] for call in applied.desk.sandbox.log(since) if "PatchkeepWrite" in call["caller"]]
    assert written == []


def test_objects_that_are_not_ours_are_as_they_were(applied: Applied) -> None:
    there = objects(applied.desk)
    assert foreign(there) == applied.before
    assert len(foreign(there)) >= 4
    assert {name.split()[0] for name in ours(there)} == {"PatchBaseline", "Association", "Document"}


def test_on_nodes_nothing_is_written_but_our_two_tags_and_no_tag_that_was_there_changes(applied: Applied) -> None:
    for node, borne in tags(applied.desk).items():
        before = applied.tags[node]
        assert {key: value for key, value in borne.items() if key in before} == before
        assert {key for key in borne if key not in before} <= set(OUR_TAGS)


def test_a_change_by_hand_shows_as_drift_and_apply_leaves_alone_what_changed_once_more(applied: Applied) -> None:
    desk = applied.desk
    ssm = desk.admin("ssm", PROD)
    found = ours(objects(desk))
    (baseline,) = ids(found, "PatchBaseline", "patchkeep-small-prod-ubuntu")
    (association,) = ids(found, "Association", "patchkeep-small-prod-scan")
    ssm.update_patch_baseline(BaselineId=baseline, RejectedPatches=["openssl"])
    ssm.delete_association(AssociationId=association)

    drift = {setting.name: setting for setting in plan(desk)}
    assert {name: setting.action for name, setting in drift.items()} == {
        "patchkeep-small-prod-ubuntu": Action.CHANGE,
        "patchkeep-small-prod-scan": Action.CREATE,
    }
    changed = drift["patchkeep-small-prod-ubuntu"]
    assert (dict(changed.was), dict(changed.becomes)) == ({"RejectedPatches": ("openssl",)}, {"RejectedPatches": ()})
    assert [call.operation for call in changed.calls] == ["update_patch_baseline"]

    ssm.update_patch_baseline(BaselineId=baseline, RejectedPatches=["openssl", "curl"])
    said = desk("apply", PLAN, "--yes", "--format", "json", status=1)
    outcomes = {one["setting"]["name"]: (one["outcome"], one["why"]) for one in json.loads(said.out)["settings"]}
    assert outcomes["patchkeep-small-prod-scan"][0] == "applied"
    assert outcomes["patchkeep-small-prod-ubuntu"][0] == "changed since the plan"
    assert "was changed after the plan was made; plan again" in outcomes["patchkeep-small-prod-ubuntu"][1]
    assert ssm.get_patch_baseline(BaselineId=baseline)["RejectedPatches"] == ["openssl", "curl"]

    assert {setting.name for setting in plan(desk)} == {"patchkeep-small-prod-ubuntu"}
    apply(desk)
    assert plan(desk) == []
    assert foreign(objects(desk)) == applied.before


def untouched(desk: Desk, *words: str, status: int = 1) -> str:
    """What a refused command says, on one line. It must not have asked AWS for any change."""
    since = desk.sandbox.log_length()
    said = desk(*words, status=status)
    assert [call for call in desk.sandbox.log(since) if "PatchkeepWrite" in call["caller"]] == []
    assert said.out == ""
    return said.sentence


def test_a_plan_of_another_policy_is_refused_with_a_sentence(applied: Applied) -> None:
    applied.desk.write_policy(POLICY + "\n# another text\n")
    for words in (("apply", PLAN, "--yes"), ("rollout", "start", PLAN, "--yes")):
        sentence = untouched(applied.desk, *words)
        assert sentence == "The policy has changed since this plan was made; make a new one: `patchkeep plan -o plan.json`"
    applied.desk.write_policy(POLICY)


def test_a_plan_that_somebody_altered_is_refused(applied: Applied) -> None:
    written: dict[str, Any] = json.loads((applied.desk.folder / PLAN).read_text(encoding="utf-8"))
    written["plan"]["author"] = "arn:aws:iam::100000000001:user/mallory"
    (applied.desk.folder / "altered.json").write_text(json.dumps(written), encoding="utf-8")
    assert "altered.json was altered after it was made: plan again" in untouched(applied.desk, "apply", "altered.json", "--yes", status=2)


@pytest.mark.parametrize("content", ["", "{", "[]", "{}", "\x00\x01", '{"id": 7}'])
def test_a_file_that_is_no_plan_is_refused_with_a_sentence(applied: Applied, content: str) -> None:
    (applied.desk.folder / "none.json").write_text(content, encoding="utf-8")
    assert "none.json" in untouched(applied.desk, "apply", "none.json", "--yes", status=2)


def test_a_plan_whose_look_is_in_another_database_is_refused(applied: Applied, tmp_path: Any) -> None:
    other = Desk(
        applied.desk.folder, applied.desk.endpoint, applied.desk.variables | {"PATCHKEEP_DATABASE_URL": f"sqlite:///{tmp_path}/other.db"}
    )
    assert "This plan was not made with this database" in untouched(other, "apply", PLAN, "--yes")


def test_a_plan_older_than_a_day_is_refused_with_a_sentence(applied: Applied) -> None:
    applied.desk.sandbox.advance(timedelta(hours=24, minutes=31))
    for words in (("apply", PLAN, "--yes"), ("rollout", "start", PLAN, "--yes")):
        sentence = untouched(applied.desk, *words)
        assert sentence == "This plan is 25 h old, more than 24 h; make a new one: `patchkeep plan -o plan.json`"
