"""Text, JSON, CSV and the page: golden files on one fixed estate, and what hostile names and missing numbers do."""

from __future__ import annotations

import csv
import io
import json
from dataclasses import replace
from datetime import timedelta

import pytest
from syrupy.assertion import SnapshotAssertion
from syrupy.extensions.single_file import SingleFileSnapshotExtension, WriteMode

from patchkeep.domain.call import Cause, Gap, Target
from patchkeep.domain.compliance import Compliance, Status
from patchkeep.domain.report import Coverage, Picture, Report, Spread, build
from patchkeep.formats import report_csv, report_html, report_json, report_text
from patchkeep.formats._headline import accounts_looked_at, headline
from patchkeep.formats._words import UNKNOWN, change, percent, span
from patchkeep.formats.report_html.charts import HALF, SMALL, WIDE, open_line, status_bars, ticks
from patchkeep.formats.report_html.standing import trend
from tests.report import estate

HOSTILE = '=HYPERLINK("http://x.example")<script>alert(1)</script>\x1b[31m\n'


class Golden(SingleFileSnapshotExtension):
    _write_mode = WriteMode.TEXT
    file_extension = "txt"


@pytest.fixture
def golden(snapshot: SnapshotAssertion) -> SnapshotAssertion:
    return snapshot.use_extension(Golden)


@pytest.fixture(scope="module")
def report() -> Report:
    return estate.report()


@pytest.fixture(scope="module")
def hostile(report: Report) -> Report:
    """A node whose name and reasons were set by somebody who means harm."""
    verdict = Compliance("arn:x", Status.UNKNOWN, (HOSTILE,))
    return replace(report, assets=(replace(report.assets[0], name=HOSTILE, owner="@SUM(A1)", verdict=verdict, open_updates=99),))


@pytest.fixture(scope="module")
def nothing() -> Report:
    return build(
        replace(estate.evidence(), snapshot=replace(estate.evidence().snapshot, assets=(), gaps=()), history=(), exposures=()),
        replace(estate.POLICY, environments=(), slas=()),
        estate.NOW,
    )


def test_text_is_as_reviewed(report: Report, golden: SnapshotAssertion) -> None:
    assert report_text.render(report) == golden


def test_json_is_as_reviewed(report: Report, golden: SnapshotAssertion) -> None:
    assert report_json.render(replace(report, assets=report.assets[:4], trend=report.trend[-1:])) == golden


def test_csv_is_as_reviewed(report: Report, golden: SnapshotAssertion) -> None:
    page = report_csv.render(replace(report, assets=report.assets[:25]))
    assert page.count("\r\n") == 26
    assert page.replace("\r\n", "\n") == golden


def test_text_fits_80_columns_without_escape_sequences(report: Report, hostile: Report) -> None:
    for page in (report_text.render(report), report_text.render(hostile)):
        assert max(map(len, page.splitlines())) <= 80
        assert "\x1b" not in page
        assert all(line == line.rstrip() for line in page.splitlines())


def test_text_keeps_square_brackets_and_long_environment_names(report: Report) -> None:
    odd = replace(report.after.total, name="[bold]a-rather-long-environment-name[/bold]")
    page = report_text.render(replace(report, after=replace(report.after, rows=(odd,))))
    assert "[bold]" in page
    assert max(map(len, page.splitlines())) <= 80


def test_text_never_cuts_names_and_ids(report: Report) -> None:
    first, second = "small-prod-shop-0/04", "a-name-that-is-longer-than-most/0000000001"
    assets = tuple(replace(report.assets[0], name=name, environment="production-in-europe", open_updates=99) for name in (first, second))
    oldest = replace(report.exposures.oldest[0], name=second, update="python3-libselinux-devel.x86_64", environment="production-in-europe")
    page = report_text.render(replace(report, assets=assets, exposures=replace(report.exposures, oldest=(oldest,))))
    assert all(page.count(name) == count for name, count in ((first, 1), (second, 2), (oldest.update, 1), (oldest.environment, 3)))
    assert max(map(len, page.splitlines())) <= 80


