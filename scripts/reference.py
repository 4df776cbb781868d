#!/usr/bin/env python
"""Write docs/reference/ anew: commands, policy keys, services with their calls, JSON shapes. `--check` only says what has drifted."""

from __future__ import annotations

import argparse
import inspect
import json
import sys
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

import click

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))  # tests/services/asked.py drives the services with answers at hand

from patchkeep.cli import COMMANDS, patchkeep  # noqa: E402
from patchkeep.policy.reference import reference as policy_page  # noqa: E402
from patchkeep.policy.schema import schema  # noqa: E402
from scripts import shapes  # noqa: E402
from tests.services import asked  # noqa: E402

FOLDER = ROOT / "docs" / "reference"
NOTE = "<!-- Written by `make docs` from the code: change that, not this page. -->\n"


def pages() -> dict[str, str]:
    """Every generated file of docs/reference by its name."""
    return {
        "cli.md": cli_page(),
        "policy.md": NOTE + "\n" + policy_page(),
        "patchkeep.schema.json": json.dumps(schema(), indent=2) + "\n",
        "services.md": services_page(),
        "json.md": NOTE + "\n" + shapes.page(),
        "read-role.json": json.dumps(role_policy("PatchkeepRead", member_reads()), indent=2) + "\n",
        "caller.json": json.dumps(caller_policy(), indent=2) + "\n",
    }


# --- commands -------------------------------------------------------------------------------------------------------


_STATUS = """# Commands

What `--help` says, of every command. Credentials, profile, region and endpoint are found as every AWS tool finds them: `AWS_PROFILE`,
`aws sso login`, instance roles, `AWS_ENDPOINT_URL`.
"""


def cli_page() -> str:
    parts = [NOTE, _STATUS]
    for path, command in walk(patchkeep, ("patchkeep",)):
        context = click.Context(
            command, info_name=" ".join(path), terminal_width=100, max_content_width=100, help_option_names=["-h", "--help"]
        )
        parts.append(f"{'#' * min(len(path) + 1, 3)} `{' '.join(path)}`\n\n```text\n{command.get_help(context).rstrip()}\n```\n")
    return "\n".join(parts)


def walk(command: click.Command, path: tuple[str, ...]) -> Iterator[tuple[tuple[str, ...], click.Command]]:
    """A command and all below it, in the order in which `--help` lists them."""
    yield path, command
    if isinstance(command, click.Group):
        context = click.Context(command)
        for name in command.list_commands(context) if path[1:] else COMMANDS:
            found = command.get_command(context, name)
            if found is not None:
                yield from walk(found, (*path, name))


# --- services -------------------------------------------------------------------------------------------------------


_SERVICES = """# Services

A service is one capability of AWS, in one module of `src/patchkeep/services/`. These lists are learnt by driving each service with
answers at hand, so a call that stands in no list is made by no service. Names are those of IAM actions.

Reads are made with the role `organization.roles.read` in every member account, and with your own credentials in the account that
you start from; writes always with `organization.roles.write`. The limit of these lists: they name actions, not the resources and
conditions that a tight policy adds. Where `organization.external_id` is `ssm:` or `secretsmanager:`, whoever runs Patchkeep also
needs `ssm:GetParameter` or `secretsmanager:GetSecretValue` for it (and `kms:Decrypt` where a key of yours encrypts it).
"""
_SETTINGS_UNDO = "put the policy back and plan again; the plan file and the ledger say what was there before"
_EXTRA = {
    "Tags": "ssm:AddTagsToResource",  # tags given at creation
    "ServiceRoleArn": "iam:CreateServiceLinkedRole",  # where none is named, SSM uses its service-linked role, and makes it once
}


def services_page() -> str:
    parts = [NOTE, _SERVICES, *_organization_part()]
    for name, service in asked.SERVICES.items():
        module = sys.modules[f"patchkeep.services.{name}"]
        parts += [f"## {name}\n", f"{_first(module)}\n"]
        if service.discover:
            parts.append(f"Looks for: {_said(service.discover)}\n")
        rows = [("reads", sorted(actions(asked.reads(service)))), ("changes", sorted(write_actions(service)))]
        parts.append("| | actions |\n|---|---|\n" + "\n".join(f"| {what} | {_codes(found)} |" for what, found in rows) + "\n")
        if service.sources:
            parts.append("Provenance: " + ", ".join(f"{fact} from `{source}`" for fact, source in service.sources.items()) + ".\n")
        parts += [f"{line}\n" for line in _undo(name)]
    everything = sorted({*actions(asked.organization_calls()), *member_reads()})
    parts += ["## All reads together\n", f"{_codes(everything)}\n"]
    parts += [f"As IAM policies: [of the read role]({'read-role.json'}), [of whoever runs Patchkeep]({'caller.json'}).\n"]
    return "\n".join(parts)


