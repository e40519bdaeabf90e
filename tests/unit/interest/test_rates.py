"""The rate table: what it reads, what it refuses, and the shipped file."""

from datetime import date
from decimal import Decimal

import pytest

from cape_pipeline.interest import InterestError, QuarterRates, RatesNotPublished, RateTable
from tests.unit.interest.tables import published

HEADER = "quarter_start,quarter_end,underpayment_rate,overpayment_corporate_rate,overpayment_noncorporate_rate"
Q1 = (date(2026, 1, 1), date(2026, 3, 31), Decimal("0.07"), Decimal("0.06"), Decimal("0.07"))
Q2 = (date(2026, 4, 1), date(2026, 6, 30), Decimal("0.06"), Decimal("0.05"), Decimal("0.06"))
Q3 = (date(2026, 7, 1), date(2026, 9, 30), Decimal("0.07"), Decimal("0.06"), Decimal("0.07"))


def written(tmp_path, *lines, header=HEADER):
    path = tmp_path / "rates.csv"
    path.write_text("\n".join([header, *lines]) + "\n", encoding="utf-8")
    return path


def test_the_shipped_table_runs_from_1983_to_the_end_of_2026_without_a_gap():
    table = published()
    assert (table.first_day, table.last_day, len(table.quarters)) == (date(1983, 1, 1), date(2026, 12, 31), 176)


def test_the_shipped_table_has_the_cut_of_the_second_quarter_of_2026():
    table = published()
    rates = [table.rate(date(2026, month, 1), "corporate").annual_rate for month in (1, 4, 7, 10)]
    assert rates == [Decimal("0.06"), Decimal("0.05"), Decimal("0.06"), Decimal("0.06")]


def test_each_class_reads_its_own_column():
    table = RateTable.from_rows([Q2])
    classes = {name: table.rate(Q2[0], name).annual_rate for name in ("underpayment", "corporate", "noncorporate")}
    assert classes == {"underpayment": Q2[2], "corporate": Q2[3], "noncorporate": Q2[4]}


def test_rows_may_come_in_any_order_and_with_further_columns():
    table = RateTable.from_rows([(*Q2, "source"), (*Q1, "source")])
    assert [quarter.quarter_start for quarter in table] == [Q1[0], Q2[0]]


@pytest.mark.parametrize(
    ("rows", "message"),
    [
        ([], "no quarter in it"),
        ([Q1, Q3], "no quarter between 2026-03-31 and 2026-07-01"),
        ([Q1, Q2, Q2], "quarter from 2026-04-01 twice"),
        ([(date(2026, 1, 1), date(2026, 3, 30), *Q1[2:])], "not one whole calendar quarter"),
        ([(date(2026, 2, 1), date(2026, 4, 30), *Q1[2:])], "not one whole calendar quarter"),
        ([(*Q1[:3], Decimal(6), Q1[4])], r"overpayment_corporate_rate .* is 6; a rate is a decimal fraction"),
        ([(*Q1[:3], Decimal("-0.01"), Q1[4])], "decimal fraction"),
        ([(*Q1[:3], 0.06, Q1[4])], "decimal fraction"),
        ([(*Q1[:3], Decimal("0.0600001"), Q1[4])], "at most six decimals"),
    ],
)
def test_a_broken_table_is_refused_in_a_sentence(rows, message):
    with pytest.raises(InterestError, match=message):
        RateTable.from_rows(rows)


def test_percents_and_fractions_read_alike(tmp_path):
    percent = RateTable.from_csv(written(tmp_path, "2026-04-01,2026-06-30,6,5,6"))
    fraction = RateTable.from_csv(written(tmp_path, "2026-04-01,2026-06-30,0.060000,0.050000,0.060000"))
    assert percent.quarters == fraction.quarters == (QuarterRates(*Q2),)


def test_one_percent_is_a_percent_and_a_hair_less_is_a_fraction(tmp_path):
    one = RateTable.from_csv(written(tmp_path, "2026-04-01,2026-06-30,1,1,1"))
    less = RateTable.from_csv(written(tmp_path, "2026-04-01,2026-06-30,0.99,0.99,0.99"))
    assert one.quarters[0].underpayment_rate == Decimal("0.01")
    assert less.quarters[0].underpayment_rate == Decimal("0.99")


def test_a_withdrawn_row_is_left_out(tmp_path):
    path = written(
        tmp_path,
        "2026-04-01,2026-06-30,0.08,0.08,0.08,2026-05-01",
        "2026-04-01,2026-06-30,0.06,0.05,0.06,",
        header=HEADER + ",withdrawn_date",
    )
    assert RateTable.from_csv(path).quarters == (QuarterRates(*Q2),)


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("2026-04-01,2026-06-30,6,five,6", r"rates\.csv, line 2: overpayment_corporate_rate is 'five'"),
        ("2026-04-01,2026-06-30,6,,6", "line 2: overpayment_corporate_rate is ''"),
        ("2026-04-01,30/06/2026,6,5,6", "line 2: quarter_end is '30/06/2026', which is not a date"),
        ("2026-04-01,2026-06-30,6,-5,6", "which is not a rate"),
        ("2026-04-01,2026-06-30,6,NaN,6", "which is not a rate"),
        ("2026-04-01,2026-06-30,6,0.05,6", "mixes rates"),
    ],
)
def test_an_unreadable_file_is_refused_with_its_row_and_column(tmp_path, line, message):
    with pytest.raises(InterestError, match=message):
        RateTable.from_csv(written(tmp_path, line))


def test_a_file_without_a_rate_column_is_refused_by_the_columns_name(tmp_path):
    with pytest.raises(InterestError, match="lacks the column underpayment_rate"):
        RateTable.from_csv(written(tmp_path, "2026-04-01,2026-06-30", header="quarter_start,quarter_end"))


def test_a_quarter_past_the_table_is_refused_or_carried_by_name():
    table = RateTable.from_rows([Q1, Q2])
    with pytest.raises(RatesNotPublished, match="2026-04-01 to 2026-06-30"):
        table.rate(date(2026, 7, 1), "corporate")
    carried = table.rate(date(2026, 7, 1), "corporate", carry_forward=True)
    assert (carried.annual_rate, carried.carried_forward) == (Decimal("0.05"), True)
