"""The packet to CBP: which refunds get one, what the letter asks, and that every figure has its source."""

import csv
import io
from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from typing import Any

import duckdb
import pytest

from cape_pipeline.reconciliation_requests import (
    ACH_MAILBOX,
    COLUMNS,
    QUESTIONS,
    REFUNDS_MAILBOX,
    file_stem,
    questions,
    request_files,
)
from tests.support.tables import empty_tables, put

Connection = duckdb.DuckDBPyConnection
ENTRY = "ABC00000001"
ES003, ES022, REV603, BANK, BILLS = (f"{n:064}" for n in range(1, 6))


@pytest.fixture
def con() -> Iterator[Connection]:
    with empty_tables() as connection:
        files = {
            ES003: "ES-003.csv",
            ES022: "ES-022.xlsx",
            REV603: "REV-603.xlsx",
            BANK: "bank.csv",
            BILLS: "bills.csv",
        }
        for load_id, name in files.items():
            put(connection, "ace.loads", load_id=load_id, file_name=name)
        put(connection, "ace.readable_loads", load_id=BILLS, report_code="BILLS")
        put(connection, "reports.position", registry_version="rules-1")
        yield connection


def short_refund(con: Connection, number: str = "R1", **changes: Any) -> None:
    """A refund of which 12.34 is missing, with one entry that is a cent short."""
    money = {name: Decimal(amount) for name, amount in (("expected_usd", "104.01"), ("es022_usd", "104.00"))}
    row = {
        "reconciliation_key": number,
        "refund_number": number,
        "match_status": "short",
        "cause": "less cash than the refund",
        "variance_causes": ["cash_differs", "principal_differs"],
        "is_material": True,
        "rev603_usd": Decimal("104.00"),
        "deposited_usd": Decimal("91.66"),
        "unexplained_usd": Decimal("12.34"),
        "as_of_date": date(2026, 7, 20),
        **money,
        **changes,
    }
    put(con, "payments.rev603_reconciliation", **row)
    put(con, "entries.reported_refunds", refund_number=number, load_id=REV603, source_row=8)
    put(
        con,
        "payments.entry_refunds",
        entry_number=ENTRY,
        refund_number=number,
        refund_key=number,
        claim_number="100000240001",
        expected_principal_usd=Decimal("100.01"),
        cbp_principal_usd=Decimal("100.00"),
        principal_variance_usd=Decimal("-0.01"),
        cause="principal_below_expected",
        is_material=True,
        source_load_id=ES022,
        source_row=3,
    )


def filed_rows(con: Connection) -> None:
    for row in (4, 7):
        put(
            con,
            "lines.classified_lines",
            entry_number=ENTRY,
            line_number=row,
            is_ieepa_duty=True,
            load_id=ES003,
            source_row=row,
        )
    put(con, "refunds.interest_accruals", entry_number=ENTRY, deposit_date=date(2025, 6, 24))


def text_of(files: dict[str, bytes], name: str) -> str:
    return files[name].decode()


def test_a_refund_beyond_what_is_immaterial_gets_a_letter_and_a_file_and_no_other(con: Connection) -> None:
    short_refund(con)
    put(con, "payments.rev603_reconciliation", reconciliation_key="R2", refund_number="R2", is_material=False)
    assert sorted(request_files(con)) == ["R1.csv", "R1.txt"]


def test_where_all_agrees_nothing_is_written(con: Connection) -> None:
    assert request_files(con) == {}


def test_every_figure_of_an_entry_stands_with_its_file_and_row(con: Connection) -> None:
    short_refund(con)
    filed_rows(con)
    ((header, row),) = [list(csv.reader(io.StringIO(text_of(request_files(con), "R1.csv"))))]
    assert tuple(header) == COLUMNS
    told = dict(zip(header, row, strict=True))
    assert (told["expected_principal_usd"], told["cbp_principal_usd"]) == ("100.01", "100.00")
    assert (told["expected_source"], told["cbp_source"]) == ("ES-003.csv rows 4 7", "ES-022.xlsx row 3")
    assert (told["deposit_dates"], told["interest_walk"]) == (
        "2025-06-24",
        f"refunds.interest_segments where entry_number = {ENTRY}",
    )
    assert (told["registry_version"], told["as_of_date"], told["expected_interest_usd"]) == (
        "rules-1",
        "2026-07-20",
        "",
    )


def test_the_letter_tells_the_steps_the_sources_and_the_questions(con: Connection) -> None:
    short_refund(con)
    put(
        con,
        "payments.bank_credits",
        credit_key="K",
        value_date=date(2026, 7, 10),
        credit_total_usd=Decimal("91.66"),
        refund_numbers=["R1"],
        load_id=BANK,
        source_row=5,
    )
    letter = text_of(request_files(con), "R1.txt")
    assert letter.startswith(f"To: {REFUNDS_MAILBOX}\nSubject: Reconciliation of CAPE refund R1\n")
    for told in (
        "Position as of 2026-07-20", "CAPE claims: 100000240001.", "less cash than the refund",
        "Paid on 2026-07-10: 91.66 (bank.csv row 5)", "Entries: 1, of which 1 differ", "R1.csv", "rules-1",
        "REV-603.xlsx row 8", f"1. {QUESTIONS['cash_differs']}"[:40],
    ):  # fmt: skip
        assert told in letter
    assert "Unexplained............................." in letter
    assert "12.34\n" in letter
    assert max(map(len, letter.splitlines())) <= 96
    assert len(letter.splitlines()) < 60


def test_the_bills_behind_an_offset_are_named(con: Connection) -> None:
    short_refund(con, bill_numbers=["B1"])
    put(con, "ace.bills", bill_number="B1", amount_usd=Decimal("30.00"), load_id=BILLS, source_row=2)
    assert "Bill B1: 30.00 (bills.csv row 2)" in text_of(request_files(con), "R1.txt")


def test_a_returned_refund_is_asked_of_the_ach_mailbox(con: Connection) -> None:
    short_refund(con, match_status="rejected", variance_causes=["ach_rejected"])
    assert text_of(request_files(con), "R1.txt").startswith(f"To: {ACH_MAILBOX}\n")


def test_an_unknown_amount_is_said_to_be_unknown(con: Connection) -> None:
    short_refund(con, expected_usd=None, expected_principal_usd=None)
    letter = text_of(request_files(con), "R1.txt")
    assert "Expected principal" in letter
    assert "unknown\n" in letter


def test_the_same_tables_give_the_same_bytes(con: Connection) -> None:
    short_refund(con)
    filed_rows(con)
    assert request_files(con) == request_files(con)


def test_without_a_finding_that_has_a_question_the_computation_is_asked_for() -> None:
    assert questions(["rounding"]) == ["Please give the computation of principal and interest of the entries below."]
    assert questions(["interest_days", "cash_differs"]) == [QUESTIONS["cash_differs"], QUESTIONS["interest_days"]]


@pytest.mark.parametrize(("number", "is_kept"), [("R00204100", True), ("A/1", False), ("../x", False)])
def test_a_refund_number_is_a_file_name_of_its_own(number: str, *, is_kept: bool) -> None:
    stem = file_stem(number)
    assert (stem == number) is is_kept
    assert "/" not in stem
    assert "." not in stem
    assert file_stem("A/1") != file_stem("A_1")
