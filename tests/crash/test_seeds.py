"""A bounded sample of `make chaos`' crashes, every seed that once failed, and the moments that matter most."""

from __future__ import annotations

import pytest

from tests.crash.matrix import Calm, Outcome, calm, kept_seeds, run, run_at
from tests.crash.processes import Moment
from tests.crash.stages import VERBS

pytestmark = [pytest.mark.http, pytest.mark.slow]
SAMPLE = (("discover", 1), ("apply", 1), ("apply", 2))
HERE = "120000000002/eu-central-1"


@pytest.mark.parametrize(("verb", "seed"), sorted({*SAMPLE, *kept_seeds()}))
def test_a_verb_killed_at_a_seeds_moment_and_gone_on_with_comes_out_as_if_undisturbed(verb: str, seed: int) -> None:
    assert_held(run(verb, seed))


@pytest.mark.parametrize(
    ("moment", "asks"),
    [
        (Moment(f"ssm:SendCommand {HERE}", 2, after=True), False),  # AWS has the Install, and we never heard
        (Moment(f"ssm:SendCommand {HERE}", 2), True),  # the intent is stored, and AWS never got it: only a person can say so
    ],
    ids=str,
)
def test_a_rollout_killed_around_its_first_install_installs_once(moment: Moment, *, asks: bool) -> None:
    outcome = run_at("tiny rollout", 0, moment)
    assert_held(outcome)
    assert outcome.person is asks


def assert_held(outcome: Outcome) -> None:
    assert outcome.harm == (), f"killed {outcome.moment}"


def test_a_seed_has_the_same_moment_each_time() -> None:
    known = Calm(calm("tiny rollout").left, {"ssm:SendCommand here": 3, "ssm:ListCommands here": 9}, 50)
    moments = [known.drawn(f"{verb} {seed}") for verb in VERBS for seed in range(100)]
    assert moments == [known.drawn(f"{verb} {seed}") for verb in VERBS for seed in range(100)]
    assert len(set(moments)) > 50
    assert {moment.asked for moment in moments} == {"the store", *known.asked}
