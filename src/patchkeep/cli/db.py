"""`patchkeep db`: look after the database in which Patchkeep keeps what it saw, planned and did."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from patchkeep.cli._options import FILE, format_option, policy_option

if TYPE_CHECKING:
    from datetime import timedelta

    from patchkeep.domain.policy import Retention
    from patchkeep.doors.store.condition import Condition
    from patchkeep.doors.store.pruning import Pruning


@click.group(epilog="Example: patchkeep db status")
def command() -> None:
    """Look after the database: make its tables, check it, back it up, forget what is old.

    PATCHKEEP_DATABASE_URL says which: sqlite:////path/to/patchkeep.db, or postgresql://user@host/database. Without it, patchkeep.db
    in the present folder.
    """


@command.command(epilog="Example: patchkeep db migrate")
@format_option
def migrate(form: str) -> None:
    """Make the tables, or bring them to what this version of Patchkeep needs.

    In one transaction: a crash leaves them as they were. A SQLite file is brought there by any command that uses it; a PostgreSQL
    database only here, because other machines may be working with it: end them, and back it up first.
    """
    from patchkeep.cli import show
    from patchkeep.doors.store.database import connect
    from patchkeep.doors.store.database import migrate as bring
    from patchkeep.wire import database_url

    database = connect(database_url(), create=True)
    try:
        before, after = bring(database)
    finally:
        database.close()
    if form == "json":
        show.as_json("db-migrate", {"place": database.place, "before": before, "after": after})
    elif before == after:
        show.paragraph(f"{database.place} is at {after} already; nothing to do.")
    else:
        show.paragraph(f"{database.place}: tables made, at {after}." if before is None else f"{database.place}: from {before} to {after}.")


@command.command(epilog="Example: patchkeep db status --format json")
@format_option
@click.pass_context
def status(ctx: click.Context, form: str) -> None:
    """Show where the database is, how large, and whether it is sound.

    Reads all of it once: the database's own check, and every link of the ledger's chain. Exit status 1 when something is wrong.
    """
    from patchkeep.cli import show
    from patchkeep.doors.store.condition import condition
    from patchkeep.wire import database_url

    found = condition(database_url())
    if form == "json":
        fields = ("place", "kind", "revision", "newest_revision", "size", "oldest", "newest", "broken", "damage", "sound")
        document = {name: getattr(found, name) for name in fields}
        show.as_json("db-status", {**document, "rows": dict(found.rows)})
    else:
        _show(found)
    ctx.exit(0 if found.sound else 1)


def _show(found: Condition) -> None:
    from patchkeep.cli import show

    rows = dict(found.rows)
    show.say(found.place)
    show.pairs([("kind", found.kind), ("tables", _tables(found))])
    if not rows:
        return
    looks = f"{rows['taking']:,} of {rows['snapshot']:,} different states"
    if found.oldest and found.newest:
        looks += f", {found.oldest:%Y-%m-%d %H:%M} to {found.newest:%Y-%m-%d %H:%M} UTC"
    broken = f"ALTERED from entry {found.broken} on: see docs/how-to/back-up-and-restore.md"
    show.pairs(
        [
            ("size", f"{found.size / 1e6:,.1f} MB"),
            ("looks", looks),
            ("assets known", f"{rows['subject']:,}"),
            ("exposures", f"{rows['exposure']:,} windows"),
            ("plans", f"{rows['plan']:,}; {rows['rollout']:,} rollouts"),
            ("ledger", f"{rows['ledger']:,} entries, " + ("the chain holds" if found.broken is None else broken)),
            ("check", f"{found.checked_by}: " + (f"DAMAGED: {found.damage}" if found.damage else "nothing wrong")),
        ]
    )


def _tables(found: Condition) -> str:
    """A SQLite file comes into being with the first look; everything else is made, or brought up to date, by a person."""
    if found.revision is None:
        first = "the first `patchkeep discover` makes them" if found.kind == "sqlite" else "`patchkeep db migrate` makes them"
        return f"none yet: there is nothing in it, and {first}"
    if found.revision != found.newest_revision:
        return f"{found.revision}, and this version needs {found.newest_revision}: run `patchkeep db migrate`"
    return f"at {found.revision}"


@command.command(epilog="Example: patchkeep db backup /var/backups/patchkeep-2026-11-23.db")
@click.argument("file", type=FILE)
@format_option
def backup(file: str, form: str) -> None:
    """Copy the database into a new FILE that only you can read, and check the copy.

    SQLite by its online backup, so others may go on working; PostgreSQL by pg_dump. An existing file is never overwritten.
    docs/how-to/back-up-and-restore.md says how to go back to it.
    """
    from patchkeep.cli import show
    from patchkeep.doors.store.condition import copied
    from patchkeep.wire import database_url

    made = copied(database_url(), file)
    if form == "json":
        show.as_json("db-backup", {"path": str(made.path), "size": made.size, "checked": made.how})
    else:
        show.paragraph(f"{made.path}: {made.size / 1e6:,.1f} MB, checked ({made.how}).")


@command.command(epilog="Example: patchkeep db prune --yes")
@policy_option
@format_option
@click.option("--yes", is_flag=True, help="Do not ask.")
@click.pass_context
def prune(ctx: click.Context, policy: str, form: str, yes: bool) -> None:
    """Forget what is older than the policy's `retention` says. Shows first what would go, and asks.

    Never the ledger, never rollouts; always kept are the newest look, what plans that stay were made from, open exposure windows,
    and the look that reports compare with. With --format json and without --yes it only tells (exit status 3).
    """
    from patchkeep.cli import show
    from patchkeep.cli._options import clock_of
    from patchkeep.doors.store.database import open_database
    from patchkeep.doors.store.pruning import prunable
    from patchkeep.doors.store.pruning import prune as forget
    from patchkeep.wire import database_url, read_policy

    clock = clock_of(ctx)
    retention = read_policy(policy, clock.now()).retention
    database = open_database(database_url(), create=False)
    try:
        gone = prunable(database, retention, clock.now())
        if form == "human":
            _preview(gone, retention)
        if not gone.nothing and (yes or form == "human"):
            if not yes:
                click.confirm("Forget them?", abort=True)
            gone = forget(database, retention, clock.now())
            if form == "human":
                show.say("Done; the ledger has a note of it.")
    finally:
        database.close()
    if form == "json":
        show.as_json("db-prune", {"pruned": yes, **_counts(gone)})
        ctx.exit(3 if not yes and not gone.nothing else 0)


def _preview(gone: Pruning, retention: Retention) -> None:
    from patchkeep.cli import show

    rows = (
        ("looks", _span(retention.snapshots), len(gone.takings), gone.kept_takings),
        ("closed exposure windows", _span(retention.exposures), gone.windows, gone.kept_windows),
        ("plans without a rollout", _span(retention.plans), len(gone.plans), gone.kept_plans),
    )
    show.table(("what", "kept for", "to forget", "stay"), rows, numbers=(2, 3))
    if gone.spared:
        show.paragraph(f"{gone.spared} older looks stay: plans or the comparison before and after rest on them.")
    if retention.snapshots is retention.exposures is retention.plans is None:
        show.paragraph("The policy has no `retention`, so everything is kept. Write, for example: retention: {snapshots: 400d}")
    elif gone.nothing:
        show.say("Nothing to forget.")


def _span(kept: timedelta | None) -> str:
    return "ever" if kept is None else f"{kept.days} d"


def _counts(gone: Pruning) -> dict[str, int]:
    return {
        "looks": len(gone.takings),
        "exposures": gone.windows,
        "plans": len(gone.plans),
        "kept_looks": gone.kept_takings,
        "kept_exposures": gone.kept_windows,
        "kept_plans": gone.kept_plans,
        "spared_looks": gone.spared,
    }
