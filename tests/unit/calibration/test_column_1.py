"""Whether the principal of a 15 percent heading came back whole or less column 1 duty."""

from datetime import date
from decimal import Decimal

import pytest

from cape_pipeline.calibration.column_1 import principal_tests, sentences_on
from cape_pipeline.calibration.refunds import Deposit, Refund


def refund(principal, row, duty):
    deposit = Deposit(
        2,
        Decimal(principal),
        date(2025, 9, 1),
        paid_row_usd=None if row is None else Decimal(row),
        column_1_duty_usd=None if duty is None else Decimal(duty),
    )
    return Refund("one", "one", (deposit,), date(2026, 6, 1), Decimal("1.00"))


@pytest.mark.parametrize(
    ("principal", "row", "duty", "reading"),
    [
        ("150.00", "150.00", "25.00", "whole_row"),
        ("149.99", "150.00", "25.00", "whole_row"),
        ("149.98", "150.00", "25.00", "neither"),
        ("125.00", "150.00", "25.00", "less_column_1"),
        ("125.01", "150.00", "25.00", "less_column_1"),
        ("125.02", "150.00", "25.00", "neither"),
        ("150.00", "150.00", None, "cannot_tell"),
        ("150.00", "150.00", "0.00", "cannot_tell"),
        ("150.00", "150.00", "0.01", "cannot_tell"),
        ("100.00", "150.00", "0.00", "neither"),
        ("0.01", "150.00", "200.00", "less_column_1"),
    ],
)
def test_a_principal_is_read_within_a_cent(principal, row, duty, reading):
    (tested,) = principal_tests([refund(principal, row, duty)])
    assert tested.reading == reading


def test_rows_that_do_not_state_the_filed_row_are_not_tested():
    assert principal_tests([refund("150.00", None, "25.00")]) == ()
    assert sentences_on(()) == []


@pytest.mark.parametrize(
    ("principals", "judged"),
    [
        (["125.00"], "speaks for the assumption column1_restored"),
        (["150.00"], "speaks against the assumption column1_restored"),
        (["125.00", "150.00"], "Both happen"),
        (["1.00"], "say nothing about the assumption"),
    ],
)
def test_what_the_principals_say_about_the_assumption(principals, judged):
    told = sentences_on(principal_tests([refund(principal, "150.00", "25.00") for principal in principals]))
    assert judged in told[1]
    assert f"{len(principals)} row" in told[0]
