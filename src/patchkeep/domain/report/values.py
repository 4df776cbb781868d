"""What a report is made of: frozen values that every output format shows and none computes again.

None stands for "not known" and is printed UNKNOWN; it is never a zero and never a hundred per cent.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta

from patchkeep.domain.asset import Obstacle
from patchkeep.domain.call import Gap
from patchkeep.domain.compliance import Compliance, Status
from patchkeep.domain.deferral import Deferral
from patchkeep.domain.owners import OpenWork
from patchkeep.domain.plan import Skip
from patchkeep.domain.report.measures import share
from patchkeep.domain.report.timings import Exposures, Remediation, SlaRow

NO_ENVIRONMENT = "no environment"


@dataclass(frozen=True, slots=True)
class Row:
    """One environment (or all) at one look."""

    name: str
    compliant: int = 0
    non_compliant: int = 0
    waived: int = 0
    unknown: int = 0
    open_updates: int | None = None  # also on assets that are UNKNOWN; None: no asset was known, and nothing was seen open
    open_on_unknown: int | None = None  # of these, on assets whose status is UNKNOWN
    overdue: int | None = None  # None: no SLA of the policy can be measured, or open updates are not known

    @property
    def total(self) -> int:
        return self.compliant + self.non_compliant + self.waived + self.unknown

    @property
    def ratio(self) -> float | None:
        """Compliant among all, UNKNOWN ones included."""
        return share(self.compliant, self.total)

    @property
    def known(self) -> float | None:
        """Those that the evidence says something about, among all."""
        return share(self.total - self.unknown, self.total)

    def count(self, status: Status) -> int:
        match status:
            case Status.COMPLIANT:
                return self.compliant
            case Status.NON_COMPLIANT:
                return self.non_compliant
            case Status.WAIVED:
                return self.waived
            case Status.UNKNOWN:
                return self.unknown


@dataclass(frozen=True, slots=True)
class Picture:
    """The estate at one look: a row per environment in the policy's order, those in none last, and all together."""

    at: datetime
    rows: tuple[Row, ...]
    total: Row

    def row(self, name: str) -> Row | None:
        return next((row for row in self.rows if row.name == name), None)


@dataclass(frozen=True, slots=True)
class Reason:
    """Why assets are UNKNOWN, and how many."""

    why: str
    assets: int
    fix: str = ""


@dataclass(frozen=True, slots=True)
class Coverage:
    """How much was seen: `fresh` have a scan that is young enough, with its patches, and nothing unread."""

    accounts: int  # all that the organization has: looked at, refused or left out
    targets: int  # accounts x regions looked at
    assets: int
    fresh: int
    scanned: int
    reasons: tuple[Reason, ...]
    looked: int = 0
    refused: int = 0  # nothing of theirs was read
    left_out: int = 0  # by decision: excluded or suspended

    @property
    def ratio(self) -> float | None:
        return share(self.fresh, self.assets)


@dataclass(frozen=True, slots=True)
class AssetRow:
    """One asset as it stands now. `open_updates` None: its updates were never read, or what was read proves nothing."""

    id: str
    name: str
    kind: str
    account: str
    account_name: str
    region: str
    environment: str
    os: str
    owner: str
    verdict: Compliance
    open_updates: int | None
    overdue: int | None
    oldest: timedelta | None
    obstacles: tuple[Obstacle, ...] = ()
    owner_from: str = ""  # "tag Owner", "operations contact", ...; "" where nobody is named
    deferral: Deferral | None = None  # its clock goes on: what is open and overdue is counted as of any other


@dataclass(frozen=True, slots=True)
class Report:
    """`before` is the last look before our first change (None: there was none); `trend` holds the looks in time's order."""

    made_at: datetime
    organization_id: str
    policy: str
    policy_hash: str
    snapshot_id: str
    changed_at: datetime | None
    before: Picture | None
    after: Picture
    trend: tuple[Picture, ...]
    remediation: Remediation
    exposures: Exposures
    slas: tuple[SlaRow, ...]
    coverage: Coverage
    assets: tuple[AssetRow, ...]
    gaps: tuple[Gap, ...] = ()
    skips: tuple[Skip, ...] = ()
    notes: tuple[str, ...] = field(default=())
    owners: tuple[OpenWork, ...] = ()

    @property
    def clean(self) -> bool:
        """Nothing non-compliant, unknown or overdue, no account unread, and something to say it of."""
        total = self.after.total
        return total.total > 0 and not self.coverage.refused and not (total.non_compliant or total.unknown or self.overdue)

    @property
    def overdue(self) -> int | None:
        """Open updates beyond their deadline now; None: no SLA of the policy can be measured."""
        counts = [row.overdue for row in self.assets if row.overdue is not None]
        return sum(counts) if counts else None

    @property
    def drift(self) -> float | None:
        """By what share the open updates changed from before to after: -0.9 is down by 90 %. None: nothing to compare with."""
        now = self.after.total.open_updates
        if self.before is None or now is None or not self.before.total.open_updates:
            return None
        return now / self.before.total.open_updates - 1