def test_a_refusal_is_short_in_text_and_whole_in_json_and_on_the_page(report: Report) -> None:
    said = "User: arn:aws:sts::111122223333:assumed-role/PatchkeepRead/x is not authorized to perform: ssm:DescribeInstancePatchStates"
    gap = Gap(Target("111122223333", "eu-central-1"), "nodes", Cause.REFUSED, said, "ssm:DescribeInstancePatchStates", "AccessDenied")
    refused = replace(report, gaps=(gap,))
    text = report_text.render(refused)
    assert all(word in text for word in ("ssm:DescribeInstancePatchStates", "AccessDenied"))
    assert "arn:" not in text
    assert said in report_json.render(refused)
    assert said in report_html.render(refused)


def test_the_line_of_open_updates_has_a_gap_where_nothing_was_known(report: Report) -> None:
    known = [replace(report.after, total=replace(report.after.total, open_updates=count)) for count in (None, 3, 4, None, 5)]
    chart = open_line(known, None)
    lines = [part.tag for part in chart.iter() if (part.get("class") or "") == "line opened"]
    assert lines == ["path", "circle"]
    assert "From UNKNOWN at the first look to 5 at the last." in (chart.findtext("desc") or "")


def test_where_nothing_was_seen_no_headline_says_zero(nothing: Report) -> None:
    refused = replace(nothing, coverage=replace(nothing.coverage, refused=8))
    figures = {figure.label: figure for figure in headline(refused)}
    assert {figure.value for figure in figures.values()} == {UNKNOWN}
    assert figures["UNKNOWN"].detail == "nothing was seen, and all of 8 accounts that refused"
    assert "Nothing is open" not in report_html.render(refused)


def test_json_names_its_format_and_version(report: Report) -> None:
    content = json.loads(report_json.render(report))
    assert (content["format"], content["version"]) == ("patchkeep.report", 1)
    assert content["after"]["total"]["ratio"] == round(182 / 230, 4)
    assert len(content["assets"]) == 230
    assert content["slas"][0]["overdue"] is None


def test_csv_has_a_row_per_asset_and_empty_cells_where_nothing_is_known(report: Report) -> None:
    rows = list(csv.DictReader(io.StringIO(report_csv.render(report))))
    assert len(rows) == 230
    never = next(row for row in rows if "never scanned" in row["reasons"])
    assert (never["status"], never["scan_age_hours"], never["open_updates"]) == (UNKNOWN, "", "")


def test_csv_holds_no_formulas(hostile: Report) -> None:
    (row,) = csv.DictReader(io.StringIO(report_csv.render(hostile)))
    assert row["name"].startswith("'=")
    assert row["owner"] == "'@SUM(A1)"
    assert "\n" not in row["name"]


def test_the_page_shows_names_as_text(hostile: Report) -> None:
    page = report_html.render(hostile)
    assert "<script>" not in page
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in page
    assert "\x1b" not in page


def test_the_page_needs_nothing_from_elsewhere(report: Report) -> None:
    page = report_html.render(report)
    assert "<script" not in page
    assert "src=" not in page
    assert "@import" not in page
    assert [part for part in page.split("url(")[1:] if not part.startswith("#")] == []


def test_nothing_seen_reads_unknown_in_every_format(nothing: Report) -> None:
    text, page = report_text.render(nothing), report_html.render(nothing)
    assert f"{UNKNOWN}: nothing was seen" in page
    for rendered in (text, page):
        assert "100" not in rendered.replace("max-width: 100%", "").replace("100%", "")
        assert "0.0 %" not in rendered
    assert json.loads(report_json.render(nothing))["after"]["total"]["ratio"] is None
    assert report_csv.render(nothing).count("\r\n") == 1


