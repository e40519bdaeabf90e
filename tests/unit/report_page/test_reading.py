"""Tables read for the page: capped with totals over all rows, unknown amounts, empty columns, links."""

from collections.abc import Iterator
from datetime import date
from decimal import Decimal

import duckdb
import pytest

from cape_pipeline.report_page.contents import SECTIONS, Table
from cape_pipeline.report_page.reading import ShownTable, descriptions, read_table
from tests.support.tables import empty_tables, put, settled

TABLES = {table.name: table for section in SECTIONS for table in section.tables}
AS_OF = date(2026, 7, 20)


@pytest.fixture
def con() -> Iterator[duckdb.DuckDBPyConnection]:
    with empty_tables() as tables:
        put(tables, "registry.as_of", as_of_date=AS_OF)
        yield tables


def read(con: duckdb.DuckDBPyConnection, table: Table | str, most_rows: int = 100) -> ShownTable:
    with settled(con):
        return read_table(con, TABLES[table] if isinstance(table, str) else table, {}, most_rows)


def column(shown: ShownTable, name: str) -> list[str]:
    place = [one.name for one in shown.columns].index(name)
    return [row[place].text for row in shown.rows]


def total(shown: ShownTable, name: str) -> str:
    return shown.totals[[one.name for one in shown.columns].index(name)].text


def entry(con: duckdb.DuckDBPyConnection, number: str, principal: str | None, **values: object) -> None:
    amount = None if principal is None else Decimal(principal)
    given = {"cape_status": "eligible", "recommended_path": "file_cape", "as_of_date": AS_OF} | values
    put(
        con,
        "entries.eligibility",
        entry_number=number,
        refund_principal_usd=amount,
        refund_principal_high_usd=amount,
        open_principal_usd=amount,
        **given,
    )


def test_rows_beyond_the_cap_are_counted_and_summed(con: duckdb.DuckDBPyConnection) -> None:
    for number in range(5):
        entry(con, f"ABC0000000{number}", "10.10")
    shown = read(con, "entries", most_rows=2)
    assert (len(shown.rows), shown.row_count, shown.hidden_count) == (2, 5, 3)
    assert total(shown, "open_principal_usd") == "50.50"


def test_at_the_cap_nothing_is_hidden(con: duckdb.DuckDBPyConnection) -> None:
    for number in range(2):
        entry(con, f"ABC0000000{number}", "10.10")
    assert read(con, "entries", most_rows=2).hidden_count == 0


def test_the_most_urgent_rows_are_those_that_stay(con: duckdb.DuckDBPyConnection) -> None:
    for number, day in (("ABC00000001", 30), ("ABC00000002", 22), ("ABC00000003", 26)):
        entry(con, number, "10.00")
        put(
            con,
            "reports.deadline_calendar",
            entry_number=number,
            as_of_date=AS_OF,
            deadline_date=date(2026, 7, day),
            deadline_kind="cape_filing",
            who_acts="filer",
        )
    assert column(read(con, "entries", most_rows=2), "entry_number") == ["ABC00000002", "ABC00000003"]


def test_an_unknown_amount_is_unknown_and_stands_in_no_sum(con: duckdb.DuckDBPyConnection) -> None:
    entry(con, "ABC00000001", "10.00")
    entry(con, "ABC00000002", None)
    shown = read(con, "entries")
    assert sorted(column(shown, "open_principal_usd")) == ["10.00", "unknown"]
    assert total(shown, "open_principal_usd") == "10.00 + 1 unknown"


def test_a_sum_of_unknown_amounts_is_unknown(con: duckdb.DuckDBPyConnection) -> None:
    entry(con, "ABC00000002", None)
    assert total(read(con, "entries"), "open_principal_usd") == "unknown"


def test_every_cell_of_a_number_says_what_it_is_sorted_by(con: duckdb.DuckDBPyConnection) -> None:
    entry(con, "ABC00000001", "1234.50")
    entry(con, "ABC00000002", None)
    shown = read(con, "entries")
    for place, one in enumerate(shown.columns):
        assert {row[place].order is not None for row in shown.rows} == {one.is_number}
    place = [one.name for one in shown.columns].index("open_principal_usd")
    assert {row[place].order for row in shown.rows} == {"1234.50", ""}


def test_a_column_that_says_nothing_in_any_row_takes_no_room(con: duckdb.DuckDBPyConnection) -> None:
    entry(con, "ABC00000001", "10.00")
    entry(con, "ABC00000002", "10.00")
    assert {"liquidation_date", "blocking_rules"}.isdisjoint(one.name for one in read(con, "entries").columns)
    entry(con, "ABC00000003", "10.00", liquidation_date=date(2026, 7, 1), blocking_rules=["SURETY"])
    shown = read(con, "entries", most_rows=2)
    assert {"liquidation_date", "blocking_rules"} <= {one.name for one in shown.columns}, "also where no row shows it"


def test_an_unknown_amount_keeps_its_column(con: duckdb.DuckDBPyConnection) -> None:
    entry(con, "ABC00000002", None)
    assert "interest_usd" in {one.name for one in read(con, "entries").columns}


def test_an_empty_cell_says_what_its_absence_means(con: duckdb.DuckDBPyConnection) -> None:
    put(con, "refunds.refund_batches", batch_id="a", payment_to_date=None, undated_reason="suspended")
    put(con, "refunds.refund_batches", batch_id="b", payment_to_date=date(2026, 9, 1))
    assert column(read(con, "batches"), "payment_to_date") == ["2026-09-01", "not foreseen"]


