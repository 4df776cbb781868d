"""How large a policy may be, and how it is split where it is larger."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from patchkeep.domain.frozen import Frozen
from patchkeep.permissions.roles import documents, statements
from patchkeep.permissions.statements import LONGEST, MOST_MANAGED, Place, Statement, TooLarge, document, size, split
from patchkeep.services import By
from tests.permissions.policies import many_environments

names = st.text("abcdefghij", min_size=1, max_size=30)
some_statements = st.lists(
    st.builds(
        Statement,
        sid=names,
        actions=st.lists(names, min_size=1, max_size=20, unique=True).map(tuple),
        resources=st.just(("arn:{partition}:x:*:{account}:y/*",)),
    ),
    max_size=12,
)


@given(some_statements)
def test_parts_are_each_small_enough_and_allow_together_what_was_asked(asked: list[Statement]) -> None:
    parts = split(asked, 800)
    assert all(size(document(part, LONGEST)) <= 800 for part in parts)
    allowed = [(action, statement.resources) for part in parts for statement in part for action in statement.actions]
    assert allowed == [(action, statement.resources) for statement in asked for action in statement.actions]


def test_a_policy_that_fits_is_not_split() -> None:
    assert len(split([Statement("One", ("x:y",)), Statement("Two", ("x:z",))])) == 1


def test_one_action_that_is_too_large_by_its_conditions_is_said() -> None:
    values = tuple(f"group-{number}" for number in range(2000))
    with pytest.raises(TooLarge, match=r"Statement Big alone has more than the 6144 characters"):
        split([Statement("Big", ("x:y",), conditions=Frozen(StringEquals={"x:z": values}))])


def test_many_environments_make_several_policies_that_iam_takes() -> None:
    at_hand = many_environments(40)
    made = documents(at_hand, By.WRITE, Place("aws-us-gov", "111122223333"))
    assert len(made) > 1
    assert all(size(one) <= MOST_MANAGED for one in made)
    sids = [statement["Sid"] for one in made for statement in one["Statement"]]
    assert len(sids) >= len(statements(at_hand, By.WRITE))


def test_size_leaves_out_white_space() -> None:
    assert size({"a": ["b", "c"]}) == len('{"a":["b","c"]}')
