"""Which patch groups machines bear already, and whether a line of the policy or a tag is the cure."""

from __future__ import annotations

from dataclasses import replace

import pytest

from patchkeep.domain.asset import Asset
from patchkeep.domain.frozen import Frozen
from patchkeep.domain.patchgroups import Borne, borne_groups
from patchkeep.domain.policy import Environment, Match, Place
from patchkeep.domain.rivals import wrong_group
from tests.services.estates import POLICY, node

DEV, PROD = (Environment(name, Match(ous=(name,)), place=Place("p.yaml", line, 3)) for line, name in ((7, "dev"), (8, "prod")))


def machines(*groups: str, key: str = "PatchGroup") -> tuple[Asset, ...]:
    made = tuple(node(f"i-{number:017x}") for number in range(len(groups)))
    return tuple(replace(asset, tags=Frozen({key: group} if group else {})) for asset, group in zip(made, groups, strict=True))


def borne(assets: tuple[Asset, ...], environment: Environment = DEV, *others: Environment) -> Borne | None:
    policy = replace(POLICY, environments=(environment, *others))
    return next(iter(borne_groups(policy, {asset.id: environment for asset in assets}, assets)), None)


def test_a_group_that_most_machines_bear_is_cured_by_one_line_of_the_policy() -> None:
    found = borne(machines("dev", "dev", "dve", ""))
    assert found is not None
    assert (found.machines, found.groups, found.to_name) == (4, (("dev", 2), ("dve", 1)), "")
    found = borne(machines("dev", "dev", "dve"))
    assert found is not None
    assert found.to_name == "dev"
    assert found.fix == "write `patch_group: dev` into environment dev (p.yaml:7:3): then the policy's baseline rules that group"


def test_the_older_key_counts_as_well() -> None:
    found = borne(machines("dev", "dev", key="Patch Group"))
    assert found is not None
    assert found.to_name == "dev"


@pytest.mark.parametrize(
    "environment",
    [replace(DEV, patch_group="dev"), replace(DEV, patch_group="other")],
    ids=["named already", "another one is named"],
)
def test_what_the_policy_names_is_not_asked_for_again(environment: Environment) -> None:
    found = borne(machines("dev", "dev"), environment)
    assert found is not None
    assert found.to_name == ""


def test_a_group_of_another_environment_is_not_offered() -> None:
    found = borne(machines("prod", "prod"), DEV, replace(PROD, patch_group="prod"))
    assert found is not None
    assert found.to_name == ""


def test_a_group_that_two_environments_bear_is_offered_to_neither() -> None:
    assets = machines("all", "all")
    policy = replace(POLICY, environments=(DEV, PROD))
    found = borne_groups(policy, {assets[0].id: DEV, assets[1].id: PROD}, assets)
    assert [(one.environment, one.to_name) for one in found] == [("dev", ""), ("prod", "")]


def test_a_group_that_a_policy_of_ours_once_gave_is_not_offered() -> None:
    found = borne(machines("patchkeep-old-dev"))
    assert found is not None
    assert found.to_name == ""


def test_machines_without_a_group_have_nothing_to_say() -> None:
    assert borne(machines("", "")) is None


@pytest.mark.parametrize(
    ("group", "line"), [("web 1", 'patch_group: "web 1"'), ("yes", 'patch_group: "yes"'), ("web-1", "patch_group: web-1")]
)
def test_the_line_is_yaml_whatever_the_group_is_called(group: str, line: str) -> None:
    found = borne(machines(group))
    assert found is not None
    assert found.line == line


def test_the_few_that_differ_are_to_be_tagged_as_the_others_are() -> None:
    few, *many = machines("pord", "prod", "prod")
    found = borne((few, *many), PROD)
    slip, decided = (wrong_group(asset, "prod", "patchkeep-main-prod", found) for asset in (few, many[0]))
    assert slip is not None
    assert decided is not None
    assert slip.why == (
        "is tagged PatchGroup=pord, where environment prod wants PatchGroup=patchkeep-main-prod: "
        "it takes another baseline than the policy's"
    )
    assert slip.fix == "tag it PatchGroup=prod, as the others of environment prod"
    assert decided.fix == "write `patch_group: prod` into environment prod (p.yaml:8:3): then the policy's baseline rules that group"