def _organization_part() -> Iterator[str]:
    yield "## accounts\n"
    yield f"{_first(sys.modules['patchkeep.services._accounts'])}\n"
    yield f"| | actions |\n|---|---|\n| reads | {_codes(sorted(actions(asked.organization_calls())))} |\n"


def _undo(name: str) -> Iterator[str]:
    service = asked.SERVICES[name]
    kinds = sorted({setting.kind for setting in asked.planned(service)})
    if kinds:
        yield f"Settings: {', '.join(kinds)}. Undo: {_SETTINGS_UNDO}."
    if service.steps:
        steps = ", ".join(step for step in asked.STEPS if step in service.steps)
        yield f"Steps of a rollout: {steps}. Undo: {'there is a way back' if service.undo else 'none; what was installed stays'}."
    if not kinds and not service.steps:
        yield "Changes nothing."


def actions(calls: Iterable[Any]) -> set[str]:
    """IAM's names of calls, from botocore's models."""
    found = set()
    for call in calls:
        model = asked.model(call.service, call.operation)
        found.add(f"{model.service_model.signing_name}:{model.name}")
    return found


def write_actions(service: Any) -> set[str]:
    calls = tuple(asked.writes(service))
    extra = {_EXTRA["Tags"] for call in calls if call.service == "ssm" and "Tags" in call.params}
    roleless = "register_task_with_maintenance_window"
    extra |= {_EXTRA["ServiceRoleArn"] for call in calls if call.operation == roleless and "ServiceRoleArn" not in call.params}
    return actions(calls) | extra


def _first(module: Any) -> str:
    """The first paragraph of a module's docstring, on one line."""
    return " ".join((module.__doc__ or "").split("\n\n")[0].split())


def _said(function: Any) -> str:
    text = " ".join(inspect.getdoc(function).split("\n\n")[0].split())  # type: ignore[union-attr]
    return text[0].lower() + text[1:]


def _codes(names: Iterable[str]) -> str:
    return " ".join(f"`{name}`" for name in names) or "none"


# --- IAM policies for a look ----------------------------------------------------------------------------------------


def member_reads() -> list[str]:
    """What `discover` and a rollout's looks ask in a member account."""
    services = (action for service in asked.SERVICES.values() for action in actions(asked.reads(service)))
    account = (action for action in actions(asked.organization_calls()) if not action.startswith("organizations:"))
    return sorted({*services, *account})


def role_policy(sid: str, allowed: Iterable[str]) -> dict[str, Any]:
    return {"Version": "2012-10-17", "Statement": [_allow(sid, allowed, "*")]}


def caller_policy() -> dict[str, Any]:
    """For whoever runs Patchkeep: the organization's tree, the member roles, and the reads in the account started from."""
    tree = sorted(action for action in actions(asked.organization_calls()) if action.startswith("organizations:"))
    roles = "arn:aws:iam::*:role/PatchkeepRead"
    become = _allow("BecomeMemberRole", ["sts:AssumeRole", "sts:SetSourceIdentity"], roles)
    return {"Version": "2012-10-17", "Statement": [_allow("SeeAccounts", tree, "*"), become, _allow("ReadHere", member_reads(), "*")]}


def _allow(sid: str, allowed: Iterable[str], resource: str) -> dict[str, Any]:
    return {"Sid": sid, "Effect": "Allow", "Action": list(allowed), "Resource": resource}


def drifted(there: Mapping[str, str]) -> list[str]:
    """Names of the pages that are not as the code would write them now."""
    files = {name: FOLDER / name for name in there}
    return [name for name, file in files.items() if not file.is_file() or file.read_text(encoding="utf-8") != there[name]]


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true", help="write nothing; exit 1 when a page has drifted")
    check = parser.parse_args().check
    made = pages()
    stale = drifted(made)
    for name in stale if not check else ():
        (FOLDER / name).write_text(made[name], encoding="utf-8")
    print("\n".join(f"docs/reference/{name}: {'drifted; run make docs' if check else 'written'}" for name in stale) or "nothing to do")
    return 1 if check and stale else 0


if __name__ == "__main__":
    sys.exit(main())