def test_without_a_look_before_the_change_every_before_is_unknown(report: Report) -> None:
    blind = replace(report, before=None, remediation=replace(report.remediation, before=Spread()))
    was = {figure.label: figure.was for figure in headline(blind)}
    assert was == {
        "Open updates": UNKNOWN,
        "Proven compliant": UNKNOWN,
        "UNKNOWN": UNKNOWN,
        "Time to remediate": UNKNOWN,
        "Overdue": UNKNOWN,
        "Freshly seen": "",
    }


def test_time_to_remediate_is_unknown_until_half_is_fixed(report: Report) -> None:
    slow = replace(report.remediation, fresh_open=1000, backlog_open=1000)
    figure = next(f for f in headline(replace(report, remediation=slow)) if f.label == "Time to remediate")
    assert (figure.value, figure.detail) == (UNKNOWN, "762 fixed since our first write, 2000 still open")


def test_every_chart_says_what_it_shows_to_who_cannot_see_it(report: Report) -> None:
    chart = status_bars(report.trend, [picture.total for picture in report.trend], report.changed_at, "Assets", WIDE)
    assert chart.get("role") == "img"
    assert chart.findtext("title") == "Assets"
    assert "at the last: 182 COMPLIANT, 0 WAIVED, 30 NON_COMPLIANT, 18 UNKNOWN" in (chart.findtext("desc") or "")


def test_bars_are_as_high_as_their_counts(report: Report) -> None:
    """Of one look: heights stand to each other as the counts do."""
    picture = report.after
    chart = status_bars([picture], [picture.total], None, "Assets", SMALL)
    heights = {rect.get("class"): float(rect.get("height") or 0) for rect in chart.iter("rect")}
    assert heights["ok"] / heights["bad"] == pytest.approx(182 / 30, rel=0.02)
    assert heights["unknown"] / heights["bad"] == pytest.approx(18 / 30, rel=0.02)


@pytest.mark.parametrize(
    ("most", "expected"), [(0, [0, 1]), (3, [0, 1, 2, 3]), (230, [0, 50, 100, 150, 200, 250]), (9999, [0, 2000, 4000, 6000, 8000, 10000])]
)
def test_ticks_are_round_and_reach_the_top(most: int, expected: list[int]) -> None:
    assert ticks(most) == expected


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        (percent(None), UNKNOWN),
        (percent(0.9996), "99.9 %"),
        (percent(1.0), "100.0 %"),
        (percent(0.0004), "<0.1 %"),
        (change(-0.9), "down 90 %"),
        (change(-0.899), "down 89 %"),
        (change(0.25), "up 25 %"),
        (change(0.0), "unchanged"),
        (change(None), UNKNOWN),
        (span(None), UNKNOWN),
        (span(timedelta(minutes=20)), "20 min"),
        (span(timedelta(hours=23.5)), "24 h"),
        (span(timedelta(days=3.5)), "3.5 d"),
    ],
)
def test_numbers_read_honestly(said: str, expected: str) -> None:
    assert said == expected


@pytest.mark.parametrize(("environments", "small"), [(1, 0), (2, 2), (3, 3)])
def test_each_environment_has_its_chart_but_one_alone_is_the_whole(report: Report, environments: int, small: int) -> None:
    names = {row.name for row in report.after.rows[:environments]}
    few = replace(report, after=_only(report.after, names), trend=tuple(_only(picture, names) for picture in report.trend))
    grids = [grid for grid in trend(few).iter("div") if (grid.get("class") or "").startswith("charts")]
    charts = [chart.get("viewBox") for grid in grids for chart in grid.iter("svg")]
    width, height = HALF if environments == 2 else SMALL
    assert charts == [f"0 0 {width} {height}"] * small


def _only(picture: Picture, names: set[str]) -> Picture:
    return replace(picture, rows=tuple(row for row in picture.rows if row.name in names))


def test_one_of_a_thing_is_said_as_one() -> None:
    assert accounts_looked_at(Coverage(1, 1, 1, 1, 1, (), looked=1)) == "1 of 1 account was looked at; 1 account-region."
