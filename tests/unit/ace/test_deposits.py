"""deposits.csv: what a user lists of the deposits on an entry, each with its own day."""

from datetime import date
from decimal import Decimal

import pytest

from tests.unit.ace import samples
from tests.unit.ace.intake import Intake

HEADERS = samples.DEPOSITS[0]
COLUMNS = "entry_number, deposit_date, amount_usd, ieepa_usd, deposit_kind, statement_number, source"


def test_every_deposit_is_loaded_with_its_day_its_ieepa_duty_and_where_the_day_is_from(intake: Intake) -> None:
    result = intake.load(intake.csv(samples.DEPOSITS, "deposits.csv"))
    assert (result.rows_loaded, result.rows_quarantined) == (2, 0)
    assert intake.rows("deposits", COLUMNS) == [
        (
            "MYK01010039",
            date(2025, 6, 24),
            Decimal("10362.02"),
            Decimal("8000.00"),
            "original",
            "4601123",
            "rev103",
        ),
        ("MYK01010039", date(2025, 9, 3), None, Decimal("362.02"), "psc", None, "bank_debit"),
    ]


@pytest.mark.parametrize(
    ("row", "column", "reason"),
    [
        (["MYK01010039", "", "", "1.00", "", "", ""], "deposit_date", "required_value_missing"),
        (["MYK01010039", "2025-13-01", "", "1.00", "", "", ""], "deposit_date", "date_unreadable"),
        (["MYK01010038", "2025-06-24", "", "1.00", "", "", ""], "entry_number", "entry_number_shape"),
        (["MYK01010039", "2025-06-24", "", "many", "", "", ""], "ieepa_usd", "amount_unreadable"),
        (["MYK01010039", "2025-06-24", "", "1.00", "gift", "", ""], "deposit_kind", "value_not_in_vocabulary"),
        (["MYK01010039", "2025-06-24", "", "1.00", "", "", "hearsay"], "source", "value_not_in_vocabulary"),
    ],
)
def test_a_row_that_cannot_be_used_is_set_aside_with_its_reason(
    row: list[str], column: str, reason: str, intake: Intake
) -> None:
    good = ["MYK01010039", "2025-09-03", "", "1.00", "", "", ""]
    intake.load(intake.csv([HEADERS, row, good], "deposits.csv"))
    assert [told[1:3] for told in intake.quarantine()] == [(column, reason)]
    assert len(intake.rows("deposits", "source_row")) == 1


def test_a_blank_ieepa_cell_is_unknown_and_never_zero(intake: Intake) -> None:
    intake.load(intake.csv([HEADERS, ["MYK01010039", "2025-09-03", "5.00", "", "", "", ""]], "deposits.csv"))
    assert intake.rows("deposits", "ieepa_usd, deposit_kind, source") == [(None, None, None)]


def test_a_list_of_facts_with_a_day_of_deposit_is_no_list_of_deposits(intake: Intake) -> None:
    facts = intake.csv([["entry_number", "deposit_date"], ["MYK01010039", "2025-06-24"]], "facts.csv")
    assert intake.inspect(facts).report_code == "ENTRY-FACTS"
    assert intake.inspect(intake.csv(samples.DEPOSITS, "any name.csv")).report_code == "DEPOSITS"
