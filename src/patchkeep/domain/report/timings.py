"""Values of a report that tell how long: what stands open, how fast it was fixed, which deadlines were kept."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from patchkeep.domain.report.measures import Spread


@dataclass(frozen=True, slots=True)
class SeverityRow:
    """The open windows of one severity. `covered`: an SLA of the policy counts for it."""

    severity: str
    open: int
    assets: int
    age: Spread
    covered: bool


@dataclass(frozen=True, slots=True)
class AgeBucket:
    """Windows that lasted from `days` up to the next bucket's days: those still open, and those that are over."""

    days: int
    open: int
    closed: int


@dataclass(frozen=True, slots=True)
class OpenWindow:
    """One update that one asset lacks, for a list of the oldest. `due` None: no SLA says."""

    asset: str
    name: str
    environment: str
    update: str
    severity: str
    cves: tuple[str, ...]
    first_seen: datetime
    age: timedelta
    due: datetime | None
    overdue: bool


@dataclass(frozen=True, slots=True)
class CveRow:
    """A CVE that installed updates would cure, and on how many assets."""

    cve: str
    severity: str  # the gravest that any of its updates bears
    assets: int
    since: datetime


@dataclass(frozen=True, slots=True)
class Exposures:
    """Windows of the assets that the report is about. `gone`: open ones of assets that no longer exist, counted nowhere else."""

    open: Spread
    severities: tuple[SeverityRow, ...]
    ages: tuple[AgeBucket, ...]
    oldest: tuple[OpenWindow, ...]
    cves: tuple[CveRow, ...]
    gone: int = 0


@dataclass(frozen=True, slots=True)
class Remediation:
    """How long a fix takes, before and since our first change.

    `before`: age of what stood open at the look before it: each of these took at least as long. `backlog`: what stood open then
    and was fixed since, counted from the first change; `backlog_open` of them are not. `fresh`: first seen since, and fixed;
    `fresh_open` are not. `whole`: everything fixed since, from first sight to fix.
    """

    before: Spread
    backlog: Spread
    backlog_open: int
    fresh: Spread
    fresh_open: int
    whole: Spread


@dataclass(frozen=True, slots=True)
class SlaRow:
    """One deadline of the policy. Where `unknown` says why it cannot be measured, the counts are None."""

    severity: str
    within: timedelta
    start: str
    unknown: str = ""
    open_in_time: int | None = None
    overdue: int | None = None
    closed_in_time: int | None = None
    closed_late: int | None = None
    next_due: datetime | None = None
