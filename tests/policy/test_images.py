"""Machine images that a rule approves, alarms, and how much of a group stays healthy: as read, and what is said of mistakes."""

from __future__ import annotations

from datetime import timedelta

import pytest

from patchkeep.domain.policy import ImageRule
from tests.policy.reading import mistake, policy

RULE = "managed: {{fleets: {{match: {{}}, updates: maintenance, {}}}}}\n"


def test_images_are_read_with_owner_name_and_age() -> None:
    (rule,) = policy(RULE.format('images: [{owner: amazon, name: "al2023-*", min_age: 14d}, {owner: "111122223333"}]')).managed
    assert rule.images == (ImageRule("al2023-*", "amazon", timedelta(days=14)), ImageRule("*", "111122223333"))


def test_an_image_of_which_nothing_is_said_has_been_out_for_a_week() -> None:
    (rule,) = policy(RULE.format("images: [{}]")).managed
    assert rule.images == (ImageRule("*", "", timedelta(days=7)),)


def test_alarms_and_shares_are_read() -> None:
    (rule,) = policy(RULE.format("alarms: web-errors, settings: {min_healthy: 90, max_healthy: 120}")).managed
    assert rule.alarms == ("web-errors",)
    assert dict(rule.settings) == {"min_healthy": 90, "max_healthy": 120}


@pytest.mark.parametrize(
    ("keys", "said"),
    [
        ("images: [{owner: canonical}]", "'canonical' is no owner of images. Write amazon, self, or an account id in quotes"),
        ("images: [{owner: 111122223333}]", 'Put it in quotes: "111122223333"'),
        ("images: [{nmae: x}]", "Did you mean `name`?"),
        ("settings: {min_healthy: 90}", "`min_healthy` and `max_healthy` go together."),
        ("settings: {min_healthy: 10, max_healthy: 120}", "AWS allows 100 at most"),
        ("settings: {min_healthy: 101, max_healthy: 120}", "A whole number from 0 to 100 is expected here, not the number 101."),
        ("settings: {min_healthy: 90, max_healthy: 90%}", "from 100 to 200"),
        (f"alarms: [{', '.join(f'a{n}' for n in range(11))}]", "AWS watches 10 alarms at most"),
    ],
)
def test_a_mistake_says_what_to_write(keys: str, said: str) -> None:
    assert said in mistake(RULE.format(keys))
