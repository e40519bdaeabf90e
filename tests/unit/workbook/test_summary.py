"""The first sheet: what is not known is told, what has no rows is zero, and what does not agree is shown."""

from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb

from tests.support.tables import put
from tests.unit.workbook.reading import disagreements, filled, opened, summary_lines

EXACT = {"principal_usd": Decimal("100.00"), "open_principal_usd": Decimal("100.00")}


def lines(content: bytes) -> dict[str, list[Any]]:
    return summary_lines(opened(content, values=True)["Summary"])


def test_without_rows_sums_are_zero_and_everything_closes(con: duckdb.DuckDBPyConnection, tmp_path: Path) -> None:
    content = filled(con)
    told = lines(content)
    assert told["Checks that do not close"][0] == 0
    assert told["Closing"][:3] == [0, 0, 0]
    assert told["cash: settled in cash"][:2] == [0, 0]
    assert told["Newest dated ES-022"][:2] == [None, "unknown"]
    assert disagreements(content, tmp_path) == []


def test_a_stage_of_which_no_amount_is_known_is_empty(con: duckdb.DuckDBPyConnection, tmp_path: Path) -> None:
    put(con, "reports.receivable_position", stage="accepted", entry_count=1, principal_usd=None)
    put(con, "reports.receivable_entries", stage="accepted", principal_usd=None)
    content = filled(con)
    told = lines(content)
    assert told["accepted: accepted by CAPE"][:2] == [1, None]
    assert told["doubtful: in review, or above the certain part"][:2] == [0, 0]
    assert told["Entries whose principal is unknown"][0] == 1
    assert disagreements(content, tmp_path) == []


def test_a_sum_that_differs_from_its_entries_is_shown(con: duckdb.DuckDBPyConnection, tmp_path: Path) -> None:
    put(con, "reports.receivable_position", stage="accepted", entry_count=1, **EXACT)
    put(con, "reports.receivable_entries", stage="accepted", **EXACT | {"principal_usd": Decimal("99.99")})
    put(con, "reports.receivable_rollforward", closing_principal_usd=Decimal("100.00"), **OPENED)
    put(con, "reports.receivable_movements", closing_principal_usd=Decimal("100.00"), **OPENED)
    put(con, "reports.receivable_rollforward_total", closing_usd=Decimal("100.00"))
    content = filled(con)
    told = lines(content)
    assert told["Receivable and its entries: principal_usd"][:4] == [100, 99.99, 0.01, "does not close"]
    assert told["Receivable and its entries: open_principal_usd"][:4] == [100, 100, 0, "closes"]
    assert told["Checks that do not close"][0] == 1
    assert disagreements(content, tmp_path) == []


OPENED = {"opening_principal_usd": Decimal("60.00"), "newly_recognised_principal_usd": Decimal("40.00")}


def test_the_roll_forward_adds_up_its_lines(con: duckdb.DuckDBPyConnection, tmp_path: Path) -> None:
    movements = {
        "opening_principal_usd": "1000.00",
        "opening_interest_usd": "50.00",
        "newly_recognised_principal_usd": "200.00",
        "newly_recognised_interest_usd": "10.00",
        "period_interest_usd": "7.77",
        "cash_principal_usd": "-300.00",
        "cash_interest_usd": "-20.00",
        "offset_movement_usd": "-5.00",
        "remeasured_principal_usd": "1.25",
        "remeasured_interest_usd": "-0.25",
        "written_off_usd": "-100.00",
        "closing_principal_usd": "796.25",
        "closing_interest_usd": "47.52",
    }
    amounts = {name: Decimal(amount) for name, amount in movements.items()}
    put(con, "reports.receivable_rollforward", importer_key="k", opening_close_name="june", **amounts)
    put(con, "reports.receivable_movements", importer_key="k", **amounts)
    put(con, "reports.receivable_rollforward_total", opening_close_name="june", closing_usd=Decimal("843.77"))
    content = filled(con)
    told = lines(content)
    assert told["Books opened with"][0] == "june"
    assert told["Opening"][:3] == [1000, 50, 1050]
    assert told["Newly recognised"][:3] == [200, 10, 210]
    assert told["Interest of the period"][:3] == [None, 7.77, 7.77]
    assert told["Cash received"][:3] == [-300, -20, -320]
    assert told["Set off against bills"][:3] == [None, None, -5]
    assert told["Remeasured"][:3] == [1.25, -0.25, 1]
    assert told["Written off"][:3] == [None, None, -100]
    assert told["Closing"][:3] == [796.25, 47.52, 843.77]
    assert disagreements(content, tmp_path) == []


def test_cash_is_expected_in_the_month_its_window_ends(con: duckdb.DuckDBPyConnection, tmp_path: Path) -> None:
    for key, last, amount, refunds in (
        ("1", date(2026, 8, 1), "10.00", []),
        ("2", date(2026, 8, 31), "0.50", []),
        ("3", date(2026, 9, 1), "7.00", []),
        ("4", None, "3.00", []),
        ("5", date(2026, 8, 15), "99.00", ["R1"]),
        ("6", date(2026, 10, 1), None, []),
    ):
        put(
            con,
            "refunds.refund_batches",
            batch_id=key,
            payment_to_date=last,
            total_usd=amount and Decimal(amount),
            refund_numbers=refunds,
        )
    content = filled(con)
    told = lines(content)
    assert told["2026-08"][0] == 10.5
    assert told["2026-09"][0] == 7
    assert told["2026-10"][0] is None, "what is unknown is not zero"
    assert told["In a month that cannot be foreseen"][0] == 3
    assert told["All expected"][0] == 20.5, "a batch that is in a refund is expected no more"
    assert disagreements(content, tmp_path) == []


def test_amounts_too_long_for_a_number_still_agree(con: duckdb.DuckDBPyConnection, tmp_path: Path) -> None:
    long = {"principal_usd": Decimal("12345678901234.56"), "open_principal_usd": Decimal("12345678901234.56")}
    put(con, "reports.receivable_position", stage="accepted", entry_count=1, **long)
    put(con, "reports.receivable_entries", stage="accepted", **long)
    content = filled(con)
    told = lines(content)
    assert told["All stages"][1] == "12345678901234.56"
    assert told["Receivable and its entries: principal_usd"][2:4] == [0, "closes"]
    assert disagreements(content, tmp_path) == []


def test_a_link_leads_to_a_sheet_of_this_file_and_names_to_its_cells(con: duckdb.DuckDBPyConnection) -> None:
    book = opened(filled(con))
    links = [cell.hyperlink for row in book["Summary"].iter_rows() for cell in row if cell.hyperlink]
    assert [link.target for link in links] == [None] * len(links)
    assert {link.location for link in links} == {f"'{name}'!A1" for name in book.sheetnames[1:-1]}
    for name in (
        "as_of_date",
        "checks_that_do_not_close",
        "open_principal_usd",
        "open_interest_usd",
        "closing_usd",
        "deposited_usd",
        "unexplained_usd",
    ):
        assert book.defined_names[name].value.startswith("Summary!$"), name
