"""The report as one self-contained page: styles and charts inline, no scripts, nothing fetched; it reads and prints well."""

from __future__ import annotations

from xml.etree.ElementTree import Element

from patchkeep.domain.report import Report
from patchkeep.formats.report_html.depth import assets, coverage, deadlines, deferred, exposure, notes, owners, skips
from patchkeep.formats.report_html.elements import el, page
from patchkeep.formats.report_html.standing import compliance, opening, tiles, trend, verdict
from patchkeep.formats.report_html.style import STYLE

POLICY = "default-src 'none'; style-src 'unsafe-inline'; img-src data:"  # what the page may load: nothing


def render(report: Report) -> str:
    """The whole document, from its doctype on."""
    parts = (
        opening(report),
        el("main", verdict(report), tiles(report), compliance(report), trend(report), exposure(report), deadlines(report)),
    )
    main = parts[1]
    for part in (owners(report), deferred(report), coverage(report), skips(report), assets(report), notes(report)):
        if part is not None:
            main.append(part)
    body = el("body", _patterns(), el("div", *parts, _foot(report), class_="around"))
    return page(el("html", _head(report), body, lang="en"))


def _head(report: Report) -> Element:
    return el(
        "head",
        el("meta", charset="utf-8"),
        el("meta", name="viewport", content="width=device-width, initial-scale=1"),
        el("meta", http_equiv="Content-Security-Policy", content=POLICY),
        el("title", f"Patch report of {report.organization_id}, {report.made_at:%Y-%m-%d}"),
        el("link", rel="icon", href="data:,"),
        el("style", STYLE),
    )


def _patterns() -> Element:
    """UNKNOWN is hatched everywhere: it must be told from the rest without colour, too."""
    pattern = el(
        "pattern",
        el("rect", width=6, height=6, class_="hatched"),
        el("path", d="M0 0V6", class_="hatches"),
        id="hatch",
        width=6,
        height=6,
        patternUnits="userSpaceOnUse",
        patternTransform="rotate(45)",
    )
    return el("svg", el("defs", pattern), class_="patterns", aria_hidden="true")


def _foot(report: Report) -> Element:
    return el("footer", el("p", "Times are UTC. Made by Patchkeep from snapshot ", el("code", report.snapshot_id), "."))
