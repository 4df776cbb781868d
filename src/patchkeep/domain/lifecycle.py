"""Until when products are supported, as a dated feed tells: looked up by product and version. Pure.

No such date is ever written into this program: without a feed nothing is known, and that is said together with what cures it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta

from patchkeep.domain.asset import Asset, Support

OLD = timedelta(days=60)  # a feed that is older is in doubt: vendors move their dates
CURE = "`patchkeep feeds update` asks endoflife.date"
ASK = "ask its vendor"  # of what no feed names


@dataclass(frozen=True, slots=True)
class Lifecycles:
    """Lines of support, each with its source and date. `read_at`: when the newest part of it was read; None: never."""

    lines: tuple[Support, ...] = ()
    read_at: datetime | None = None
    _by_line: Mapping[tuple[str, str], Support] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "_by_line", {(one.product, one.line): one for one in self.lines})

    def support_of(self, product: str, version: str) -> Support | None:
        """Of the longest line that the version belongs to: "8.0" of "8.0.35". None: the feed knows no such line."""
        parts = version.split(".")
        lines = (".".join(parts[:length]) for length in range(len(parts), 0, -1))
        return next((found for line in lines if (found := self._by_line.get((product, line)))), None)

    @property
    def products(self) -> frozenset[str]:
        return frozenset(one.product for one in self.lines)

    def joined(self, newer: Iterable[Support], read_at: datetime) -> Lifecycles:
        """With what was read now: whole products take the place of what was known of them, unless that is of a later date."""
        dates = {one.product: one.as_of or date.min for one in self.lines}
        taken = [one for one in newer if (one.as_of or date.min) >= dates.get(one.product, date.min)]
        told = {one.product for one in taken}
        kept = (one for one in self.lines if one.product not in told)
        lines = {(one.product, one.line): one for one in (*kept, *taken)}
        return Lifecycles(tuple(lines[key] for key in sorted(lines)), read_at)


NO_LIFECYCLES = Lifecycles()
_SYSTEMS = {  # families of operating systems as machines bear them, and endoflife.date's names of them
    "alma": "almalinux",
    "amazon-linux": "amazon-linux",
    "centos": "centos",
    "debian": "debian",
    "oracle": "oracle-linux",
    "redhat": "rhel",
    "rocky": "rocky-linux",
    "ubuntu": "ubuntu",
    "windows": "windows-server",
}
_AMAZON_LINUX_1 = "2018.03"  # its last release; Systems Manager reports the year alone


def with_support(asset: Asset, lifecycles: Lifecycles) -> Asset:
    """The asset with what a feed tells of its line of versions, a machine of its system's, where AWS itself did not."""
    product, version = _system(asset.os) if asset.is_node else (asset.product, asset.version)
    if asset.support is not None or not product:
        return asset
    return replace(asset, support=lifecycles.support_of(product, version))


def _system(os: str) -> tuple[str, str]:
    """Product and version of "ubuntu-22.04"; "" of a system that feeds do not name, or not by such a version."""
    family, _, version = os.rpartition("-")
    return _SYSTEMS.get(family, ""), _AMAZON_LINUX_1 if os in {"amazon-linux-2018", "amazon-linux-1"} else version


def ended(asset: Asset, today: date) -> str:
    """That the standard support of its version, or its system's, is over, and what comes after it; "" where it isn't."""
    support = asset.support
    if support is None or not support.ended(today):
        return ""
    further = ""
    if support.extended_until:
        lasts = "lasts until" if asset.is_node else "is paid for until"
        further = f", its extended support {'too, on' if support.extended_until < today else lasts} {support.extended_until:%Y-%m-%d}"
    when = f"ended on {support.standard_until:%Y-%m-%d}" if support.standard_until else "has ended"
    told = told_by(support, today)
    return f"standard support of {asset.engine or support.product} {support.line} {when}{further}{f' ({told})' if told else ''}"


def said(support: Support | None, today: date) -> str:
    """Until when it is supported, and who says so; "" where nothing is known."""
    if support is None:
        return ""
    ends = [f"line {support.line}"]
    ends.append(f"standard until {support.standard_until}" if support.standard_until else "over" if support.over else "no end is known")
    if support.extended_until:
        ends.append(f"extended until {support.extended_until}")
    return f"{', '.join(ends)}; {told_by(support, today) or 'told at this look'}, {support.source}"


def told_by(support: Support, today: date) -> str:
    """Who says so, and how old that is; "" where AWS said it at this very look."""
    if support.as_of is None:
        return ""
    return f"feed of {support.as_of:%Y-%m-%d}, {_days(support, today)} d old"


def too_old(support: Support | None, today: date) -> str:
    """The doubt about a feed that nobody read for long; "" where there is none."""
    if support is None or support.as_of is None or today - support.as_of <= OLD:
        return ""
    return f"the lifecycle feed is {_days(support, today)} d old"


def _days(support: Support, today: date) -> int:
    return (today - support.as_of).days if support.as_of else 0
