"""The report as CSV: one row per asset, for a spreadsheet. What is not known is an empty cell, and status says UNKNOWN."""

from __future__ import annotations

import csv
import io
from datetime import timedelta

from patchkeep.domain.deferral import Deferral
from patchkeep.domain.report import AssetRow, Report
from patchkeep.domain.wording import printable

COLUMNS = (
    "id",
    "name",
    "kind",
    "account",
    "account_name",
    "region",
    "environment",
    "os",
    "owner",
    "owner_from",
    "status",
    "reasons",
    "scan_age_hours",
    "blind_for_hours",
    "open_updates",
    "overdue",
    "oldest_open_hours",
    "obstacles",
    "fixes",
    "deferred_until",
    "deferred_by",
    "deferred_why",
)
FORMULA = ("=", "+", "-", "@")


def render(report: Report) -> str:
    """RFC 4180: comma, double quotes, CRLF; the first row names the columns."""
    page = io.StringIO()
    writer = csv.writer(page)
    writer.writerow(COLUMNS)
    writer.writerows(_row(asset) for asset in report.assets)
    return page.getvalue()


def _row(asset: AssetRow) -> tuple[str, ...]:
    verdict = asset.verdict
    names = (asset.id, asset.name, asset.kind, asset.account, asset.account_name, asset.region, asset.environment, asset.os)
    return (
        *map(_cell, (*names, asset.owner, asset.owner_from)),
        verdict.status.value,
        _cell("; ".join(verdict.reasons)),
        _hours(verdict.age),
        _hours(verdict.blind_for),
        _count(asset.open_updates),
        _count(asset.overdue),
        _hours(asset.oldest),
        _cell("; ".join(obstacle.cause for obstacle in asset.obstacles)),
        _cell("; ".join(obstacle.fix for obstacle in asset.obstacles)),
        *_deferral(asset.deferral),
    )


def _deferral(deferral: Deferral | None) -> tuple[str, str, str]:
    if deferral is None:
        return "", "", ""
    return f"{deferral.until:%Y-%m-%dT%H:%MZ}", _cell(deferral.by), _cell(f"{deferral.ticket}: {deferral.why}")


def _cell(text: str) -> str:
    """What a spreadsheet would take for a formula is text: names come from tags that anyone may set."""
    line = printable(text)
    return f"'{line}" if line.lstrip().startswith(FORMULA) else line


def _hours(duration: timedelta | None) -> str:
    return "" if duration is None else f"{duration / timedelta(hours=1):.1f}"


def _count(number: int | None) -> str:
    return "" if number is None else str(number)
