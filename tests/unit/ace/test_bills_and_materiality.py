"""bills.csv and materiality.csv: the evidence for a diverted refund, and what a user takes for immaterial."""

from datetime import date
from decimal import Decimal

import pytest

from tests.unit.ace import samples
from tests.unit.ace.intake import Intake

BILL_HEADERS, LIMIT_HEADERS = samples.BILLS[0], samples.MATERIALITY[0]


def test_every_bill_is_loaded_with_importer_amount_day_and_refund(intake: Intake) -> None:
    result = intake.load(intake.csv(samples.BILLS, "bills.csv"))
    assert (result.rows_loaded, result.rows_quarantined) == (2, 0)
    columns = "bill_number, importer_key, amount_usd, bill_status, bill_date, refund_number"
    assert intake.rows("bills", columns) == [
        ("41234567", "123456789", Decimal("1250.00"), "Paid", date(2026, 3, 2), "R00100000"),
        ("41234999", "987654321AB", Decimal("310.75"), None, date(2026, 4, 14), None),
    ]


@pytest.mark.parametrize(
    ("row", "column", "reason"),
    [
        (["", "12-3456789", "1.00", "", "", ""], "whole_row", "row_shape"),
        (["41", "12-3456789", "", "", "", ""], "amount_usd", "required_value_missing"),
        (["41", "12-3456789", "much", "", "", ""], "amount_usd", "amount_unreadable"),
        (["41", "12-3456789", "1.00", "", "yesterday", ""], "bill_date", "date_unreadable"),
    ],
)
def test_a_bill_that_cannot_be_used_is_set_aside_with_its_reason(
    row: list[str], column: str, reason: str, intake: Intake
) -> None:
    intake.load(intake.csv([BILL_HEADERS, row, samples.BILLS[1]], "bills.csv"))
    assert [told[1:3] for told in intake.quarantine()] == [(column, reason)]
    assert len(intake.rows("bills", "source_row")) == 1


def test_limits_are_loaded_for_an_importer_a_client_and_everybody_and_a_blank_stays_unknown(intake: Intake) -> None:
    result = intake.load(intake.csv(samples.MATERIALITY, "materiality.csv"))
    assert (result.rows_loaded, result.rows_quarantined) == (3, 0)
    columns = "importer_key, client_id, principal_usd, interest_usd, interest_days, refund_usd, refund_pct"
    assert intake.rows("materiality", columns) == [
        ("123456789", None, Decimal("0.00"), Decimal("1.00"), 2, None, None),
        (None, "Acme", None, None, None, Decimal("5.00"), Decimal("1.00")),
        (None, None, Decimal("0.01"), None, 0, None, None),
    ]


@pytest.mark.parametrize(
    ("row", "column", "reason"),
    [
        (["12-3456789", "", "a cent", "", "", "", ""], "principal_usd", "amount_unreadable"),
        (["12-3456789", "", "", "", "1.5", "", ""], "interest_days", "number_unreadable"),
        (["12-3456789", "", "", "", "", "", "1 percent"], "refund_pct", "amount_unreadable"),
    ],
)
def test_a_limit_that_cannot_be_read_is_set_aside_with_its_reason(
    row: list[str], column: str, reason: str, intake: Intake
) -> None:
    intake.load(intake.csv([LIMIT_HEADERS, row, samples.MATERIALITY[1]], "materiality.csv"))
    assert [told[1:3] for told in intake.quarantine()] == [(column, reason)]


def test_bills_are_no_bank_file_and_limits_no_list_of_importers(intake: Intake) -> None:
    assert intake.inspect(intake.csv(samples.BILLS, "any name.csv")).report_code == "BILLS"
    assert intake.inspect(intake.csv(samples.MATERIALITY, "any name.csv")).report_code == "MATERIALITY"
    assert intake.inspect(intake.csv(samples.BANK, "bank.csv")).report_code == "BANK"
