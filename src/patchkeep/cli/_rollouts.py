"""A rollout as text: its rings, whoever isn't simply done or waiting, and progress that doesn't flood."""

from __future__ import annotations

import os
import sys
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

import click

from patchkeep.cli import show
from patchkeep.cli._words import brief, listing, plural
from patchkeep.domain.progress import Phase

if TYPE_CHECKING:
    from patchkeep.domain.plan import Plan
    from patchkeep.domain.progress import Member, Rollout
    from patchkeep.work.seams import Clock

PHASES = (Phase.DONE, Phase.RUNNING, Phase.WAITING, Phase.FAILED, Phase.LOST)
FEW = 10  # members of one kind that are listed


def one(rollout: Rollout, plan: Plan | None) -> None:
    """Status and reason, the rings, and each member that failed, was lost, is under way, or waits for a reason of its own."""
    show.heading(f"{rollout.id}: {rollout.status}")
    show.paragraph(brief(rollout.why))
    rows = []
    aside = any(member.phase is Phase.LEFT_OUT for ring in rollout.rings for member in ring.members)
    phases = (*PHASES, Phase.LEFT_OUT) if aside else PHASES
    for ring in rollout.rings:
        counts = Counter(member.phase for member in ring.members)
        rows.append((ring.name, len(ring.members), *(counts[phase] for phase in phases)))
    show.table(("ring", "assets", *phases), rows, numbers=tuple(range(1, 2 + len(phases))))
    _members(rollout, {change.resource: change.name for ring in plan.rings for change in ring.changes} if plan else {})
    for approved in rollout.approvals:
        show.paragraph(f"ring {approved.ring} approved by {brief(approved.who)}, {approved.at:%Y-%m-%d %H:%M}", hang=2)


def _members(rollout: Rollout, names: dict[str, str]) -> None:
    shown = [(ring.name, member) for ring in rollout.rings for member in ring.members if _worth_saying(member)]
    for phase in (Phase.FAILED, Phase.LOST, Phase.LEFT_OUT, Phase.RUNNING, Phase.WAITING):
        those = [(ring, member) for ring, member in shown if member.phase == phase]
        if not those:
            continue
        show.heading(f"\n{phase}: {len(those)}")
        listed = those if phase in {Phase.FAILED, Phase.LOST} else those[:FEW]
        rows = [(_called(m, names), ring, m.step or "-", brief(m.why) or _since(m)) for ring, m in listed]
        show.table(("asset", "ring", "step", "why"), rows)
        if len(those) > len(listed):
            show.say(f"and {len(those) - len(listed)} more: {listing([_called(m, names) for _, m in those[FEW:]])}")


def _worth_saying(member: Member) -> bool:
    return member.phase in {Phase.FAILED, Phase.LOST, Phase.LEFT_OUT, Phase.RUNNING} or bool(member.phase is Phase.WAITING and member.why)


def _called(member: Member, names: dict[str, str]) -> str:
    name = names.get(member.resource, "")
    return f"{name} ({member.resource})" if name and name != member.resource else member.resource


def _since(member: Member) -> str:
    return f"begun {member.begun_at:%Y-%m-%d %H:%M}" if member.begun_at else ""


@dataclass(slots=True)
class Progress:
    """Says how a rollout goes, on standard error: one updating line in a terminal; elsewhere a line per ring and 10 % of it."""

    clock: Clock
    last: tuple[object, ...] = ()
    open_line: bool = False

    def __call__(self, rollout: Rollout) -> None:
        line = f"{self.clock.now():%Y-%m-%d %H:%M}  {rollout.status}: {show.here(brief(rollout.why))}"
        stage, share = _stage(rollout)
        if sys.stderr.isatty() and os.environ.get("TERM") != "dumb":
            if self.open_line and self.last != stage:
                click.echo(err=True)
            click.echo(f"\r{line[: show.width() - 1]}\x1b[K", nl=False, err=True)
            self.last, self.open_line = stage, True
        elif self.last != (*stage, share):
            click.echo(line, err=True)
            self.last = (*stage, share)

    def end(self) -> None:
        """Close the line that was being updated."""
        if self.open_line:
            click.echo(err=True)
            self.open_line = False


def _stage(rollout: Rollout) -> tuple[tuple[object, ...], int]:
    """What a new line is worth: status, ring and number of failures (where it doesn't run: the reason), and tenths of the ring."""
    opened = [ring for ring in rollout.rings if ring.opened_at]
    members = opened[-1].members if opened else ()
    bad = sum(member.phase in {Phase.FAILED, Phase.LOST} for member in members)
    waits = rollout.why if rollout.status != "running" else ""
    tenths = 10 * sum(member.ended for member in members) // len(members) if members else 0
    return (rollout.status, opened[-1].name if opened else "", bad, waits), tenths


def told(rollouts: tuple[Rollout, ...]) -> None:
    """All rollouts, newest first."""
    if not rollouts:
        show.say("No rollout yet.")
        show.following("patchkeep plan -o plan.json", "patchkeep rollout start plan.json")
        return
    rows = []
    for rollout in rollouts:
        members = [member for ring in rollout.rings for member in ring.members]
        done = sum(member.phase is Phase.DONE for member in members)
        rows.append((rollout.id, rollout.status, f"{rollout.started_at:%Y-%m-%d %H:%M}", f"{done}/{len(members)}", brief(rollout.why)))
    show.table(("rollout", "status", "started", "done", "why"), rows, numbers=(3,))
    show.say(f"{plural(len(rollouts), 'rollout')}; rings and members: `patchkeep rollout status {rollouts[0].id}`")
