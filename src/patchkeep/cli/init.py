"""`patchkeep init`: five questions, or the same as options, and a policy that keeps its own deadlines."""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

import click

from patchkeep.cli._options import DEFAULT_POLICY, FILE, WrongUse, clock_of, save

if TYPE_CHECKING:
    from datetime import timedelta

    from patchkeep.policy.starter import Wishes

ENVIRONMENTS = "dev=Workloads/Dev,staging=Workloads/Staging,prod=Workloads/Prod"
DEADLINES = "critical=14d,high=30d"
WINDOW = "Sat,Sun 02:00"
ANYBODY = "anybody"
WITHIN = " " * len("1 of 5: ")  # of a question that belongs to the one before it
FLAGS = "--environments, --deadlines, --window, --timezone, --approvers, --share"


@click.command(
    epilog="\b\nExamples:\n  patchkeep init\n  patchkeep init --yes --tag Environment --environments dev,prod --timezone Europe/Berlin"
)
@click.option(
    "-o", "--output", default=DEFAULT_POLICY, show_default=True, metavar="FILE", type=FILE, help="Where to write; never over a file."
)
@click.option("--environments", metavar="LIST", help=f"In the order of patching, with their units: {ENVIRONMENTS}.")
@click.option("--tag", metavar="KEY", help="Tell environments by this tag of each machine instead of by unit: --environments dev,prod.")
@click.option("--deadlines", metavar="LIST", help=f"Time allowed by severity: {DEADLINES}.")
@click.option("--window", metavar="TIMES", help=f"When the last environment may change: {WINDOW!r}.")
@click.option("--timezone", metavar="ZONE", help="Time zone of the window: Europe/Berlin.")
@click.option("--approvers", metavar="LIST", help="Who approves the last environment: aws-sso:PatchApprovers, or ARNs; or `anybody`.")
@click.option("--share", metavar="SHARE", help="Share of the first environment that is patched before all others: 5%.")
@click.option("--external-id", metavar="REFERENCE", default="env:PATCHKEEP_EXTERNAL_ID", show_default=True, help="Where it is kept.")
@click.option("--name", default="default", show_default=True, help="Name of the policy, part of the tag on all that is made from it.")
@click.option("--yes", is_flag=True, help="Ask nothing: what no option says takes its default.")
@click.pass_context
def command(ctx: click.Context, /, output: str, yes: bool, **given: str | None) -> None:
    """Ask five questions and write a commented policy; then check it.

    The questions: how environments are told apart, how soon updates are to be installed, when the last environment may change, who
    approves that, and how many machines try every update first. Each is an option, too, and with --yes nothing is asked.
    """
    from datetime import timedelta

    from patchkeep.cli import _forecast, show
    from patchkeep.cli.policy import forecast_of, say_checked
    from patchkeep.policy.starter import starter
    from patchkeep.wire import read_policy

    if Path(output).exists():
        raise WrongUse(f"{output} is there already, and is not written over: name another file with -o.")
    if not yes and not _answers(given) and not sys.stdin.isatty():
        raise WrongUse(f"Nobody can be asked here: standard input is no terminal. Say --yes for the defaults, or all of {FLAGS}.")
    wishes = _wishes(given, ask=not yes)
    save(output, starter(wishes), "-o")
    show.say(f"Wrote {output}.")
    read = read_policy(output, clock_of(ctx).now())
    say_checked(output, read)
    _forecast.told(forecast_of(ctx, read, timedelta(0), assets=False))
    named = "" if output == DEFAULT_POLICY else f" --policy {output}"
    show.say()
    show.paragraph(f"Each account is read by a role of its own; as a Terraform module: `patchkeep export terraform{named} --dir roles`.")
    show.following(f"patchkeep export cloudformation{named} -o roles.json", f"patchkeep discover{named}", f"patchkeep policy check{named}")


def _answers(given: Mapping[str, str | None]) -> bool:
    """Whether the options answer every question."""
    return all(given[key] for key in ("environments", "deadlines", "window", "timezone", "approvers", "share"))


