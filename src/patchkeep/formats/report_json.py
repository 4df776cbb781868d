"""The report as JSON for machines: a versioned shape. Times are ISO 8601 in UTC, ratios 0 to 1; unknown is null.

Durations are hours, and their keys end in `_hours`.

Fields may be added within a version; one that goes or changes its meaning makes a new version.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping
from dataclasses import Field, fields, is_dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from patchkeep.domain.report import AssetRow, Picture, Report, Row

FORMAT, VERSION = "patchkeep.report", 1


def render(report: Report) -> str:
    """Two spaces of indent, keys in the report's order, a line feed at the end."""
    return json.dumps(content(report), indent=2, ensure_ascii=False) + "\n"


def content(report: Report) -> dict[str, Any]:
    """The same as plain dicts and lists."""
    return {
        "format": FORMAT,
        "version": VERSION,
        **_fields(report, but=("assets",)),
        "drift": _rounded(report.drift),
        "overdue": report.overdue,
        "clean": report.clean,
        "assets": [_asset(row) for row in report.assets],
    }


def _asset(row: AssetRow) -> dict[str, Any]:
    """The verdict's own fields beside the asset's, so that a reader needs one level only."""
    verdict = {
        "status": row.verdict.status.value,
        "reasons": list(row.verdict.reasons),
        "scan_age_hours": _plain(row.verdict.age),
        "blind_for_hours": _plain(row.verdict.blind_for),
    }
    return {**_fields(row, but=("verdict",)), **verdict}


def _plain(value: Any) -> Any:
    match value:
        case datetime():
            return value.astimezone(UTC).isoformat().replace("+00:00", "Z")
        case timedelta():
            return round(value / timedelta(hours=1), 3)
        case float():
            return _rounded(value)
        case tuple() | list():
            return [_plain(item) for item in value]
        case Mapping():
            return {key: _plain(item) for key, item in value.items()}
        case Row():
            return {**_fields(value), "total": value.total, "ratio": _rounded(value.ratio), "known": _rounded(value.known)}
        case Picture():
            return {"at": _plain(value.at), "environments": _plain(value.rows), "total": _plain(value.total)}
        case _ if is_dataclass(value) and not isinstance(value, type):
            return _fields(value)
        case _:
            return value


def _fields(value: Any, but: Collection[str] = ("traceback",)) -> dict[str, Any]:
    return {_key(field): _plain(getattr(value, field.name)) for field in fields(value) if field.name not in but}


def _key(field: Field[Any]) -> str:
    return f"{field.name}_hours" if "timedelta" in str(field.type) else field.name


def _rounded(ratio: float | None) -> float | None:
    return None if ratio is None else round(ratio, 4)
