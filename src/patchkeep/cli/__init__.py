"""The command line: one file per verb, loaded only when it is called, so that `--help` answers at once."""

from __future__ import annotations

import gc
import importlib
import io
import os
import sys
from collections.abc import Sequence
from typing import Any

import click

from patchkeep import __version__

# name -> what `--help` says of it; the command itself stands in the module of the same name
COMMANDS = {
    "demo": "Watch the whole way on an emulated organization; no credentials needed.",
    "init": "Ask five questions, and write a policy.",
    "discover": "Look at the whole organization and store what was seen.",
    "feeds": "Read until when versions are supported.",
    "assess": "Judge what was seen by the policy.",
    "doctor": "List why things cannot be seen or patched, with the cure.",
    "who": "Who has a package or a CVE?",
    "plan": "Show what would be changed, and with which calls.",
    "apply": "Carry out the settings of a plan.",
    "adopt": "Take over baselines, windows and associations that somebody else made.",
    "rollout": "Patch the rings of a plan, one after the other.",
    "calendar": "Show windows, freezes, forced dates and ends of support by day, or as iCalendar.",
    "defer": "Postpone changes of assets, with the clock kept.",
    "verify": "Compare versions seen with versions planned.",
    "report": "Report compliance, coverage, exposure and SLA, before and after.",
    "policy": "Write, check and explain the policy file.",
    "iam": "Print the least that Patchkeep must be allowed, as IAM policies.",
    "export": "Write member roles and upgrade rollout policies as files.",
    "db": "Look after the database: migrate, status, backup, prune.",
    "sandbox": "Serve an emulated organization, and work on it.",
    "completion": "Print what makes a shell complete patchkeep's commands.",
}
# How many new objects until the young ones are looked through for garbage, and how many such looks until older ones are; Python's own
# 700, 10, 10 costs a sixth of a look, since modules and models are none. But botocore's clients are circles of a megabyte each: with
# 50,000, 10, 10 a process of many looks held those of all.
RARELY = (20_000, 5, 2)
STATUSES = (
    "Exit status: 0 done; 1 failed, or not everything is compliant; 2 wrong use or policy; 3 changes pending (plan); 130 interrupted "
    "(143 by SIGTERM). Errors go to standard error. --format json prints one document that names its format and version."
)
ENVIRONMENT = (
    "Environment: AWS credentials, profiles, AWS_ENDPOINT_URL as for every AWS tool; PATCHKEEP_DATABASE_URL says where state is kept "
    "(default sqlite:///patchkeep.db)."
)


class Verbs(click.Group):
    """Finds commands by name and imports them late."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - click's signature
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002
        if cmd_name not in COMMANDS:
            return None
        command: click.Command = importlib.import_module(f"patchkeep.cli.{cmd_name}").command
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002
        with formatter.section("Commands"):
            formatter.write_dl(list(COMMANDS.items()))

    def resolve_command(self, ctx: click.Context, args: list[str]) -> tuple[str | None, click.Command | None, list[str]]:
        import difflib

        if args and args[0] not in COMMANDS and not args[0].startswith("-"):
            near = difflib.get_close_matches(args[0], COMMANDS, 1)
            ctx.fail(f"There is no command {args[0]!r}." + (f" Did you mean {near[0]!r}?" if near else " See `patchkeep --help`."))
        return super().resolve_command(ctx, args)


@click.group(
    cls=Verbs,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
    epilog=f"{STATUSES}\n\n{ENVIRONMENT}\n\nExample: patchkeep demo",
)
@click.version_option(__version__, prog_name="patchkeep")
@click.pass_context
def patchkeep(ctx: click.Context) -> None:
    """Keep a whole AWS Organization patched.

    discover, assess, plan, apply, roll out, verify, report: nothing changes in AWS without a plan file that somebody saw.
    """
    if os.environ.get("NO_COLOR") or os.environ.get("TERM") == "dumb":  # https://no-color.org; click itself asks for neither
        ctx.color = False


def main(args: list[str] | None = None, **context: Any) -> None:
    """Run the command line and end the process: known errors become a sentence and an exit status."""
    gc.set_threshold(*RARELY)
    from patchkeep.cli._interrupted import ending_politely

    with ending_politely():
        status = run(args, **context)
    sys.exit(status)


def run(args: list[str] | None = None, **context: Any) -> int:
    """The exit status: 0 done, 1 failed, 2 wrong use or policy, 3 changes pending, 130 interrupted, 143 ended by SIGTERM."""
    from patchkeep.cli._interrupted import Interrupted, interrupted

    arguments, called = sys.argv[1:] if args is None else args, getattr(context.get("obj"), "called", "patchkeep")
    try:
        status = patchkeep.main(args=args, prog_name="patchkeep", standalone_mode=False, **context)
    except click.ClickException as error:
        _show(error, called, arguments)
        return error.exit_code
    except Interrupted as error:
        click.echo(f"\n{_as_called(str(error), called, arguments)}", err=True)
        return error.status
    except click.Abort as error:
        if isinstance(error.__cause__, KeyboardInterrupt):
            ended = interrupted(error.__cause__)
            click.echo(f"\n{ended}", err=True)
            return ended.status
        click.echo("Not confirmed: nothing was changed.", err=True)
        return 1
    except _known() as error:
        from patchkeep.cli._errors import told

        status, said = told(error)
        click.echo(_as_called(said, called, arguments), err=True)
        return status
    return status if isinstance(status, int) else 0


def _show(error: click.ClickException, called: str, arguments: Sequence[str]) -> None:
    """The error and the usage that click puts before it."""
    page = io.StringIO()
    error.show(file=page)
    usage = isinstance(error, click.UsageError)  # which names the command as it is, without what was typed behind it
    click.echo(_as_called(page.getvalue(), called, () if usage else arguments), err=True, nl=False)


def _as_called(text: str, called: str, arguments: Sequence[str]) -> str:
    from patchkeep.cli._typed import given, typed

    return typed(text, called, given(arguments))


def _known() -> tuple[type[Exception], ...]:
    """Asked for only when something was raised: these modules take a second to load."""
    from patchkeep.cli._errors import FAILED, WRONG_USE

    return (*WRONG_USE, *FAILED)