def _wishes(given: Mapping[str, str | None], *, ask: bool) -> Wishes:
    """Every question's answer: the option's, else a person's, else the default."""
    from patchkeep.policy.starter import Wishes

    asking = _Asking(given, ask)
    tag = _tag(asking)
    known = "dev,staging,prod" if tag else ENVIRONMENTS
    environments = asking.of(
        "environments",
        f"{WITHIN}which ones, in the order of patching{'' if tag else ', with their units'}",
        known,
        lambda t: _environments(t, tag),
    )
    deadlines = asking.of("deadlines", "2 of 5: time allowed until an update is installed, by severity", DEADLINES, _deadlines)
    last = list(environments)[-1]
    window = asking.of("window", f"3 of 5: when {last} may change (two nights in a row let a canary go first)", WINDOW, _window)
    zone = asking.of("timezone", f"{WITHIN}in which time zone", "UTC", _zone)
    approvers = asking.of("approvers", f"4 of 5: who approves {last} (permission sets, ARNs, or {ANYBODY})", ANYBODY, _approvers)
    share = asking.of("share", "5 of 5: share of the first environment that tries every update first", "5%", _share)
    named, secret = asking.of("name", "", "default", _name), asking.of("external_id", "", "env:PATCHKEEP_EXTERNAL_ID", _reference)
    return Wishes(named, environments, tag, deadlines, window, zone, approvers, share, secret)


def _tag(asking: _Asking) -> str:
    """The tag that tells environments apart; "" where their units do."""
    if asking.given["tag"]:
        return str(asking.of("tag", "", "", str))
    if not asking.ask or asking.given["environments"]:
        return ""
    by = click.prompt(
        "1 of 5: are environments told apart by organizational unit or by tag?",
        default="unit",
        type=click.Choice(["unit", "tag"]),
        err=True,
    )
    return str(asking.of("tag", f"{WITHIN}which tag", "Environment", str)) if by == "tag" else ""


class _Asking:
    """Where answers come from, and how a wrong one is told: an option's ends the command, a person's is asked again."""

    def __init__(self, given: Mapping[str, str | None], ask: bool) -> None:
        self.given, self.ask = given, ask

    def of(self, key: str, question: str, default: str, read: Callable[[str], Any]) -> Any:
        from patchkeep.policy import values
        from patchkeep.policy.mistakes import Wrong

        option = self.given[key]
        while True:
            answer = option or (str(click.prompt(question, default=default, err=True)) if self.ask else default)
            try:
                return read(values.one_line(answer))
            except Wrong as wrong:
                if option or not self.ask:
                    raise click.BadParameter(str(wrong), param_hint=f"--{key.replace('_', '-')}") from wrong
                click.echo(f"   {wrong}", err=True)


def _listed(text: str) -> list[str]:
    return [part.strip() for part in text.split(",") if part.strip()] or _wrong("There is nothing in this list.", "")


def _wrong(what: str, fix: str) -> NoReturn:
    from patchkeep.policy.mistakes import Wrong

    raise Wrong(what, fix)


def _environments(text: str, tag: str) -> dict[str, str]:
    """Name -> unit, or value of the tag; a value of a tag that stands alone is the name, too."""
    from patchkeep.policy import values

    found: dict[str, str] = {}
    for part in _listed(text):
        name, given, where = part.partition("=")
        if not given and not tag:
            _wrong(f"{part!r} has no unit.", f"Write it as in `{name}=Workloads/{name.title()}`, or tell environments by --tag.")
        name = values.name(name)
        if name in found:
            _wrong(f"{name} stands in the list twice.", "Keep one of them.")
        found[name] = (values.text(where) if tag else values.organizational_unit(where)) if given else name
    return found


def _deadlines(text: str) -> dict[str, timedelta]:
    from patchkeep.policy import values

    found = {}
    for part in _listed(text):
        severity, given, within = part.partition("=")
        if not given:
            _wrong(f"{part!r} says no time.", f"Write it as in `{severity}=14d`.")
        found[values.sla_name(severity.strip())] = values.positive_duration(within.strip())
    return found


def _window(text: str) -> str:
    from patchkeep.policy.recurrence import schedule

    schedule(text)
    return text


def _zone(text: str) -> str:
    from patchkeep.policy import values

    return values.time_zone(text)


def _approvers(text: str) -> tuple[str, ...]:
    from patchkeep.policy import values

    return () if text.strip() == ANYBODY else tuple(map(values.approver, _listed(text)))


def _share(text: str) -> str:
    from patchkeep.policy import values

    return f"{values.positive_share(text) * 100:g}%"


def _name(text: str) -> str:
    from patchkeep.policy import values

    return values.name(text)


def _reference(text: str) -> str:
    from patchkeep.policy import values

    return values.reference(text)
