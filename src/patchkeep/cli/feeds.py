"""`patchkeep feeds`: what is read of what others publish, and of when it is. Nothing is fetched unless it is asked for here."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from patchkeep.cli._options import clock_of, format_option

if TYPE_CHECKING:
    from datetime import date, datetime

    from patchkeep.domain.lifecycle import Lifecycles

FOLDER_OR_FILE = click.Path()
PUBLISHER = "endoflife.date"


@click.group(epilog="Example: patchkeep feeds status")
def command() -> None:
    """Read what others publish: until when versions are supported, as endoflife.date tells.

    AWS itself tells that of some databases only. Patchkeep has no such date written into it, and fetches none unasked.
    """


@command.command(
    epilog="\b\nExamples:\n  patchkeep feeds update\n  patchkeep feeds update --from full.json\n"
    "  patchkeep feeds update --from endoflife.date/products --as-of 2026-08-22"
)
@click.option("--from", "source", metavar="FILE|DIR|URL", type=FOLDER_OR_FILE, help="Instead of endoflife.date's full list.")
@click.option(
    "--as-of", "as_of", metavar="DATE", type=click.DateTime(["%Y-%m-%d"]), help="Of files that don't say of when they are (product files)."
)
@format_option
@click.pass_context
def update(ctx: click.Context, source: str | None, as_of: datetime | None, form: str) -> None:
    """Read the lifecycle feed and keep it.

    From https://endoflife.date (one request of about 5 MB), from another https address that answers as it does, or, where Patchkeep
    has no way out, from a document saved elsewhere or a folder of product files. Products that it doesn't tell of stay as they were.
    """
    from patchkeep.cli import show
    from patchkeep.doors.store import open_store
    from patchkeep.feeds.endoflife import ALL
    from patchkeep.wire import database_url, documents
    from patchkeep.work.feeds import update as bring

    now = clock_of(ctx).now()
    with open_store(database_url()) as store:
        made = bring(store.lifecycles, documents(source or ALL), now, as_of.date() if as_of else None)
        identity = store.lifecycles.hash()
    if form == "json":
        show.as_json("feeds", {"feeds": [_row(made.lifecycles, identity, now)]})
        return
    show.paragraph(f"Read {_products(len(made.read))} from {source or ALL}.")
    if made.older:
        show.paragraph(f"{_products(len(made.older))} left as they were: what is kept of them is of a later date.")
    _show(made.lifecycles, identity, now)


@command.command(epilog="Example: patchkeep feeds status --format json")
@format_option
@click.pass_context
def status(ctx: click.Context, form: str) -> None:
    """Show what is kept, of when it is, and how old that is."""
    from patchkeep.cli import show
    from patchkeep.doors.store import open_store
    from patchkeep.wire import database_url

    now = clock_of(ctx).now()
    with open_store(database_url(), create=False) as store:
        kept, identity = store.lifecycles.latest(), store.lifecycles.hash()
    if form == "json":
        show.as_json("feeds", {"feeds": [_row(kept, identity, now)] if kept.lines else []})
    elif kept.lines:
        _show(kept, identity, now)
    else:
        show.paragraph("No feed was read yet: until when versions are supported is known only where AWS itself tells.")
        show.following("patchkeep feeds update")


def _products(number: int) -> str:
    from patchkeep.domain.wording import counted

    return counted(number, "product")


def _row(kept: Lifecycles, identity: str, now: datetime) -> dict[str, object]:
    oldest, newest = _dates(kept)
    return {
        "name": "lifecycles",
        "publisher": PUBLISHER,
        "read_at": kept.read_at,
        "oldest": oldest,
        "newest": newest,
        "age_days": (now.date() - oldest).days,
        "products": len(kept.products),
        "lines": len(kept.lines),
        "hash": identity,
    }


def _dates(kept: Lifecycles) -> tuple[date, date]:
    dates = [line.as_of for line in kept.lines if line.as_of]
    return min(dates), max(dates)


def _show(kept: Lifecycles, identity: str, now: datetime) -> None:
    from patchkeep.cli import show
    from patchkeep.domain.lifecycle import OLD

    oldest, newest = _dates(kept)
    days = (now.date() - oldest).days
    span = f"{oldest}" if oldest == newest else f"{oldest} to {newest}"
    doubt = f"too old, more than {OLD.days} d: run `patchkeep feeds update`" if days > OLD.days else f"in doubt after {OLD.days} d"
    show.pairs(
        [
            ("feed", f"lifecycles ({PUBLISHER})"),
            ("of", f"{span}, {days} d old; {doubt}"),
            ("read at", f"{kept.read_at:%Y-%m-%d %H:%M} UTC"),
            ("holds", f"{_products(len(kept.products))}, {len(kept.lines):,} lines of versions"),
            ("hash", identity[:12]),
        ]
    )
