"""The report in a real browser: no error, nothing loaded, figures as in the warehouse, on a phone and on paper."""

import shutil
from collections.abc import Iterator
from decimal import Decimal
from itertools import pairwise
from pathlib import Path
from typing import Any

import duckdb
import pytest
from playwright.sync_api import Browser, Page, sync_playwright

from cape_pipeline.charts import CALENDAR
from cape_pipeline.report_page import report_page

BROWSERS = ("chromium", "chromium-browser", "google-chrome")
HOSTILE = "</script><script>document.title='taken over'</script><b onclick=alert(1)>\u202e=cmd|' /C calc'!A0\"&"
READY = "html[data-ready=yes]"


@pytest.fixture(scope="module")
def con(demo_tables: duckdb.DuckDBPyConnection) -> duckdb.DuckDBPyConnection:
    """The demonstration's warehouse, one importer of which has a hostile name."""
    for table in ("ace.current_importers", "reports.payee_readiness"):
        demo_tables.execute(f"update {table} set importer_name = ? where importer_number = '89-0000101'", [HOSTILE])
    return demo_tables


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    found = next(filter(None, map(shutil.which, BROWSERS)), None)
    if found is None:
        pytest.fail(
            "The report is tested in a real browser, and none is installed: install Chromium (on Debian and Ubuntu:"
            f" apt-get install chromium), so that one of {', '.join(BROWSERS)} is on the PATH."
        )
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=found)
        yield started
        started.close()