@pytest.mark.parametrize("address", ["javascript:alert(1)", "data:text/html,x", "//elsewhere.example", ""])
def test_only_an_address_of_the_web_is_a_link(address: str, con: duckdb.DuckDBPyConnection) -> None:
    for source, given in (("good", "https://www.cbp.gov/x"), ("other", address)):
        put(con, "registry.sources", source=source, title=f"title of {source}", address=given)
        put(con, "registry.assumptions", assumption_id=source, source=source, withdrawn_date=None)
    shown = read(con, "assumptions")
    assert "source_address" not in {one.name for one in shown.columns}
    links = {cell.text: cell.link for row in shown.rows for cell in row if cell.text.startswith("title of")}
    assert links == {"title of good": "https://www.cbp.gov/x", "title of other": ""}


def test_an_entry_dated_after_the_day_is_in_no_sum_of_its_importer(con: duckdb.DuckDBPyConnection) -> None:
    entry(con, "ABC00000001", "10.00", importer_key="A", importer_number="A", entry_date=AS_OF)
    later = {"cape_status": "review", "recommended_path": "manual_review", "entry_date": date(2026, 7, 21)}
    entry(con, "ABC00000002", "5.00", importer_key="A", importer_number="A", **later)
    for name in ("importers", "interest_by_importer"):
        assert column(read(con, name), "refund_principal_usd") == ["10.00"]


def test_withheld_entries_stand_under_each_fact_they_lack(con: duckdb.DuckDBPyConnection) -> None:
    entry(con, "ABC00000001", "10.00")
    entry(con, "ABC00000002", "7.00")
    facts = {"undrafted_reason": "unverified_facts", "unattested_facts": ["drawback", "surety_paid"]}
    put(con, "refunds.filing_candidates", entry_number="ABC00000001", **facts)
    put(con, "refunds.filing_candidates", entry_number="ABC00000002", undrafted_reason="excluded")
    shown = read(con, "withheld")
    told = zip(column(shown, "undrafted_reason"), column(shown, "missing_fact"), strict=True)
    assert sorted(told) == [("excluded", "–"), ("unverified facts", "drawback"), ("unverified facts", "surety_paid")]


def test_an_entry_with_several_deadlines_counts_once_for_its_importer(con: duckdb.DuckDBPyConnection) -> None:
    for kind, day in (("cape_filing", 22), ("protest", 25)):
        put(
            con,
            "reports.deadline_calendar",
            entry_number="ABC00000001",
            as_of_date=AS_OF,
            deadline_kind=kind,
            deadline_date=date(2026, 7, day),
            amount_usd=Decimal("10.00"),
        )
    shown = read(con, "deadlines_by_importer")
    assert column(shown, "amount_usd") == ["10.00"]
    assert column(shown, "next_protest_date") == ["2026-07-25"]


@pytest.mark.parametrize(
    ("days", "passed", "rows"), [(-31, 0, 0), (-30, 1, 0), (-1, 1, 0), (0, 0, 1), (90, 0, 1), (91, 0, 0)]
)
def test_deadlines_are_those_of_the_next_90_days_and_what_ended_in_30(
    days: int, passed: int, rows: int, con: duckdb.DuckDBPyConnection
) -> None:
    day = date.fromordinal(AS_OF.toordinal() + days)
    put(con, "reports.calendar_events", event_key="e", as_of_date=AS_OF, deadline_date=day, who_acts="filer")
    assert read(con, "deadlines").row_count == rows
    assert read(con, "deadlines_passed").row_count == passed


def test_a_payment_that_cbp_has_numbered_is_awaited_no_more(con: duckdb.DuckDBPyConnection) -> None:
    put(con, "refunds.refund_batches", batch_id="a", refund_numbers=["R1"])
    assert read(con, "batches").row_count == 0
    put(con, "refunds.refund_batches", batch_id="b", refund_numbers=[])
    assert read(con, "batches").row_count == 1


def test_an_acknowledged_alert_is_counted_apart_and_not_open(con: duckdb.DuckDBPyConnection) -> None:
    given = {"entry_number": "ABC00000001", "severity": "right_at_risk", "severity_order": 1}
    put(con, "payments.alerts", alert_key="b", amount_usd=Decimal(2), **given)
    assert "acknowledged_count" not in {one.name for one in read(con, "alerts_by_severity").columns}
    put(con, "payments.alerts", alert_key="a", amount_usd=Decimal(9), is_acknowledged=True, **given)
    assert read(con, "alerts").row_count == 1
    shown = read(con, "alerts_by_severity")
    told = [column(shown, name) for name in ("alert_count", "amount_usd", "acknowledged_count")]
    assert told == [["1"], ["2.00"], ["1"]]


def test_the_money_of_an_entry_with_several_alerts_counts_once(con: duckdb.DuckDBPyConnection) -> None:
    for key in ("a", "b"):
        put(con, "payments.alerts", alert_key=key, entry_number="ABC00000001", amount_usd=Decimal(9))
    assert column(read(con, "alerts_by_severity"), "amount_usd") == ["9.00"]


def test_a_chosen_reading_stands_in_place_of_the_default_one(con: duckdb.DuckDBPyConnection) -> None:
    for policy, is_default in (("usual", True), ("other", False)):
        put(con, "registry.policies", policy_point="p", policy=policy, is_default=is_default, withdrawn_date=None)
    assert column(read(con, "readings"), "policy") == ["usual"]
    put(con, "registry.chosen_policies", policy_point="p", policy="other")
    assert column(read(con, "readings"), "policy") == ["other"]


def test_a_column_is_described_as_the_tables_it_comes_from_describe_it(con: duckdb.DuckDBPyConnection) -> None:
    entry(con, "ABC00000001", "10.00", importer_number="A")
    shown = read_table(con, TABLES["entries"], descriptions(con))
    told = {one.name: one.description for one in shown.columns}
    assert told["importer_number"].startswith("Importer of record number")
    assert told["open_principal_usd"]
