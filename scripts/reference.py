#!/usr/bin/env python
"""Write docs/reference/ anew: commands, policy keys, services with their calls, JSON shapes. `--check` only says what has drifted."""

from __future__ import annotations

import argparse
import inspect
import json
import sys
from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import click

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))  # tests/services/asked.py drives the services with answers at hand

from patchkeep.cli import COMMANDS, patchkeep  # noqa: E402
from patchkeep.domain.policy import Policy  # noqa: E402
from patchkeep.domain.undo import Partly  # noqa: E402
from patchkeep.permissions.roles import statements  # noqa: E402
from patchkeep.permissions.statements import document  # noqa: E402
from patchkeep.policy import load  # noqa: E402
from patchkeep.policy.reference import reference as policy_page  # noqa: E402
from patchkeep.policy.schema import schema  # noqa: E402
from patchkeep.policy.starter import starter  # noqa: E402
from patchkeep.services import By, Service  # noqa: E402
from scripts import shapes  # noqa: E402
from scripts.manual import MANUALS  # noqa: E402
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
        "read-role.json": role_policy(By.READ),
        "write-role.json": role_policy(By.WRITE),
        "caller.json": role_policy(By.CALLER),
    }


# --- commands -------------------------------------------------------------------------------------------------------


_STATUS = """# Commands

What `--help` says, of every command: synopsis, what it does, options, an example; below it exit statuses, files and environment.
Interrupted by Ctrl-C every command ends with 130, by SIGTERM with 143. Credentials, profile, region and endpoint are found as every AWS
tool finds them: `AWS_PROFILE`, `aws sso login`, instance roles, `AWS_ENDPOINT_URL`. `COLUMNS`, `NO_COLOR` and `TERM` say how text is shown
([from a shell](../how-to/use-from-a-shell.md)).
"""


def cli_page() -> str:
    parts = [NOTE, _STATUS]
    for path, command in walk(patchkeep, ("patchkeep",)):
        context = click.Context(
            command, info_name=" ".join(path), terminal_width=100, max_content_width=100, help_option_names=["-h", "--help"]
        )
        parts.append(f"{'#' * min(len(path) + 1, 3)} `{' '.join(path)}`\n\n```text\n{command.get_help(context).rstrip()}\n```\n")
        if not isinstance(command, click.Group):
            parts += [f"{line}\n" for line in (*MANUALS[" ".join(path[1:])].lines(), _json_line(path, command))]
    return "\n".join(parts)