@pytest.fixture(scope="module")
def file(con: duckdb.DuckDBPyConnection, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("report") / "report.html"
    path.write_bytes(report_page(con))
    return path


@pytest.fixture
def page(browser: Browser, file: Path) -> Iterator[Page]:
    """The report, opened; whatever the browser complains of or asks for fails the test."""
    yield from opened(browser, file, width=1280, height=900)


@pytest.fixture
def phone(browser: Browser, file: Path) -> Iterator[Page]:
    yield from opened(browser, file, width=360, height=740)


def opened(browser: Browser, file: Path, width: int, height: int) -> Iterator[Page]:
    context = browser.new_context(viewport={"width": width, "height": height}, offline=True)
    tab = context.new_page()
    complaints: list[str] = []
    tab.on("console", lambda message: complaints.append(f"{message.type}: {message.text}"))
    tab.on("pageerror", lambda error: complaints.append(str(error)))

    def refuse(route: Any) -> None:
        if route.request.url == file.as_uri():
            route.continue_()
        else:
            complaints.append(f"asked for {route.request.url}")
            route.abort()

    tab.route(lambda address: not address.startswith("data:"), refuse)
    tab.goto(file.as_uri())
    tab.wait_for_selector(READY)
    yield tab
    assert complaints == []
    context.close()


def asked(con: duckdb.DuckDBPyConnection, query: str) -> Any:
    row = con.execute(query).fetchone()
    assert row is not None
    return row[0]


def table(page: Page, name: str) -> str:
    selector = f"table[data-table={name}]"
    assert page.locator(selector).count() == 1, name
    return selector


def place(page: Page, name: str, column: str) -> int:
    names = page.eval_on_selector_all(f"{table(page, name)} thead th", "all => all.map(one => one.dataset.column)")
    return list(names).index(column) + 1


def cells(page: Page, name: str, column: str, part: str = "tbody") -> list[str]:
    """The texts of a column's cells that are on the page now."""
    nth = f"{table(page, name)} {part} tr > :nth-child({place(page, name, column)})"
    return list(page.eval_on_selector_all(nth, "all => all.map(one => one.textContent)"))


def total(page: Page, name: str, column: str) -> Decimal:
    (text,) = cells(page, name, column, part="tfoot")
    return Decimal(text.replace(",", ""))


def row_count(page: Page, name: str) -> int:
    return int(page.get_attribute(table(page, name), "data-rows") or -1)


def to_paper(page: Page) -> None:
    page.emulate_media(media="print")
    page.wait_for_selector("html[data-paper=yes]")


FIGURES = {
    "open_principal_usd": "select open_principal_usd from reports.position",
    "refund_principal_usd": "select refund_principal_usd from reports.position",
    "refunded_principal_usd": "select refunded_principal_usd from reports.position",
    "deposited_usd": "select deposited_usd from reports.position",
    "interest_usd": "select sum(interest_usd) from reports.position_by_path",
    "undetermined_usd": "select sum(refund_principal_high_usd - refund_principal_usd) from entries.eligibility",
    "as_of_date": "select as_of_date from registry.as_of",
    "registry_version": "select registry_version from reports.position",
    "drafted_entry_count": "select sum(entry_count) from refunds.declarations where status = 'drafted'",
    "declared_principal_usd": "select sum(declared_principal_usd) from refunds.declarations where status = 'drafted'",
    "withheld_entry_count": "select count(*) from refunds.filing_candidates"
    " where undrafted_reason is not null and recommended_path = 'file_cape'",
}
TOTALS = {
    ("position_by_path", "entry_count"): "select entry_count from reports.position",
    ("position_by_path", "open_principal_usd"): "select open_principal_usd from reports.position",
    ("drafts", "declared_principal_usd"): FIGURES["declared_principal_usd"],
    ("filing_entries", "refund_principal_usd"): "select sum(refund_principal_usd) from refunds.filing_candidates"
    " join entries.eligibility using (entry_number)",
    ("payments_by_month", "deposited_usd"): "select sum(deposited_usd) from payments.rev603_reconciliation",
    ("batches", "total_usd"): "select sum(pending_usd) from payments.rev603_reconciliation where refund_number is null",
    ("payments_by_month", "expected_usd"): "select sum(total_usd) from refunds.refund_batches"
    " where len(refund_numbers) = 0",
    ("interest_by_importer", "interest_usd"): FIGURES["interest_usd"],
    ("interest_by_importer", "late_interest_usd"): "select sum(late_interest_usd) from refunds.late_interest",
    ("importers", "entry_count"): "select entry_count from reports.position",
    ("importers", "refund_principal_usd"): "select refund_principal_usd from reports.position",
    ("importers", "refunded_principal_usd"): "select refunded_principal_usd from reports.position",
    ("importers", "open_principal_usd"): "select open_principal_usd from reports.position",
    ("importers", "interest_usd"): FIGURES["interest_usd"],
    ("entries", "open_principal_usd"): "select open_principal_usd from reports.position",
    ("receivable_by_stage", "open_principal_usd"): "select sum(open_principal_usd) from reports.receivable_entries",
    ("receivable_by_stage", "open_interest_usd"): "select sum(open_interest_usd) from reports.receivable_entries",
    ("rollforward", "closing_usd"): "select closing_usd from reports.receivable_rollforward_total",
}
ROW_COUNTS = {
    "drafts": "select count(*) from refunds.declarations where status = 'drafted'",
    "filing_entries": "select count(*) from refunds.filing_candidates",
    "deadlines": "select count(*) from reports.calendar_events"
    " where deadline_date between as_of_date and as_of_date + 90",
    "batches": "select count(*) from refunds.refund_batches where len(refund_numbers) = 0",
    "refunds": "select count(*) from payments.rev603_reconciliation",
    "waterfall": "select count(*) from payments.cash_waterfall",
    "alerts": "select count(*) from payments.alerts where not is_acknowledged",
    "importers": "select count(distinct importer_key) from entries.eligibility",
    "quarantine": "select count(*) from ace.quarantine",
    "files": "select count(*) from ace.loads",
    "coverage_gaps": "select count(*) from ace.coverage "
    " where coverage_finding in ('no_entries', 'sudden_drop', 'too_many_quarantined')",
    "assumptions": "select count(*) from registry.assumptions where withdrawn_date is null",
    "readings": "select count(distinct policy_point) from registry.policies where withdrawn_date is null",
}


def test_the_figures_of_the_first_screen_are_those_of_the_warehouse(page: Page, con: duckdb.DuckDBPyConnection) -> None:
    told = {name: page.get_attribute(f"[data-figure={name}]", "data-value") for name in FIGURES}
    assert told == {name: str(asked(con, query)) for name, query in FIGURES.items()}
    shown = page.inner_text("[data-figure=open_principal_usd]")
    assert shown == f"{asked(con, FIGURES['open_principal_usd']):,.2f}"


def test_the_first_screen_holds_position_deadlines_filing_and_alerts(page: Page) -> None:
    for selector in (
        *(f"[data-figure={name}]" for name in FIGURES if name != "registry_version"),
        "#first",
        "main > nav",
    ):
        box = page.locator(selector).bounding_box()
        assert box is not None
        assert box["y"] + box["height"] <= 900, selector


def test_totals_are_those_of_the_warehouse(page: Page, con: duckdb.DuckDBPyConnection) -> None:
    told = {key: total(page, *key) for key in TOTALS}
    assert told == {key: Decimal(asked(con, query)) for key, query in TOTALS.items()}


def test_tables_hold_every_row_of_the_warehouse(page: Page, con: duckdb.DuckDBPyConnection) -> None:
    told = {name: row_count(page, name) for name in ROW_COUNTS}
    assert told == {name: asked(con, query) for name, query in ROW_COUNTS.items()}


def test_each_refund_stands_with_its_amounts_cause_and_next_action(page: Page, con: duckdb.DuckDBPyConnection) -> None:
    to_paper(page)
    names = ("refund_number", "cause", "next_action", "deposited_usd", "unexplained_usd")
    told = set(zip(*(cells(page, "refunds", name) for name in names), strict=True))
    rows = con.execute(f"select {', '.join(names)} from payments.rev603_reconciliation").fetchall()
    assert told == {
        (number or "none yet", *words, f"{cash:,.2f}", f"{left:,.2f}") for number, *words, cash, left in rows
    }


def test_a_click_on_a_heading_sorts_by_amount(page: Page) -> None:
    heading = f"{table(page, 'entries')} thead th:nth-child({place(page, 'entries', 'open_principal_usd')})"
    page.select_option(".box:has(table[data-table=entries]) select", "-1")
    filed = [Decimal(text.replace(",", "")) for text in cells(page, "entries", "open_principal_usd")]
    page.click(heading)
    page.wait_for_selector(f"{heading}[aria-sort=ascending]")
    rising = [Decimal(text.replace(",", "")) for text in cells(page, "entries", "open_principal_usd")]
    assert rising == sorted(filed) != filed
    page.click(heading)
    page.wait_for_selector(f"{heading}[aria-sort=descending]")
    falling = [Decimal(text.replace(",", "")) for text in cells(page, "entries", "open_principal_usd")]
    assert falling == sorted(filed, reverse=True)


def test_a_heading_can_be_sorted_by_from_the_keyboard(page: Page) -> None:
    heading = page.locator(f"{table(page, 'entries')} thead th").first
    heading.locator(".dt-column-order").focus()
    page.keyboard.press("Enter")
    page.wait_for_selector(f"{table(page, 'entries')} thead th:first-child[aria-sort=ascending]")


def test_a_filter_leaves_the_rows_that_hold_it(page: Page, con: duckdb.DuckDBPyConnection) -> None:
    page.get_by_label("Filter Open alerts").fill("money missing")
    expected = "select count(*) from payments.alerts where not is_acknowledged and severity = 'money_missing'"
    assert f"of {asked(con, expected)} rows" in page.inner_text(".box:has(table[data-table=alerts])")
    assert set(cells(page, "alerts", "severity")) == {"money missing"}
    page.get_by_label("Filter Open alerts").fill("no such alert")
    assert page.inner_text(f"{table(page, 'alerts')} tbody") == "No row holds that."


def test_a_long_table_is_turned_page_by_page(page: Page) -> None:
    first = cells(page, "entries", "entry_number")
    page.click(".box:has(table[data-table=entries]) .dt-paging-button.next")
    second = cells(page, "entries", "entry_number")
    assert len(first) == len(second) == 10
    assert set(first).isdisjoint(second)


def test_on_paper_every_row_of_every_table_stands_and_no_control(page: Page) -> None:
    page.get_by_label("Filter Open alerts").fill("money missing")
    to_paper(page)
    counts = page.eval_on_selector_all(
        "table.data", "all => all.map(one => [one.dataset.table, +one.dataset.rows, one.tBodies[0].rows.length])"
    )
    assert len(counts) > 20
    assert [row for row in counts if row[1] != row[2]] == []
    assert page.locator("input:visible, select:visible, nav:visible, .dt-paging:visible").count() == 0
    page.emulate_media(media="screen")
    page.wait_for_selector("html:not([data-paper])")
    assert set(cells(page, "alerts", "severity")) == {"money missing"}


def test_on_paper_no_table_is_wider_than_the_sheet(page: Page) -> None:
    page.set_viewport_size({"width": 1030, "height": 720})  # A4 and Letter, landscape, less the margins
    to_paper(page)
    wide = page.eval_on_selector_all(
        "table.data", "all => all.filter(one => one.scrollWidth > innerWidth).map(one => one.dataset.table)"
    )
    assert wide == []
    assert page.pdf(prefer_css_page_size=True).startswith(b"%PDF")


def test_on_a_phone_the_page_does_not_scroll_sideways_but_tables_do(phone: Page) -> None:
    assert phone.evaluate("document.documentElement.scrollWidth") == 360
    scrolled = phone.locator(f".dt-layout-cell:has(> {table(phone, 'importers')})")
    assert scrolled.evaluate("one => one.scrollWidth > one.clientWidth")
    assert scrolled.get_attribute("tabindex") == "0"
    assert scrolled.get_attribute("aria-labelledby") == "table-importers"


def test_on_a_phone_the_position_and_the_first_deadline_are_on_the_first_screen(phone: Page) -> None:
    for selector in ("[data-figure=open_principal_usd]", "[data-figure=undetermined_usd]", "#first"):
        box = phone.locator(selector).bounding_box()
        assert box is not None
        assert box["y"] < 740


def test_a_link_to_evidence_opens_the_query(page: Page) -> None:
    query = page.locator("#evidence-position pre")
    assert not query.is_visible()
    page.click("[data-figure=open_principal_usd]")
    query.wait_for(state="visible")
    assert 'cape sql "select' in query.inner_text()


def test_the_chart_of_payments_shows_what_its_table_says(page: Page, con: duckdb.DuckDBPyConnection) -> None:
    drawn = con.execute(f"select flow, sum(total_usd) from ({CALENDAR.rstrip()}) group by flow").fetchall()
    columns = {"received": "deposited_usd", "issued": "issued_not_deposited_usd", "expected": "expected_usd"}
    assert dict(drawn) == {flow: total(page, "payments_by_month", column) for flow, column in columns.items()}


def test_the_charts_are_drawn(page: Page) -> None:
    sizes = page.eval_on_selector_all("img[data-chart]", "all => all.map(one => [one.complete, one.naturalWidth])")
    assert len(sizes) == 2
    assert all(complete and width > 500 for complete, width in sizes)
    assert all(page.eval_on_selector_all("img", "all => all.map(one => one.alt)"))


def test_a_hostile_name_is_shown_and_does_nothing(page: Page) -> None:
    assert HOSTILE in cells(page, "importers", "importer_name")
    assert page.title() == "IEEPA refunds as of 2026-07-20"
    assert page.locator("b[onclick]").count() == 0


def test_a_script_that_is_not_the_page_s_own_does_not_run(browser: Browser, file: Path, tmp_path: Path) -> None:
    tampered = tmp_path / "tampered.html"
    tampered.write_text(
        file.read_text(encoding="utf-8").replace("<main>", "<main><script>document.title='taken over'</script>"),
        encoding="utf-8",
    )
    context = browser.new_context(offline=True)
    tab = context.new_page()
    tab.goto(tampered.as_uri())
    tab.wait_for_selector(READY)
    assert tab.title() == "IEEPA refunds as of 2026-07-20"
    context.close()


def test_without_javascript_every_row_is_there_to_read(browser: Browser, file: Path) -> None:
    context = browser.new_context(java_script_enabled=False, viewport={"width": 360, "height": 740}, offline=True)
    tab = context.new_page()
    tab.goto(file.as_uri())
    counted = tab.locator("table[data-table=entries] tbody tr").count()
    assert counted == int(tab.get_attribute("table[data-table=entries]", "data-rows") or -1)
    box = tab.locator(".box:has(table[data-table=entries])").bounding_box()
    assert box is not None
    assert box["width"] <= 360
    context.close()


def test_headings_go_down_by_one_step_and_text_has_contrast(page: Page) -> None:
    levels = page.eval_on_selector_all("h1, h2, h3", "all => all.map(one => +one.tagName[1])")
    assert levels[0] == 1
    assert all(after - before <= 1 for before, after in pairwise(levels))
    faint = page.evaluate(CONTRAST)
    assert faint == []


#: Texts whose contrast to what is behind them is less than 4.5 to 1 (WCAG 2, AA), with their colours.
CONTRAST = """() => {
  const parsed = (text) => (text.match(/[\\d.]+/g) || []).map(Number);
  const light = (rgb) => rgb.slice(0, 3).map((one) => one / 255)
    .map((one) => (one <= 0.03928 ? one / 12.92 : ((one + 0.055) / 1.055) ** 2.4))
    .reduce((sum, one, at) => sum + one * [0.2126, 0.7152, 0.0722][at], 0);
  const behind = (one) => {
    for (let at = one; at; at = at.parentElement) {
      const rgb = parsed(getComputedStyle(at).backgroundColor);
      if (rgb.length === 3 || rgb[3] === 1) return rgb;
    }
    return [255, 255, 255];
  };
  const faint = new Set();
  for (const one of document.querySelectorAll("h1,h2,h3,p,li,dt,dd,dd a,th,td,summary,label,code,time,strong")) {
    if (!one.checkVisibility() || !one.textContent.trim()) continue;
    const style = getComputedStyle(one);
    const [a, b] = [light(parsed(style.color)), light(behind(one))].sort((x, y) => y - x);
    if ((a + 0.05) / (b + 0.05) < 4.5) faint.add(`${one.tagName}.${one.className} ${style.color} on ${behind(one)}`);
  }
  return [...faint];
}"""
