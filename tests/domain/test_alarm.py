"""An alarm whose topic lies elsewhere may tell nobody, and `policy check` and the plan say so."""

from __future__ import annotations

from dataclasses import replace

import pytest

from patchkeep.domain.alarm import doubts
from patchkeep.domain.asset import Existing
from patchkeep.domain.call import Target
from patchkeep.domain.forecast import forecast
from patchkeep.domain.policy import Heartbeat
from patchkeep.domain.snapshot import Snapshot
from tests.domain.make import NOW
from tests.domain.test_findings import SOUND

TOPIC = "arn:aws:sns:us-east-1:111122223333:oncall"
BEAT = Heartbeat(topic=TOPIC)
OWN, OTHER = Target("111122223333", "us-east-1"), Target("444455556666", "us-east-1")
POLICY_NEEDED = "it tells nobody unless the topic's policy lets cloudwatch.amazonaws.com publish for that alarm (sns:Publish)"


@pytest.mark.parametrize(
    ("home", "said"),
    [
        (OWN, ()),
        (OTHER, (f"the topic oncall is in account 111122223333 and the alarm in 444455556666: {POLICY_NEEDED}",)),
        (
            None,
            (f"the topic oncall is in account 111122223333: where the account that you sign in to is another one, {POLICY_NEEDED}",),
        ),
        (replace(OWN, region="eu-west-1"), ("the topic oncall is in us-east-1 (aws) and the alarm in eu-west-1 (aws): it tells nobody",)),
        (
            replace(OWN, region="cn-north-1", partition="aws-cn"),
            ("the topic oncall is in us-east-1 (aws) and the alarm in cn-north-1 (aws-cn): it tells nobody",),
        ),
    ],
)
def test_a_topic_elsewhere_is_told_with_what_it_needs(home: Target | None, said: tuple[str, ...]) -> None:
    assert doubts(BEAT, home) == said


def test_without_an_alarm_there_is_nothing_to_doubt() -> None:
    assert doubts(None, OWN) == doubts(Heartbeat(), None) == ()


def notes(*objects: Existing) -> list[str]:
    seen = Snapshot("s", NOW, "o-1", objects=objects)
    return [note for note in forecast(replace(SOUND, heartbeat=BEAT), NOW, seen).notes if note.startswith("heartbeat: ")]


def test_the_check_knows_the_account_from_where_the_heartbeat_was_looked_for() -> None:
    def at(home: Target) -> Existing:
        return Existing("heartbeat", "place of the heartbeat", home, "", "", "")

    assert notes(at(OWN)) == []
    assert len(notes(at(OTHER))) == len(notes()) == 1
