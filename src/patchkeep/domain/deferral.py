"""Changes that somebody postponed: until when, why, under which ticket. A deferral moves no clock: what is overdue stays overdue.

It ends by itself at its date, which cannot be moved: a later one is a new decision of somebody.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from patchkeep.domain.asset import Asset
from patchkeep.domain.frozen import fingerprint


class DeferralRefused(Exception):  # noqa: N818 - it says what happened
    """This cannot be deferred so; the sentence says why and what to write instead."""


@dataclass(frozen=True, slots=True)
class Deferral:
    """One asset left alone from `at` until `until`, or until somebody ended it."""

    id: str
    asset: str  # its id, an ARN
    name: str
    at: datetime
    until: datetime
    why: str
    ticket: str
    by: str  # ARN of the verified caller
    ended_at: datetime | None = None  # by a person, before its date
    ended_by: str = ""
    ended_why: str = ""

    def stands(self, now: datetime) -> bool:
        return self.ended_at is None and self.at <= now < self.until

    @property
    def sentence(self) -> str:
        """What plan, report and rollout say of it."""
        return f"deferred by {self.by} until {self.until:%Y-%m-%d %H:%M %Z} ({self.ticket}): {self.why}"


@dataclass(frozen=True, slots=True)
class Asked:
    """What a person wants: the same date and reason for all the assets named."""

    until: datetime
    why: str
    ticket: str


def standing(deferrals: Iterable[Deferral], now: datetime) -> dict[str, Deferral]:
    """Those in force, by asset."""
    return {deferral.asset: deferral for deferral in deferrals if deferral.stands(now)}


def defer(asset: Asset, asked: Asked, by: str, now: datetime, earlier: Sequence[Deferral] = ()) -> Deferral:
    """The asset's deferral from now on; `earlier`: those it had so far. Raises DeferralRefused while one of them stands."""
    there = next((one for one in earlier if one.stands(now)), None)
    if there:
        raise DeferralRefused(
            f"{asset.name} is {there.sentence}. Its date cannot be moved: end it first (`patchkeep defer end {asset.resource}`)."
        )
    identity = f"d-{fingerprint([asset.id, now, asked.until, by, len(earlier)])[:12]}"
    return Deferral(identity, asset.id, asset.name, now, asked.until, asked.why.strip(), asked.ticket.strip(), by)


def refuse(asked: Asked, now: datetime, at_most: timedelta) -> None:
    """Raise DeferralRefused where the wish lacks its reason or ticket, lies in the past, or asks for too long."""
    if not asked.why.strip():
        raise DeferralRefused("A deferral needs its reason: --why TEXT.")
    if not asked.ticket.strip():
        raise DeferralRefused("A deferral needs the ticket under which it was agreed: --ticket ID.")
    if asked.until <= now:
        raise DeferralRefused(f"{asked.until:%Y-%m-%d %H:%M %Z} is over: a deferral lies ahead and cannot be back-dated.")
    if asked.until - now > at_most:
        latest = now + at_most
        asked_for = f"{asked.until:%Y-%m-%d %H:%M %Z} is more than {at_most.days} d ahead, the longest that the policy allows"
        raise DeferralRefused(f"{asked_for} (defer.at_most): --until {latest:%Y-%m-%d} at the latest.")
