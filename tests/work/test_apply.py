"""Applying settings without HTTP: twice is once, a crash at any instruction leaves nothing double, refusals stay where they are."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from datetime import timedelta

import pytest

from patchkeep.domain.call import Answer, Call, Cause, Target
from patchkeep.domain.frozen import Frozen
from patchkeep.domain.plan import Plan
from patchkeep.domain.setting import Action
from patchkeep.domain.snapshot import Snapshot
from patchkeep.doors.store import Store
from patchkeep.permissions.actions import action
from patchkeep.work.apply import Outcome, StalePlan, refuse_stale, unsettled
from tests.work.estate import MEMBER, Estate
from tests.work.near import Crash, Fuse

HERE = Target(MEMBER, "eu-central-1")


def planned(made: Plan) -> Counter[str]:
    """What a first plan creates: each of it once."""
    assert {setting.action for setting in made.settings} == {Action.CREATE}
    return Counter(f"{setting.kind} {setting.name}" for setting in made.settings)


def ours(seen: Snapshot) -> Counter[str]:
    """Objects of ours that there are, by kind and name."""
    owner = f"{seen.organization_id}/tiny"
    found = [e for e in seen.objects if e.owner == owner or (e.service == "groups" and e.name.startswith("patchkeep-"))]
    return Counter(f"{existing.kind} {existing.name}" for existing in found)


@pytest.fixture(scope="module")
def instructions(store: Store) -> list[str]:
    """Every instruction of an undisturbed apply."""
    fuse, estate = Fuse(), Estate()
    made = estate.plan()
    done = estate.apply(made, store, fuse)
    assert {one.outcome for one in done} == {Outcome.APPLIED}
    assert unsettled(made, store.ledger) == ()
    assert ours(estate.discover()) == planned(made)
    assert {setting.service for setting in made.settings} == {"associations", "baselines", "documents", "groups", "windows"}
    assert estate.open() == []
    return fuse.passed


def test_applying_again_writes_nothing(store: Store) -> None:
    estate = Estate()
    made = estate.plan()
    estate.apply(made, store)
    before = len([call for call in estate.aws.made if not call.reads])
    assert {one.outcome for one in estate.apply(made, store)} == {Outcome.ALREADY}
    assert len([call for call in estate.aws.made if not call.reads]) == before


def test_an_apply_killed_at_any_instruction_and_repeated_makes_nothing_twice(store: Store, instructions: list[str]) -> None:
    """Killed after each thing that lasts: an intent, a write, an answer. Between two of them nothing else does."""
    lasting = [number for number, what in enumerate(instructions, start=1) if what.startswith("after ")]
    assert len(lasting) > 50
    for number in lasting:
        estate = Estate()
        made = estate.plan()
        made = replace(made, id=f"{made.id}-{number}")  # a ledger of its own in the store that all share
        with pytest.raises(Crash):
            estate.apply(made, store, Fuse(number))
        done = estate.apply(made, store)
        assert {one.outcome for one in done} <= {Outcome.APPLIED, Outcome.ALREADY}, f"killed at {number}, {instructions[number - 1]}"
        assert unsettled(made, store.ledger) == ()
        again = estate.plan()
        assert again.settings == ()
        assert estate.previous is not None
        assert ours(estate.previous) == planned(made)


def test_a_write_with_no_answer_is_found_and_not_repeated(store: Store) -> None:
    estate = Estate()
    made = estate.plan()
    made = replace(made, id=f"{made.id}-silent")

    def silent(call: Call) -> Answer | None:
        return Answer({}, "", "NoAnswer", "acted") if call.operation == "create_association" else None

    estate.aws.meddle = silent
    done = {one.setting.name: one for one in estate.apply(made, store)}
    lost = [one for one in done.values() if one.outcome is Outcome.FAILED]
    assert {one.setting.kind for one in lost} == {"association"}
    assert unsettled(made, store.ledger) == (HERE,)
    estate.aws.meddle = lambda _: None
    assert {one.outcome for one in estate.apply(made, store)} == {Outcome.ALREADY}
    assert set(ours(estate.discover()).values()) == {1}
    assert unsettled(made, store.ledger) == ()


def test_a_refusal_says_awss_own_words_and_the_others_go_on(store: Store) -> None:
    estate = Estate()
    made = replace(estate.plan(), id="plan-refused")

    def refusing(call: Call) -> Answer | None:
        return Answer({}, "r-9", "AccessDeniedException", "explicit deny") if call.operation == "create_patch_baseline" else None

    estate.aws.meddle = refusing
    done = estate.apply(made, store)
    refused = [one for one in done if one.outcome is Outcome.FAILED]
    assert {one.why for one in refused} == {"ssm:CreatePatchBaseline: AccessDeniedException explicit deny"}
    assert len([one for one in done if one.outcome is Outcome.APPLIED]) == len(done) - len(refused) > 5
    written = [entry for entry in store.ledger.of(made.id) if entry.kind == "refusal"]
    assert {(entry.request_id, entry.outcome) for entry in written} == {("r-9", "AccessDeniedException explicit deny")}
    assert unsettled(made, store.ledger) == (HERE,)


def test_what_changed_since_the_plan_is_left_alone_unless_we_changed_it(store: Store) -> None:
    estate = Estate()
    first = replace(estate.plan(), id="plan-first")
    estate.apply(first, store)
    baseline = next(e for e in estate.discover().objects if e.kind == "patch baseline")
    estate.aws.write(HERE, Call.of("ssm", "update_patch_baseline", BaselineId=baseline.id, RejectedPatches=["curl"]))
    second = replace(estate.plan(), id="plan-second")
    assert [(s.action, s.name) for s in second.settings] == [(Action.CHANGE, baseline.name)]
    estate.aws.write(HERE, Call.of("ssm", "update_patch_baseline", BaselineId=baseline.id, RejectedPatches=["zip"]))
    (stale,) = estate.apply(second, store)
    assert stale.outcome is Outcome.STALE
    assert stale.why == f"patch baseline {baseline.name} was changed after the plan was made; plan again"


def test_an_object_that_appeared_since_the_plan_blocks_nothing_else_and_is_not_taken(store: Store) -> None:
    estate = Estate()
    made = replace(estate.plan(), id="plan-taken")
    wanted = next(setting for setting in made.settings if setting.kind == "maintenance window")
    params = {"Schedule": "cron(0 3 ? * SUN *)", "Duration": 3, "Cutoff": 1, "AllowUnassociatedTargets": False}
    estate.aws.write(HERE, Call.of("ssm", "create_maintenance_window", params, Name=wanted.name))
    done = {one.setting.id: one for one in estate.apply(made, store)}
    assert done.pop(wanted.id).outcome is Outcome.STALE
    assert {one.outcome for one in done.values()} == {Outcome.APPLIED}
    window = next(e for e in estate.discover().objects if e.kind == "maintenance window")
    assert (window.owner, window.fields["Duration"]) == ("", 3)


def test_a_place_that_cannot_be_looked_at_before_writing_is_not_written_to(store: Store) -> None:
    estate = Estate()
    made = replace(estate.plan(), id="plan-blind")
    estate.aws.meddle = lambda call: Cause.REFUSED if call.operation == "describe_patch_baselines" else None
    done = [one for one in estate.apply(made, store) if one.setting.service == "baselines"]
    assert {one.outcome for one in done} == {Outcome.FAILED}
    assert all(one.why.startswith("not looked at before writing: refused by the test") for one in done)
    assert not any(call.operation == "create_patch_baseline" for call in estate.aws.made)


@pytest.mark.parametrize(
    ("age", "hash_", "sentence"),
    [
        (timedelta(hours=24), "another", "The policy has changed"),
        (timedelta(hours=24, seconds=1), None, "This plan is 24 h old, more than 24 h; make a new one"),
        (timedelta(days=9), None, "This plan is 216 h old"),
    ],
)
def test_a_stale_plan_is_refused_with_a_sentence(age: timedelta, hash_: str | None, sentence: str) -> None:
    estate = Estate()
    made = estate.plan()
    made = replace(made, policy_hash=hash_ or made.policy_hash)
    with pytest.raises(StalePlan, match=sentence):
        refuse_stale(made, estate.policy, made.made_at + age)


def test_a_plan_of_exactly_a_day_is_not_stale() -> None:
    estate = Estate()
    made = estate.plan()

    def stale(age: timedelta) -> bool:
        try:
            refuse_stale(made, estate.policy, made.made_at + age)
        except StalePlan:
            return True
        return False

    assert not stale(timedelta(hours=24))
    assert stale(timedelta(hours=24, seconds=1))


def test_applying_a_plan_does_not_make_its_own_rings_stale(store: Store) -> None:
    estate = Estate()
    made = replace(estate.plan(), id="plan-fresh")
    estate.apply(made, store)
    refuse_stale(made, estate.policy, estate.clock.now())
    assert unsettled(made, store.ledger) == ()


def test_a_plan_without_settings_is_settled(store: Store) -> None:
    assert unsettled(replace(Estate().plan(), id="plan-empty", settings=()), store.ledger) == ()


def test_the_ledger_names_the_caller_and_the_very_parameters(store: Store) -> None:
    estate = Estate()
    made = replace(estate.plan(), id="plan-named")
    estate.apply(made, store)
    entries = store.ledger.of(made.id)
    assert {entry.caller for entry in entries} == {estate.aws.caller().arn}
    intents = [(entry.operation, entry.params) for entry in entries if entry.kind == "intent"]
    written = [(action(call.service, call.operation), call.params) for call in estate.aws.made if not call.reads]
    assert sorted(intents, key=str) == sorted(written, key=str)
    assert all(isinstance(params, Frozen) for _, params in intents)
    assert store.ledger.verify() is None