def _json_line(path: tuple[str, ...], command: click.Command) -> str:
    """Where its JSON is described, or why it has none."""
    name = " ".join(path[1:])
    if any("--format" in parameter.opts for parameter in command.params):
        return f"JSON: [`{shapes.kinds()[name]}`](json.md)."
    return f"JSON: none; {shapes.NO_JSON[name]}."


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
you start from; writes always with `organization.roles.write`. These lists name actions; `patchkeep iam` prints policies with the
resources and conditions that your policy file allows to tell ([roles](../how-to/roles.md)). Where `organization.external_id` is `ssm:`
or `secretsmanager:`, whoever runs Patchkeep also needs `ssm:GetParameter` or `secretsmanager:GetSecretValue` for it (and `kms:Decrypt`
where a key of yours encrypts it).
"""
_SETTINGS_UNDO = "put the policy back and plan again; the plan file and the ledger say what was there before"


def services_page() -> str:
    parts = [NOTE, _SERVICES, *_organization_part()]
    for name, service in asked.SERVICES.items():
        module = sys.modules[f"patchkeep.services.{name}"]
        parts += [f"## {name}\n", f"{_first(module)}\n"]
        if service.kinds:
            parts.append(f"Kinds of assets: {', '.join(service.kinds)}.\n")
        if service.discover:
            parts.append(f"Looks for: {_said(service.discover)}\n")
        inside = asked.actions(asked.inside(service))
        rows = [("reads", sorted(asked.actions(asked.reads(service)) - inside)), ("changes", sorted(asked.actions(asked.writes(service))))]
        if inside:
            rows.append(("reads, with `read_code` in a rule", sorted(inside)))
        parts.append("| | actions |\n|---|---|\n" + "\n".join(f"| {what} | {_codes(found)} |" for what, found in rows) + "\n")
        if service.sources:
            parts.append("Provenance: " + ", ".join(f"{fact} from `{source}`" for fact, source in service.sources.items()) + ".\n")
        parts += [f"{line}\n" for line in _undo(name)]
    parts += ["## All reads together\n", f"{_codes(sorted(_all_reads()))}\n"]
    parts += ["As IAM policies, for the policy file that `patchkeep policy init` writes:\n"]
    parts += ["[read role](read-role.json), [write role](write-role.json), [whoever runs Patchkeep](caller.json).\n"]
    return "\n".join(parts)


def _all_reads() -> set[str]:
    return {
        name for by in (By.READ, By.CALLER) for one in statements(example(), by, write=False) for name in one.actions if "sts:" not in name
    }


def _organization_part() -> Iterator[str]:
    yield "## accounts\n"
    yield f"{_first(sys.modules['patchkeep.services._accounts'])}\n"
    yield f"| | actions |\n|---|---|\n| reads | {_codes(sorted(asked.actions(asked.organization_calls())))} |\n"


def _undo(name: str) -> Iterator[str]:
    service = asked.SERVICES[name]
    settings = tuple(asked.planned(service))
    kinds = sorted({setting.kind for setting in settings})
    if kinds:
        keys = sorted({key for setting in settings for key in setting.becomes}) if service.kinds else []
        of = f" ({', '.join(f'`{key}`' for key in keys)})" if keys else ""
        yield f"Settings: {', '.join(kinds)}{of}. Undo: {_SETTINGS_UNDO}."
    if service.course:
        yield from _ways(service)
    elif service.steps:
        steps = ", ".join(step for step in asked.STEPS if step in service.steps)
        yield f"Steps of a rollout: {steps}. Undo: none; what was installed stays."
    if not kinds and not service.steps:
        yield "Changes nothing."


_WAYS = """Ways of a rollout, by what the policy asks for and the sample has on offer. "Undo" is what `patchkeep rollout undo` makes of it.

| steps | disruption | undo |
|---|---|---|"""


def _ways(service: Service) -> Iterator[str]:
    """The steps of every course that the sample leads to, each with its way back."""
    rows: dict[str, None] = {}
    for asset, course in asked.courses(service.name):
        change = asked.change(asset, course)
        back = service.undo(change) if service.undo else change.undo or "none"
        way = f"taken back in part: {back.stays}" if isinstance(back, Partly) else back if isinstance(back, str) else "taken back"
        told = way + ("; beforehand more people must agree" if change.irreversible else "")
        rows[f"| {', '.join(course.steps)} | {course.disruption} | {told} |"] = None
    yield "\n".join((_WAYS, *sorted(rows)))


def _first(module: Any) -> str:
    """The first paragraph of a module's docstring, on one line."""
    return " ".join((module.__doc__ or "").split("\n\n")[0].split())


def _said(function: Any) -> str:
    text = " ".join(inspect.getdoc(function).split("\n\n")[0].split())  # type: ignore[union-attr]
    return text[0].lower() + text[1:]


def _codes(names: Iterable[str]) -> str:
    return " ".join(f"`{name}`" for name in names) or "none"


# --- IAM policies ---------------------------------------------------------------------------------------------------


def role_policy(by: By) -> str:
    """One role's policy for the policy file that `policy init` writes; the caller only looks."""
    return json.dumps(document(statements(example(), by, write=by is By.WRITE)), indent=2) + "\n"


def example() -> Policy:
    """What `patchkeep policy init` writes."""
    return load(starter(), "patchkeep.yaml", datetime(2026, 11, 23, tzinfo=UTC))


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
