"""The page in Chromium: what a person sees is there, fits wide and narrow screens, prints, and fetches nothing."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, sync_playwright

from patchkeep.formats import report_html
from tests.report import estate

pytestmark = [pytest.mark.browser, pytest.mark.slow]
QUIET = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
)
WIDTHS = (1200, 390)
A4 = 702  # CSS pixels between the margins of a sheet
SECTIONS = ("compliance", "trend", "exposure", "deadlines", "coverage", "skips", "assets", "notes")


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> str:
    path: Path = tmp_path_factory.mktemp("report") / "report.html"
    path.write_text(report_html.render(estate.report()), encoding="utf-8")
    return path.as_uri()


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=list(QUIET))
        yield chromium
        chromium.close()


@pytest.fixture(params=WIDTHS)
def page(browser: Browser, address: str, request: pytest.FixtureRequest) -> Iterator[Page]:
    opened = browser.new_page(viewport={"width": request.param, "height": 1000})
    opened.goto(address)
    yield opened
    opened.close()


def test_every_part_is_visible(page: Page) -> None:
    assert page.get_by_role("heading", name="Patch report", exact=True).is_visible()
    assert page.locator(".tile").count() == 6
    for name in SECTIONS:
        assert page.locator(f"section[aria-labelledby={name}] h2").is_visible(), name
    assert page.locator("svg.chart").count() == 7
    assert all(chart.is_visible() for chart in page.locator("svg.chart").all())
    assert page.locator(".pictures th", has_text="UNKNOWN").count() == 1


def test_nothing_is_wider_than_the_screen(page: Page) -> None:
    page.evaluate("document.querySelectorAll('details').forEach(one => one.open = true)")
    assert page.evaluate("document.documentElement.scrollWidth") <= page.evaluate("window.innerWidth")
    spilled = """[...document.querySelectorAll('.tile *, .verdict, header *, h2, h3, section > p')]
        .filter(one => one.scrollWidth > one.clientWidth + 1 && getComputedStyle(one).display !== 'inline').map(one => one.textContent)"""
    assert page.evaluate(spilled) == []


def test_unknown_is_hatched_and_the_rest_is_coloured(page: Page) -> None:
    fill = "one => getComputedStyle(one).fill"
    bar = page.locator("svg.chart").first
    assert "hatch" in bar.locator("rect.unknown").first.evaluate(fill)
    shades = {bar.locator(f"rect.{shade}").first.evaluate(fill) for shade in ("ok", "bad")}
    assert len(shades) == 2
    assert "rgb(0, 0, 0)" not in shades


def test_the_list_of_assets_opens_by_a_click(page: Page) -> None:
    row = page.locator("section[aria-labelledby=assets] tbody tr").first
    assert not row.is_visible()
    page.get_by_text("48 assets are not clean").click()
    assert row.is_visible()


def test_no_table_needs_scrolling_on_a_desk(browser: Browser, address: str) -> None:
    page = browser.new_page(viewport={"width": 1200, "height": 1000})
    page.goto(address)
    page.evaluate("document.querySelectorAll('details').forEach(one => one.open = true)")
    wide = "[...document.querySelectorAll('.scroll')].filter(one => one.scrollWidth > one.clientWidth).map(one => one.ariaLabel)"
    assert page.evaluate(wide) == []
    page.close()


def test_the_page_fetches_nothing_and_complains_about_nothing(browser: Browser, address: str) -> None:
    page = browser.new_page()
    fetched: list[str] = []
    complaints: list[str] = []
    page.on("request", lambda request: fetched.append(request.url))
    page.on("console", lambda message: complaints.append(message.text))
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.goto(address)
    page.wait_for_load_state("networkidle")
    assert [url for url in fetched if not url.startswith("data:")] == [address]
    assert complaints == []
    page.close()


def test_on_paper_it_is_dark_on_white_and_lists_the_assets(browser: Browser, address: str) -> None:
    page = browser.new_page(viewport={"width": A4, "height": 1000}, color_scheme="dark")
    page.goto(address)
    page.emulate_media(media="print")
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(255, 255, 255)"
    assert not page.locator("details.numbers").first.is_visible()
    assert page.evaluate("document.documentElement.scrollWidth") <= A4
    pdf = page.pdf(prefer_css_page_size=True, print_background=True)
    assert pdf.startswith(b"%PDF-")
    assert 4 <= pdf.count(b"/Type /Page\n") <= 9
    page.close()
