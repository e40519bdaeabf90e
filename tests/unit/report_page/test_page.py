"""The page as text: nothing is loaded, hostile data stays text, figures name their evidence, the size stays small."""

import base64
import hashlib
import re
import time
from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from html.parser import HTMLParser
from importlib.resources import files

import duckdb
import pytest

from cape_pipeline.report_page import page, report_page
from tests.support.tables import empty_tables, put, settled

AS_OF = date(2026, 7, 20)
HOSTILE = (
    "<script>alert(1)</script>",
    "</script><img src=x onerror=alert(1)>",
    "=cmd|' /C calc'!A0",
    "\"quoted\" & 'single' `tick`",
    "{{ 7 * 7 }}{% raw %}",
    "\u202egnp.exe\u202c",
)


class Elements(HTMLParser):
    """Start tags with attributes, the text of the body, and identifiers."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.texts: list[str] = []
        self.is_code = False
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        self.is_code = tag in ("script", "style")

    def handle_endtag(self, tag: str) -> None:
        self.is_code = self.is_code and tag not in ("script", "style")

    def handle_data(self, data: str) -> None:
        if not self.is_code:
            self.texts.append(data)

    def attributes(self, name: str) -> list[str]:
        return [value or "" for _, attributes in self.tags for key, value in attributes.items() if key == name]


@pytest.fixture
def con() -> Iterator[duckdb.DuckDBPyConnection]:
    with empty_tables() as tables:
        put(tables, "registry.as_of", as_of_date=AS_OF)
        yield tables


def made(con: duckdb.DuckDBPyConnection, **how: int) -> bytes:
    """The page of the tables as they stand."""
    with settled(con):
        return report_page(con, **how)


def importer(con: duckdb.DuckDBPyConnection, key: str, name: str) -> None:
    put(con, "ace.current_importers", importer_key=key, importer_number=key, importer_name=name)
    money = dict.fromkeys(("refund_principal_usd", "refund_principal_high_usd", "open_principal_usd"), Decimal(10))
    given = {"cape_status": "eligible", "recommended_path": "file_cape", "as_of_date": AS_OF}
    number = f"ABC{key:0>8}"
    put(con, "entries.eligibility", entry_number=number, importer_key=key, importer_number=key, **money, **given)
    put(
        con,
        "reports.deadline_calendar",
        entry_number=number,
        importer_key=key,
        importer_number=key,
        as_of_date=AS_OF,
        deadline_date=AS_OF,
        deadline_kind="cape_filing",
    )


def test_a_page_without_any_row_says_so_in_words(con: duckdb.DuckDBPyConnection) -> None:
    text = " ".join(" ".join(Elements(made(con).decode()).texts).split())
    for sentence in (
        "There are no entries.",
        "Nothing is drafted for today.",
        "No alert is open.",
        "No file was read.",
    ):
        assert sentence in text


def test_the_same_tables_give_the_same_bytes(con: duckdb.DuckDBPyConnection) -> None:
    importer(con, "1", "Somebody")
    assert made(con) == made(con)


def test_nothing_is_fetched_from_anywhere(con: duckdb.DuckDBPyConnection) -> None:
    importer(con, "1", "Somebody")
    found = Elements(made(con).decode())
    assert all(address.startswith("data:image/") for address in found.attributes("src"))
    assert {tag for tag, _ in found.tags} & {
        "link",
        "iframe",
        "object",
        "embed",
        "base",
        "form",
        "audio",
        "video",
    } == set()
    followed = [str(attributes.get("href")) for tag, attributes in found.tags if tag == "a"]
    assert all(address.startswith(("#", "https://", "http://")) for address in followed)
    style = page._library_style() + page._own("page.css")
    assert set(re.findall(r"url\(\s*['\"]?(\w+:)", style)) <= {"data:"}
    assert "@import" not in style


def test_only_the_script_of_the_page_may_run(con: duckdb.DuckDBPyConnection) -> None:
    text = made(con).decode()
    (policy,) = re.findall(r'Content-Security-Policy" content="([^"]+)"', text)
    (script,) = re.findall(r'<script type="module">(.*?)</script>', text, re.DOTALL)
    digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    assert policy.startswith("default-src 'none'; ")
    assert f"script-src 'sha256-{digest}';" in policy
    assert "connect-src" not in policy
    assert text.count("<script") == text.count("</script") == 1
    assert text.index("Content-Security-Policy") < text.index("<style")
    assert not any(name.startswith("on") for _, attributes in Elements(text).tags for name in attributes)


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_names_stay_text(name: str, con: duckdb.DuckDBPyConnection) -> None:
    importer(con, "1", "Somebody")
    before = [tag for tag, _ in Elements(made(con).decode()).tags]
    con.execute("update ace.current_importers set importer_name = ?", [name])
    after = Elements(made(con).decode())
    assert [tag for tag, _ in after.tags] == before
    assert any(name in text for text in after.texts)


def test_every_reference_within_the_page_leads_somewhere(con: duckdb.DuckDBPyConnection) -> None:
    importer(con, "1", "Somebody")
    found = Elements(made(con).decode())
    identifiers = found.attributes("id")
    assert len(identifiers) == len(set(identifiers))
    assert {address[1:] for address in found.attributes("href") if address.startswith("#")} <= set(identifiers)
    assert set(found.attributes("aria-labelledby")) <= set(identifiers)


def test_every_table_has_a_caption_headings_and_its_evidence(con: duckdb.DuckDBPyConnection) -> None:
    importer(con, "1", "Somebody")
    text = made(con).decode()
    found = Elements(text)
    tables = [attributes["data-table"] for tag, attributes in found.tags if tag == "table"]
    assert tables
    assert len([tag for tag, _ in found.tags if tag == "caption"]) == len(tables)
    assert {attributes.get("scope") for tag, attributes in found.tags if tag == "th"} <= {"col", "row"}
    for name in tables:
        assert f'href="#evidence-{name}"' in text
        assert f'<details id="evidence-{name}">' in text
    assert ("html", {"lang": "en"}) in found.tags


def test_the_evidence_is_the_query_as_it_was_asked(con: duckdb.DuckDBPyConnection) -> None:
    texts = "".join(Elements(made(con).decode()).texts)
    for statement in re.findall(r'cape sql "(select.*?|with.*?)"', texts, re.DOTALL):
        con.execute(statement)
    assert texts.count('cape sql "') > 25


def test_a_capped_table_says_how_many_more_rows_there_are(con: duckdb.DuckDBPyConnection) -> None:
    for number in range(4):
        importer(con, str(number), f"Importer {number}")
    text = " ".join(" ".join(Elements(made(con, most_rows=3).decode()).texts).split())
    assert "The first 3 of 4 rows stand here, 1 more does not; totals are over all of them." in text


def test_an_unknown_amount_is_told_as_unknown_in_the_headline(con: duckdb.DuckDBPyConnection) -> None:
    put(con, "reports.position", as_of_date=AS_OF, entry_count=1, open_principal_usd=None, principal_unknown_count=1)
    text = made(con).decode()
    assert re.search(r'data-figure="open_principal_usd" data-value="">unknown</a>', text)
    assert "1 entry unknown, in no sum" in text


def test_no_refund_and_no_cash_are_not_called_unknown(con: duckdb.DuckDBPyConnection) -> None:
    put(con, "reports.position", as_of_date=AS_OF, entry_count=1, refunded_principal_usd=None, deposited_usd=None)
    text = made(con).decode()
    assert re.search(r'data-figure="refunded_principal_usd" data-value="">nothing yet</a>', text)
    assert re.search(r'data-figure="deposited_usd" data-value="">nothing yet</a>', text)


def test_a_reading_that_is_not_the_default_is_told_on_the_first_screen(con: duckdb.DuckDBPyConnection) -> None:
    assert "Not the default reading" not in made(con).decode()
    con.execute("update registry.policies_in_force set other_than_default = ['interest_rounding=each_quarter']")
    assert "Not the default reading of the law: interest_rounding=each_quarter." in made(con).decode()


@pytest.mark.parametrize(
    "bundle",
    ["const a=1;", "export{a as b};", "export{a as default};export{c as d};"],
    ids=["none", "no default", "two"],
)
def test_a_bundle_this_page_cannot_hold_is_refused(bundle: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(page, "_library", lambda _: bundle)
    with pytest.raises(page.UnusableLibrary, match="itables"):
        page._script.__wrapped__()


def test_a_bundle_cannot_end_the_script_it_stands_in(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(page, "_library", lambda _: 'const a="<!-- <script></SCRIPT>";export{a as default};')
    assert r'"\x3C!-- \x3Cscript>\x3C/SCRIPT>"' in page._script.__wrapped__()


def test_the_installed_bundle_is_the_one_of_itables() -> None:
    assert (files("itables") / "html" / "dt_bundle.js").is_file()
    assert "DataTables" in page._script()


def test_twenty_thousand_entries_make_a_page_of_a_few_megabytes(con: duckdb.DuckDBPyConnection) -> None:
    importer(con, "1", "Somebody")
    put(con, "payments.alerts", alert_key="0", entry_number="ABC00000001", message="m" * 120, next_action="n" * 120)
    put(con, "refunds.filing_candidates", entry_number="ABC00000001", undrafted_reason="stale_status")
    put(con, "reports.calendar_events", event_key="0", as_of_date=AS_OF, deadline_date=AS_OF)
    put(con, "payments.rev603_reconciliation", reconciliation_key="0", cause="c" * 80, next_action="n" * 80)
    numbers = "range(2, 20001) as more (number)"
    for table, key in (
        ("entries.eligibility", "entry_number"),
        ("reports.deadline_calendar", "entry_number"),
        ("refunds.filing_candidates", "entry_number"),
        ("payments.alerts", "alert_key"),
        ("reports.calendar_events", "event_key"),
        ("payments.rev603_reconciliation", "reconciliation_key"),
    ):
        many = f"'ABC' || lpad(cast(number as varchar), 8, '0') as {key}"
        con.execute(f"insert into {table} select one.* replace ({many}) from {table} as one, {numbers}")
    with settled(con):
        started = time.process_time()
        written = report_page(con)
        assert time.process_time() - started < 15
    assert len(written) < 6_000_000
    text = written.decode()
    assert text.count("19,500 more do not") == 5
    assert 'data-table="entries" data-rows="20000"' in text
