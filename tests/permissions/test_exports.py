"""The exported roles, read by cfn-lint and by a parser of HCL, and held against the documents that `patchkeep iam` prints."""

from __future__ import annotations

import io
import json
from typing import Any

import hcl2
import pytest
from cfnlint.api import lint_all  # type: ignore[import-untyped]

from patchkeep.cli._roles import member_roles
from patchkeep.domain.policy import Policy
from patchkeep.formats import cloudformation, terraform
from patchkeep.permissions.roles import statements
from patchkeep.permissions.statements import Place, document
from patchkeep.services import By
from tests.permissions.policies import AWS_INSTALLS, OURS, WIDE, many_environments, policy

ALL = {"wide": policy(WIDE), "ours": policy(OURS), "aws": policy(AWS_INSTALLS), "many": many_environments(60)}
every_policy = pytest.mark.parametrize("at_hand", ALL.values(), ids=list(ALL))
ACCOUNT = "111122223333"


def template(at_hand: Policy) -> dict[str, Any]:
    place = Place(cloudformation.PARTITION, cloudformation.ACCOUNT)
    read: dict[str, Any] = json.loads(cloudformation.template(member_roles(at_hand, place)))
    return read


def substituted(value: Any) -> Any:
    """What CloudFormation makes of Fn::Sub in an account of its own."""
    if isinstance(value, dict) and value.keys() == {"Fn::Sub"}:
        return value["Fn::Sub"].replace("${AWS::Partition}", "aws").replace("${AWS::AccountId}", ACCOUNT)
    if isinstance(value, dict):
        return {key: substituted(item) for key, item in value.items()}
    return [substituted(item) for item in value] if isinstance(value, list) else value


@every_policy
def test_cfn_lint_finds_nothing_to_say_about_the_template(at_hand: Policy) -> None:
    """Errors and warnings; its informational rules ask for blocks that describe an architecture."""
    found = [str(match) for match in lint_all(json.dumps(template(at_hand))) if match.rule.severity != "informational"]
    assert found == []


@every_policy
def test_the_template_gives_each_role_what_iam_prints_for_it(at_hand: Policy) -> None:
    resources = template(at_hand)["Resources"]
    for name, by in (("Read", By.READ), ("Write", By.WRITE)):
        inline = [one["PolicyDocument"] for one in resources[f"{name}Role"]["Properties"].get("Policies", ())]
        managed = [one["Properties"]["PolicyDocument"] for key, one in resources.items() if key.startswith(f"{name}Policy")]
        assert bool(inline) is not bool(managed)
        given = [statement for one in substituted([*inline, *managed]) for statement in one["Statement"]]
        wanted = document(statements(at_hand, by), Place("aws", ACCOUNT))["Statement"]
        assert _flat(given) == _flat(wanted)


def _flat(rows: list[dict[str, Any]]) -> set[tuple[str, str, str]]:
    """Statements by action: splitting shares their actions among several."""
    return {(a, json.dumps(row["Resource"]), json.dumps(row.get("Condition", {}), sort_keys=True)) for row in rows for a in row["Action"]}


def test_the_write_role_and_all_of_it_is_made_only_where_it_is_asked_for() -> None:
    read = template(ALL["many"])
    assert read["Parameters"]["WithWriteRole"]["Default"] == "false"
    for name, resource in read["Resources"].items():
        assert resource.get("Condition") == ("MakeWriteRole" if name.startswith("Write") else None)


def test_the_roles_trust_one_principal_with_the_external_id_and_a_source_identity() -> None:
    properties = template(ALL["wide"])["Resources"]["WriteRole"]["Properties"]
    assume, name = properties["AssumeRolePolicyDocument"]["Statement"]
    assert (assume["Action"], name["Action"]) == ("sts:AssumeRole", "sts:SetSourceIdentity")
    assert assume["Principal"] == name["Principal"] == {"AWS": {"Ref": "Principal"}}
    assert assume["Condition"] == {
        "StringEquals": {"sts:ExternalId": {"Ref": "ExternalId"}},
        "StringLike": {"sts:SourceIdentity": "*"},
    }
    assert template(ALL["wide"])["Parameters"]["ExternalId"]["NoEcho"] is True


def test_without_an_external_id_in_the_policy_none_is_asked_for() -> None:
    read = template(ALL["ours"])
    assert "ExternalId" not in read["Parameters"]
    assert "ExternalId" not in json.dumps(read["Resources"])
    assert "external_id" not in "".join(module(ALL["ours"]).values())


def module(at_hand: Policy) -> dict[str, str]:
    return terraform.module(member_roles(at_hand, Place(terraform.PARTITION, terraform.ACCOUNT)))


def parsed(text: str) -> Any:
    return hcl2.load(io.StringIO(text))


@every_policy
def test_the_module_is_hcl_and_so_is_all_of_it_in_one_file(at_hand: Policy) -> None:
    files = module(at_hand)
    assert set(files) == {"main.tf", "variables.tf", "outputs.tf"}
    whole = parsed("\n".join(files.values()))
    kinds = [key.strip('"') for block in whole["resource"] for key in block]
    assert kinds.count("aws_iam_role") == 2
    assert set(kinds) - {"aws_iam_role"} <= {"aws_iam_role_policy", "aws_iam_policy", "aws_iam_role_policy_attachment"}


@every_policy
def test_every_action_of_both_roles_stands_in_the_module(at_hand: Policy) -> None:
    main = module(at_hand)["main.tf"]
    for by in (By.READ, By.WRITE):
        for statement in statements(at_hand, by):
            assert all(f'"{action}"' in main for action in statement.actions)
            for arn in statement.resources:
                assert Place(terraform.PARTITION, terraform.ACCOUNT).fill(arn) in main


def test_the_write_role_of_the_module_is_made_only_where_it_is_asked_for() -> None:
    for block in parsed(module(ALL["many"])["main.tf"])["resource"]:
        for kind, named in block.items():
            for name, body in named.items():
                if not kind.startswith("__") and not name.startswith("__") and isinstance(body, dict):
                    assert ("count" in body) is name.strip('"').startswith("write"), name


def test_texts_of_hcl_are_quoted_so_that_nothing_in_them_is_read_as_hcl() -> None:
    assert terraform._value('say "hi"\n') == '"say \\"hi\\"\\n"'
    assert terraform._value(["a", {"b": "c"}]) == '[\n  "a",\n  {\n    "b" = "c"\n  },\n]'
