"""`patchkeep defer`: records in the database who postpones which machines, until when and why, and lists and ends that.

Nothing in AWS is touched: plans and rollouts read the record. What may be deferred, and how long, is decided in `domain/deferral`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from patchkeep.cli._completing import conditions, names_of_assets
from patchkeep.cli._only import only_of, refuse_unmatched
from patchkeep.cli._options import WrongUse, clock_of, format_option, opened, policy_option
from patchkeep.cli._seen import asset_called, latest
from patchkeep.domain.wording import counted

if TYPE_CHECKING:
    from datetime import datetime

    from patchkeep.domain.asset import Asset
    from patchkeep.domain.deferral import Deferral
    from patchkeep.wire import House
    from patchkeep.work.assess import Assessment
    from patchkeep.work.defer import Deferring

MAKE = "asset"  # the subcommand that may be left out
EXAMPLE = "\b\nExample:\n  patchkeep defer web-007 --until 2026-12-24 --why 'quarter end' --ticket CHG-4711"


class _Defer(click.Group):
    """`patchkeep defer web-007 ...` means `patchkeep defer asset web-007 ...`."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """An option in the first place can only be meant for that subcommand."""
        if args and args[0].startswith("-") and args[0] not in ctx.help_option_names:
            args = [MAKE, *args]
        return super().parse_args(ctx, args)

    def resolve_command(self, ctx: click.Context, args: list[str]) -> tuple[str | None, click.Command | None, list[str]]:
        return super().resolve_command(ctx, args if args[0] in self.commands else [MAKE, *args])


@click.group(cls=_Defer, no_args_is_help=True, epilog=f"{EXAMPLE}\n\nThe word `asset` may be left out.")
def command() -> None:
    """Postpone changes of assets, with the clock kept: what is overdue stays overdue.

    Plans and rollouts leave a deferred asset alone until the date; then it ends by itself. This accepts no finding and makes nothing
    compliant: accepting a risk is `waive`, which is not there yet.
    """


@command.command(MAKE, epilog=EXAMPLE)
@click.argument("assets", nargs=-1, metavar="[ASSET]...", shell_complete=names_of_assets)
@click.option(
    "--until", "until", required=True, metavar="DATE", help="2026-12-24 (from then on, 00:00 UTC, it is patched again), or with time."
)
@click.option("--why", required=True, metavar="TEXT", help="The reason, for plans and reports.")
@click.option("--ticket", required=True, metavar="ID", help="Under which it was agreed.")
@click.option(
    "--only",
    default="",
    metavar="ou=...,account=...",
    help="Instead of ASSET: all that these match (ou, account, tag:KEY).",
    shell_complete=conditions,
)
@policy_option
@format_option
@click.option("--yes", is_flag=True, help="Don't ask before several assets are deferred.")
@click.pass_context
def make(
    ctx: click.Context,
    assets: tuple[str, ...],
    until: str,
    why: str,
    ticket: str,
    only: str,
    policy: str,
    form: str,
    yes: bool,
) -> None:
    """Postpone changes of assets: by name, id or ARN, or all that --only matches.

    Kept with the identity that STS verifies, the reason and the ticket, and in the ledger. The date lies ahead, at most as far as the
    policy's defer.at_most says, and cannot be moved: end the deferral and make another one. A rollout under way looks again before
    each step that it sends.
    """
    from patchkeep.cli._plans import confirm
    from patchkeep.domain.deferral import Asked, refuse
    from patchkeep.work.defer import postpone

    if bool(assets) == bool(only):
        raise click.UsageError("Name the assets, or say --only ou=...,account=...,tag:KEY=...; one of the two.")
    asked = Asked(_moment(until), why, ticket)
    with opened(ctx, policy) as house:
        assessment = latest(house)
        refuse(asked, assessment.now, house.policy.defer_at_most)
        chosen = _chosen(assessment, assets, only)
        if len(chosen) > 1:
            confirm(f"Defer {counted(len(chosen), 'asset')} until {asked.until:%Y-%m-%d %H:%M %Z}?", yes=yes)
        made = postpone(_deferring(house), chosen, asked, house.policy.defer_at_most)
    _told(
        made,
        form,
        "deferred",
        f"until {asked.until:%Y-%m-%d %H:%M %Z}; clocks go on, and plans leave {'it' if len(made) == 1 else 'them'} out.",
    )


@command.command("list", epilog="Example: patchkeep defer list --all")
@click.option("--all", "everything", is_flag=True, help="Those that are over, too.")
@policy_option
@format_option
@click.pass_context
def listed(ctx: click.Context, everything: bool, policy: str, form: str) -> None:
    """List what is deferred now, the next to end first."""
    from patchkeep.cli import show
    from patchkeep.cli._words import brief

    now = clock_of(ctx).now()
    with opened(ctx, policy) as house:
        every = house.store.deferrals.all()
    shown = sorted((one for one in every if everything or one.stands(now)), key=lambda one: (one.until, one.name))
    if form == "json":
        show.as_json("deferrals", {"deferrals": [{**show.plain(one), "stands": one.stands(now)} for one in shown]})
        return
    if not shown:
        show.say("Nothing is deferred." if everything or not every else "Nothing is deferred now; --all lists what was.")
        return
    for one in shown:
        times = sum(other.asset == one.asset for other in every)
        why = f"{one.ended_why} ({brief(one.ended_by)}, {one.ended_at:%Y-%m-%d %H:%M})" if one.ended_at else ""
        show.heading(f"{one.name}: {_state(one, now)}")
        show.pairs(
            [
                ("id", one.asset.rsplit("/", 1)[-1]),
                ("by", f"{brief(one.by)}, {one.at:%Y-%m-%d %H:%M}"),
                ("ticket", one.ticket),
                ("why", one.why),
                ("ended", why.strip()),
                (
                    "before",
                    f"deferred {times - 1} times before or since" if times > 2 else "deferred once before or since" if times == 2 else "",
                ),
            ]
        )


def _state(one: Deferral, now: datetime) -> str:
    if one.stands(now):
        days = (one.until - now).total_seconds() / 86400
        return f"deferred until {one.until:%Y-%m-%d %H:%M %Z}, {days:.0f} d left"
    return "ended before its date" if one.ended_at else f"over since {one.until:%Y-%m-%d %H:%M %Z}"


@command.command("end", epilog="Example: patchkeep defer end web-007 --why 'release is out'")
@click.argument("assets", nargs=-1, required=True, metavar="ASSET...", shell_complete=names_of_assets)
@click.option("--why", default="", metavar="TEXT", help="Why it ends before its date.")
@policy_option
@format_option
@click.pass_context
def ending(ctx: click.Context, assets: tuple[str, ...], why: str, policy: str, form: str) -> None:
    """End deferrals before their date: the next plan takes the assets in again."""
    from patchkeep.work.defer import end

    with opened(ctx, policy) as house:
        ended = end(_deferring(house), assets, why)
    _told(ended, form, "no longer deferred", "The next plan takes it in." if len(ended) == 1 else "The next plan takes them in.")


def _moment(text: str) -> datetime:
    """A day (its beginning, in UTC) or a time with its zone."""
    from datetime import UTC, datetime

    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise click.BadParameter(f"{text!r} is no date: write 2026-12-24, or 2026-12-24T18:00+01:00", param_hint="--until") from None
    if moment.tzinfo is None:
        if len(text) > len("2026-12-24"):
            raise click.BadParameter(f"{text!r} has no zone: write {text}Z if it is UTC", param_hint="--until")
        moment = moment.replace(tzinfo=UTC)
    return moment.astimezone(UTC)


def _chosen(assessment: Assessment, assets: tuple[str, ...], only: str) -> tuple[Asset, ...]:
    if not only:
        return tuple({asset.id: asset for asset in (asset_called(assessment, word) for word in assets)}.values())
    wanted = only_of(only)
    refuse_unmatched(wanted, assessment)
    found = tuple(asset for asset in assessment.assets if wanted.takes(asset) and asset.id not in assessment.deferrals)
    if not found:
        raise WrongUse(f"Everything that {only} matches is deferred already: see `patchkeep defer list`.")
    return found


def _deferring(house: House) -> Deferring:
    from patchkeep.work.defer import Deferring

    return Deferring(house.store.deferrals, house.store.ledger, house.clock, house.aws.caller().arn)


def _told(those: tuple[Deferral, ...], form: str, verb: str, more: str) -> None:
    from patchkeep.cli import show
    from patchkeep.cli._words import listing

    if form == "json":
        plain: list[Any] = [show.plain(one) for one in those]
        show.as_json("deferrals", {"deferrals": plain})
        return
    names = listing([one.name for one in those], 5)
    be = "is" if len(those) == 1 else "are"
    show.paragraph(f"{names} {be} {verb}{' ' if more.startswith('until') else '. '}{more}")
