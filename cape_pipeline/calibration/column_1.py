"""Whether the principal that came back is the whole row of a 15 percent heading, or the row less column 1 duty.

Belongs here: the test of assumption column1_restored (registry_seeds/assumptions.csv) on refunds really received. Does
not belong here: interest.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from cape_pipeline.calibration.refunds import Deposit, Refund

TOLERANCE_USD = Decimal("0.01")
"""Duty is rounded to the cent once on the entry summary and once here."""

READINGS = ("whole_row", "less_column_1", "neither", "cannot_tell")


@dataclass(frozen=True, slots=True)
class ColumnOneTest:
    """One row's principal against both readings, in dollars; `less_column_1_usd` is None where column 1 is unknown."""

    refund: str
    row_number: int
    principal_usd: Decimal
    paid_row_usd: Decimal
    less_column_1_usd: Decimal | None
    reading: str


def principal_tests(refunds: Sequence[Refund]) -> tuple[ColumnOneTest, ...]:
    """The test of every row that states the filed row; none where the file has no such column."""
    return tuple(
        _tested(refund.name, deposit, deposit.paid_row_usd)
        for refund in refunds
        for deposit in refund.deposits
        if deposit.paid_row_usd is not None
    )


def sentences_on(tests: Sequence[ColumnOneTest]) -> list[str]:
    """What the principals say about the assumption; nothing where none was tested."""
    if not tests:
        return []
    counts = {reading: sum(test.reading == reading for test in tests) for reading in READINGS}
    counted = (
        f"Principal of {_rows(len(tests))} of 15 percent headings: {counts['whole_row']} came back whole,"
        f" {counts['less_column_1']} less column 1 duty, {counts['neither']} as neither,"
        f" {counts['cannot_tell']} cannot tell."
    )
    whole, less = counts["whole_row"], counts["less_column_1"]
    if whole and less:
        judged = "Both happen, so neither reading of fifteen_percent_headings holds for all of them."
    elif less:
        judged = "This speaks for the assumption column1_restored, the default of fifteen_percent_headings."
    elif whole:
        judged = (
            "This speaks against the assumption column1_restored:"
            " see cape run --policy fifteen_percent_headings=whole_row."
        )
    else:
        judged = "They say nothing about the assumption column1_restored."
    return [counted, judged]


def _rows(count: int) -> str:
    return f"{count:,} row{'' if count == 1 else 's'}"


def _tested(refund: str, deposit: Deposit, row: Decimal) -> ColumnOneTest:
    duty = deposit.column_1_duty_usd
    less = None if duty is None else row - min(duty, row)
    is_whole = abs(deposit.principal_usd - row) <= TOLERANCE_USD
    is_less = less is not None and abs(deposit.principal_usd - less) <= TOLERANCE_USD
    if less is None or is_whole == is_less:
        reading = "cannot_tell" if less is None or is_whole else "neither"
    else:
        reading = "whole_row" if is_whole else "less_column_1"
    return ColumnOneTest(refund, deposit.row_number, deposit.principal_usd, row, less, reading)
