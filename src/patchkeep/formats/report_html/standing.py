"""The page's first half: headline, compliance before and after, and how it went from look to look."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from xml.etree.ElementTree import Element

from patchkeep.domain.compliance import Status
from patchkeep.domain.report import Picture, Report, Row
from patchkeep.domain.wording import counted, stated
from patchkeep.formats._headline import BAD, DOUBT, GOOD, Figure, compared, headline, summary
from patchkeep.formats._words import UNKNOWN, number, percent, when
from patchkeep.formats.report_html.charts import HALF, SHADES, SMALL, WIDE, open_line, share_bar, status_bars
from patchkeep.formats.report_html.elements import Child, el, section, table

COUNTED = ("compliant", "non-compliant", "waived", UNKNOWN, "total", "ratio", "open updates", "overdue")


def opening(report: Report) -> Element:
    facts = (
        ("Made", when(report.made_at)),
        ("Snapshot", report.snapshot_id[:12]),
        ("Policy", f"{report.policy} {report.policy_hash[:12]}"),
    )
    listed = [cell for name, value in facts for cell in (el("dt", name), el("dd", value))]
    words = el("div", el("p", "Patchkeep", class_="brand"), el("h1", "Patch report"), el("p", *_clauses(summary(report)), class_="about"))
    return el("header", words, el("dl", *listed))


def _clauses(sentence: str) -> Iterator[Child]:
    """The sentence in parts that each stay on one line where they can: a date is not torn apart."""
    for clause in sentence.split(", "):
        yield el("span", clause if clause.endswith(".") else f"{clause},", class_="keep")
        yield " "


def verdict(report: Report) -> Element:
    """The answer in a sentence, for whoever reads no further."""
    total = report.after.total
    if not total.total:
        return el("p", f"{UNKNOWN}: nothing was seen, so nothing can be said.", class_=f"verdict {DOUBT}")
    if report.clean:
        them = "the one asset is" if total.total == 1 else f"all {total.total} assets are"
        return el("p", f"Clean: {them} compliant or waived on fresh evidence.", class_=f"verdict {GOOD}")
    counts = (
        (total.non_compliant, f"{total.non_compliant} non-compliant"),
        (total.unknown, f"{total.unknown} {UNKNOWN}"),
        (report.overdue, f"{counted(report.overdue or 0, 'update')} overdue"),
        (report.coverage.refused, f"{counted(report.coverage.refused, 'account')} not looked at"),
    )
    said = ", ".join(words for count, words in counts if count)
    return el(
        "p",
        f"Not clean: {said}; {stated(total.total, 'asset', 'was', 'were')} seen.",
        class_=f"verdict {BAD if total.non_compliant or report.overdue else DOUBT}",
    )


def tiles(report: Report) -> Element:
    return el("ul", *(_tile(figure) for figure in headline(report)), class_="tiles", aria_label="Headline")


def _tile(figure: Figure) -> Element:
    return el(
        "li",
        el("div", figure.label, class_="label"),
        el("div", figure.value, class_="value"),
        el("div", f"was {figure.was}" if figure.was else "", class_="was"),
        el("div", figure.detail, class_="detail"),
        class_=f"tile {figure.tone}".rstrip(),
    )


def compliance(report: Report) -> Element:
    """Two lines per environment: before and after."""
    rows: list[list[Child]] = []
    for was, row in compared(report):
        rows.append([row.name, "before", *(_cells(was) if was else [None, UNKNOWN, *[None] * (len(COUNTED) - 1)])])
        rows.append(["", "after", *_cells(row)])
    headers = ("environment", "", "share", *COUNTED)
    whole = table("Compliance by environment, before and after", headers, rows, numbers=range(3, 3 + len(COUNTED)))
    whole.set("class", "scroll pictures")
    taken = f"Before: {when(report.before.at) if report.before else f'{UNKNOWN}, nothing was looked at before the first write to AWS'}. "
    taken += f"After: {when(report.after.at)}. Ratio: compliant among all, those {UNKNOWN} counted in: not looked at is not clean."
    return section("Compliance before and after", el("p", taken), legend(), whole, name="compliance")


def _cells(row: Row) -> list[Child]:
    counted = (row.compliant, row.non_compliant, row.waived, row.unknown, row.total)
    return [share_bar(row), *map(str, counted), percent(row.ratio), number(row.open_updates), number(row.overdue)]


def legend() -> Element:
    return keys((shade, status.value) for status, shade in SHADES)


def keys(shades: Iterable[tuple[str, str]]) -> Element:
    """Which shade means what, beside every chart."""
    items = (
        el("li", el("svg", el("rect", x=0, y=0, width=12, height=12, class_=shade), viewBox="0 0 12 12", aria_hidden="true"), words)
        for shade, words in shades
    )
    return el("ul", *items, class_="legend")


def trend(report: Report) -> Element:
    looks, changed = report.trend, report.changed_at
    whole = status_bars(looks, [picture.total for picture in looks], changed, "Assets by status over time", WIDE)
    names = [row.name for row in report.after.rows] if len(report.after.rows) > 1 else []  # one alone is the whole
    size = HALF if len(names) == 2 else SMALL
    by_environment = (
        _figure(name, status_bars(looks, [picture.row(name) for picture in looks], changed, f"{name}: assets by status", size))
        for name in names
    )
    about = f"Each bar is one look at the organization, {len(looks)} in all. The dashed line is our first write to AWS."
    return section(
        "From look to look",
        el("p", about),
        legend(),
        el("div", _figure("All environments", whole), class_="scroll", tabindex=0, role="region", aria_label="Assets by status over time"),
        el("div", *by_environment, class_="charts pair" if size is HALF else "charts") if names else None,
        el("h3", "Open updates"),
        keys((("opened", "open"), ("late", "of these overdue"))),
        el("div", el("figure", open_line(looks, changed)), class_="scroll", tabindex=0, role="region", aria_label="Open updates over time"),
        _numbers(report),
        name="trend",
    )


def _figure(caption: str, chart: Element) -> Element:
    return el("figure", el("figcaption", caption), chart)


def _numbers(report: Report) -> Element:
    rows = [[when(picture.at), row.name, *_counts(row)] for picture in report.trend for row in _rows(picture)]
    headers = ("look", "environment", *(status.value for status in Status), "open updates", "overdue")
    whole = table("Numbers of every look", headers, rows, numbers=range(2, 8))
    return el("details", el("summary", "The numbers behind these charts"), whole, class_="numbers")


def _rows(picture: Picture) -> Iterator[Row]:
    yield from picture.rows
    yield picture.total


def _counts(row: Row) -> list[str]:
    return [*(str(row.count(status)) for status in Status), number(row.open_updates), number(row.overdue)]
