"""What `policy check` and `init` say of a policy's worst cases: a table, a sentence for each breach, and what was not looked at."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from patchkeep.cli import show
from patchkeep.cli._words import brief, listing, places, plural
from patchkeep.domain.forecast import Finding, Forecast, Row, Verdict
from patchkeep.domain.forecast.seen import Looked
from patchkeep.domain.patchgroups import Borne

FEW = 10  # assets that are named before --all is asked for
_HAPPENS = {"release": "released", "disclosed": "disclosed", "first_seen": "first seen", "kev": "known to be exploited, and released,"}


def told(found: Forecast, *, everything: bool = False) -> None:
    """The whole forecast for people, in 80 columns."""
    if found.rows:
        show.say()
        rows = [
            (row.ring, _name(row.severity), row.clock.replace("_", " "), span(row.allowed), _most(row), _verdict(row)) for row in found.rows
        ]
        show.table(("ring", "deadline", "from", "within", "at worst", ""), rows, numbers=(3, 4))
    _worst_cases(found)
    _findings(found.findings)
    _looked(found.looked, everything=everything)
    _groups(found.groups)
    show.say()
    for note in found.notes:
        show.paragraph(f"note: {note}", hang=2)


def _name(severity: str) -> str:
    return severity.replace("_", " ")


def _most(row: Row) -> str:
    if row.why:
        return "-"
    return span(row.takes) if row.arrives else f">{span(row.takes)}"


def _verdict(row: Row) -> str:
    match row.verdict:
        case Verdict.FITS:
            return "fits"
        case Verdict.BREACHES:
            return f"breaches by {span(row.over)}"
        case Verdict.NEVER:
            return "can never"


def _worst_cases(found: Forecast) -> None:
    """One sentence per deadline that cannot be kept: of the ring that it is worst for."""
    late = [row for row in found.rows if row.verdict is not Verdict.FITS]
    if not late:
        return
    show.heading("\nWorst cases")
    for severity in dict.fromkeys(row.severity for row in late):
        worst = max((row for row in late if row.severity == severity), key=lambda row: (row.verdict is Verdict.NEVER, row.takes))
        show.paragraph(f"- {sentence(worst, found.until)}", hang=2)


def sentence(row: Row, until: datetime) -> str:
    """The worst case with its dates: "a critical update released on ... reaches ring prod at the latest on ...: 23d, allowed 14d"."""
    where = f"environment {row.ring}" if row.by_aws else f"ring {row.ring}"
    if row.begins is None:
        return f"{_name(row.severity)}: {where} can never be in time: {row.why}."
    start = f"a {_name(row.severity)} update" if row.severity != "known_exploited" else "an update"
    begins = _moment(row.begins, row.zone)
    if row.arrives is None:
        waits = f"has not reached {where} by {until:%Y-%m-%d}, as far as windows are known"
        return f"{start} {_HAPPENS[row.clock]} on {begins} {waits}: {span(row.takes)} and more, allowed {span(row.allowed)}.{_way(row)}"
    arrives = f"at the latest on {_moment(row.arrives, row.zone)} {row.zone}"
    return (
        f"{start} {_HAPPENS[row.clock]} on {begins} reaches {where} {arrives}: {span(row.takes)}, allowed {span(row.allowed)}.{_way(row)}"
    )


def _way(row: Row) -> str:
    """Where the time goes: until it may be installed at all, and the rings that it waits for longest."""
    parts = [f"{span(row.delay)} until it is {f'approved (baseline {row.by}) and ' if row.by else ''}seen"] if row.delay else []
    for stop in row.way:
        waits = stop.starts - stop.ready if stop.starts else None
        if waits is None:
            parts.append(f"no opening for {stop.ring} after {_moment(stop.ready, row.zone)}")
        elif waits > timedelta(0):
            parts.append(f"{span(waits)} until {stop.ring} may begin")
    rest = sum(((s.over - s.starts) for s in row.way if s.over and s.starts), timedelta(0))
    parts += [f"{span(rest)} of bakes and rounds"] if rest else []
    return f" Of it {', '.join(parts)}." if parts else ""


def _moment(moment: datetime, zone: str) -> str:
    return f"{moment.astimezone(ZoneInfo(zone)):%Y-%m-%d %H:%M}"


def span(length: timedelta) -> str:
    """A length as `22d 4h`; minutes only where it is shorter than a day."""
    minutes = round(length.total_seconds() / 60)
    days, rest = divmod(minutes, 24 * 60)
    hours, left = divmod(rest, 60)
    parts = [f"{number}{unit}" for number, unit in ((days, "d"), (hours, "h"), (0 if days else left, "m")) if number]
    return " ".join(parts) or "0h"


def _findings(findings: Iterable[Finding]) -> None:
    grave = sorted(findings, key=lambda finding: not finding.grave)
    if grave:
        show.heading("\nFound in the policy")
    for finding in grave:
        show.paragraph(f"- {finding.why} -> {finding.fix}{'' if finding.grave else ' (no fault)'}", hang=2)


def _looked(looked: Looked | None, *, everything: bool) -> None:
    if looked is None:
        show.heading("\nAssets: not looked at")
        show.paragraph("No snapshot was taken into account; `patchkeep discover` makes one.")
        return
    taken = f"{looked.taken_at:%Y-%m-%d %H:%M} UTC"
    if not looked.outside:
        show.heading(f"\nAssets: all {looked.assets} of the snapshot of {taken} are in a ring, or AWS installs on them.")
    else:
        show.heading(f"\nAssets in no ring: {len(looked.outside)} of {looked.assets} (snapshot of {taken})")
        for skip in looked.outside if everything else looked.outside[:FEW]:
            show.paragraph(f"- {skip.name}: {brief(skip.reason)} -> {brief(skip.better)}", hang=2)
        if len(looked.outside) > FEW and not everything:
            show.say(f"  and {len(looked.outside) - FEW} more (--all)")
    if looked.unread:
        show.paragraph(f"Not read: {places(gap.target for gap in looked.unread)}. What is there may be in no ring.", hang=2)
    if looked.left_out:
        accounts = sorted({gap.target.account for gap in looked.left_out})
        show.paragraph(f"Left out by decision: {plural(len(accounts), 'account')}, {listing(accounts)}.", hang=2)


def _groups(groups: Iterable[Borne]) -> None:
    """How many machines of each environment bear which patch group; where the policy should name one, the line to write."""
    groups = tuple(groups)
    if groups:
        show.heading("\nPatch groups that machines bear")
    for borne in groups:
        named = ", ".join(f"{group} on {number}" for group, number in borne.groups)
        wanted = "" if borne.groups[0][0] == borne.wanted else f"; the policy wants {borne.wanted}"
        cure = f" -> {borne.fix}" if borne.to_name else ""
        show.paragraph(f"- {borne.environment}: {named} of {plural(borne.machines, 'machine')}{wanted}{cure}", hang=2)


def document(found: Forecast) -> dict[str, Any]:
    """The same for programs: lengths are seconds, moments ISO 8601 in UTC; unknown is null."""
    looked = found.looked
    return {
        "holds": found.holds,
        "until": found.until,
        "deadlines": [_row(row) for row in found.rows],
        "findings": [show.plain(finding) for finding in found.findings],
        "notes": list(found.notes),
        "assets": None if looked is None else _assets(looked),
        "groups": [_group(borne) for borne in found.groups],
    }


def _row(row: Row) -> Mapping[str, Any]:
    return {
        "ring": row.ring,
        "installer": "aws" if row.by_aws else "patchkeep",
        "severity": row.severity,
        "from": row.clock,
        "allowed_seconds": row.allowed,
        "verdict": row.verdict,
        "worst_seconds": None if row.why else row.takes,
        "begins": row.begins,
        "arrives": row.arrives,
        "from_release_seconds": row.from_release,
        "behind_seconds": row.behind,
        "delay_seconds": row.delay,
        "baseline": row.by,
        "why": row.why,
        "way": [show.plain(stop) for stop in row.way],
    }


def _group(borne: Borne) -> Mapping[str, Any]:
    return {
        "environment": borne.environment,
        "wanted": borne.wanted,
        "machines": borne.machines,
        "borne": [{"group": group, "machines": number} for group, number in borne.groups],
        "write": borne.line if borne.to_name else None,
    }


def _assets(looked: Looked) -> Mapping[str, Any]:
    return {
        "snapshot": looked.snapshot_id,
        "taken_at": looked.taken_at,
        "seen": looked.assets,
        "outside": [show.plain(skip) for skip in looked.outside],
        "unread": [show.plain(gap) for gap in looked.unread],
        "left_out": [show.plain(gap) for gap in looked.left_out],
    }
