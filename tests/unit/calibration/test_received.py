"""A file of received refunds is read as people write it, and what cannot be used is listed, never dropped."""

from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest
import xlsxwriter

from cape_pipeline.ace.errors import UnreadableExport
from cape_pipeline.calibration.columns import COLUMNS
from cape_pipeline.calibration.received import read_refunds
from tests.unit.calibration.made_up import RATES

HEADER = "entry_number,principal_usd,deposit_date,liquidation_date,interest_usd"
GOOD = "ABC-1234567-6,1000.00,2025-05-15,2026-06-10,64.31"


def written(folder: Path, *lines: str, name: str = "refunds.csv", encoding: str = "utf-8") -> Path:
    path = folder / name
    path.write_text("\n".join(lines) + "\n", encoding=encoding)
    return path


def read(folder, *lines, **options):
    return read_refunds(written(folder, *lines, **options), RATES)


def sentences(received):
    return [row.sentence for row in received.set_aside]


def test_a_row_is_a_refund_of_one_deposit(tmp_path):
    received = read(tmp_path, HEADER, GOOD)
    (refund,) = received.refunds
    assert (refund.name, refund.principal_usd, refund.interest_usd) == (
        "ABC12345676", Decimal("1000.00"), Decimal("64.31"),
    )  # fmt: skip
    assert refund.deposits[0].deposit_date == date(2025, 5, 15)
    assert (refund.liquidation_date, refund.payment_date, refund.rate_class) == (date(2026, 6, 10), None, None)
    assert (received.set_aside, received.rows_read, received.is_damaged) == ((), 1, False)


def test_headers_dates_and_amounts_may_be_written_as_ace_and_people_write_them(tmp_path):
    received = read(
        tmp_path,
        "My refunds of this year",
        "",
        "Entry Summary Number;Refund Number;Principal Amount;Collection Date;Reliquidation Date;Interest Amount;"
        "Refund Date;Rate Class;Note",
        'ABC12345676;R1;"$10,000,000,000.00";05/15/2025;6/10/2026;"643,068,695.61";2026-06-20;Non-corporate;x',
        encoding="utf-16",
    )
    (refund,) = received.refunds
    assert refund.principal_usd == Decimal("10000000000.00")
    assert (refund.interest_usd, refund.rate_class) == (Decimal("643068695.61"), "noncorporate")
    assert (refund.liquidation_date, refund.payment_date) == (date(2026, 6, 10), date(2026, 6, 20))
    assert refund.payment == "R1"
    assert refund.deposits[0].row_number == 4


def test_a_workbook_is_read_like_a_text(tmp_path):
    path = tmp_path / "refunds.xlsx"
    with xlsxwriter.Workbook(path) as book:
        sheet = book.add_worksheet()
        day = book.add_format({"num_format": "yyyy-mm-dd"})
        sheet.write_row(0, 0, HEADER.split(","))
        sheet.write_string(1, 0, "ABC12345676")
        sheet.write_number(1, 1, 1000.1)
        sheet.write_datetime(1, 2, date(2025, 5, 15), day)
        sheet.write_datetime(1, 3, date(2026, 6, 10), day)
        sheet.write_number(1, 4, 64.31)
        sheet.write_row(2, 0, ["ABC12345684", "soon", "2025-05-15", "2026-06-10", "1.00"])
    received = read_refunds(path, RATES)
    (refund,) = received.refunds
    assert (refund.principal_usd, refund.interest_usd) == (Decimal("1000.10"), Decimal("64.31"))
    assert (refund.deposits[0].deposit_date, refund.liquidation_date) == (date(2025, 5, 15), date(2026, 6, 10))
    assert sentences(received) == [
        "row 3, principal_usd: 'soon' is not an amount; write dollars and whole cents, such as 1234.56"
    ]


def test_rows_of_one_refund_are_its_deposits_and_interest_is_written_once_or_alike(tmp_path):
    received = read(
        tmp_path,
        "refund_id," + HEADER,
        "R1,ABC12345676,1000.00,2025-05-15,2026-06-10,90.00",
        "R1,ABC12345676,500.00,2025-07-15,,",
        "R1,ABC12345684,200.00,2025-07-15,2026-06-10,12.00",
        "R2,,300.00,2025-07-15,2026-06-10,12.00",
        "R2,,300.00,2025-07-15,2026-06-10,12.00",
        ",,50.00,2025-07-15,2026-06-10,2.00",
    )
    assert [(r.name, r.payment, len(r.deposits), r.principal_usd, r.interest_usd) for r in received.refunds] == [
        ("R1 ABC12345676", "R1", 2, Decimal("1500.00"), Decimal("90.00")),
        ("R1 ABC12345684", "R1", 1, Decimal("200.00"), Decimal("12.00")),
        ("R2", "R2", 2, Decimal("600.00"), Decimal("12.00")),
        ("row 7", "row 7", 1, Decimal("50.00"), Decimal("2.00")),
    ]
    assert not received.set_aside


def test_late_interest_stated_apart_is_added(tmp_path):
    received = read(tmp_path, HEADER + ",late_interest_usd,payment_date", GOOD + ",5.20,2026-08-01")
    assert received.refunds[0].interest_usd == Decimal("69.51")


@pytest.mark.parametrize(
    ("row", "told"),
    [
        ("X,1O00.00,2025-05-15,2026-06-10,64.31", "row 3, principal_usd: '1O00.00' is not an amount"),
        ("X,10.001,2025-05-15,2026-06-10,64.31", "row 3, principal_usd: '10.001' is not an amount"),
        ("X,-10.00,2025-05-15,2026-06-10,64.31", "row 3, principal_usd: '-10.00' is below zero"),
        ("X,,2025-05-15,2026-06-10,64.31", "row 3, principal_usd: the cell is empty, and no row can do without it"),
        ("X,10.00,2025-13-15,2026-06-10,64.31", "row 3, deposit_date: '2025-13-15' is not a date"),
        ("X,10.00,,2026-06-10,64.31", "row 3, deposit_date: the cell is empty, and no row can do without it"),
        ("X,10.00,2025-05-15,soon,64.31", "row 3, liquidation_date: 'soon' is not a date"),
        ("X,10.00,2025-05-15,,64.31", "row 3, liquidation_date: the cell is empty, and no refund can do without it"),
        ("X,10.00,2025-05-15,2026-06-10,n/a", "row 3, interest_usd: 'n/a' is not an amount"),
        ("X,10.00,2025-05-15,2026-06-10,", "row 3, interest_usd: the cell is empty, and no refund can do without it"),
        ("X,10.00,2025-05-15,2026-06-10,-1.00", "row 3, interest_usd: '-1.00' is below zero"),
        ("X,10.00,2025-05-15,2026-06-10,1.00,2", "row 3: the row has more cells than the header"),
    ],
)
def test_a_damaged_cell_is_named_with_row_column_and_what_stands_there(tmp_path, row, told):
    received = read(tmp_path, HEADER, GOOD, row)
    (sentence,) = sentences(received)
    assert sentence.startswith(told)
    assert received.is_damaged
    assert len(received.refunds) == 1


@pytest.mark.parametrize(
    ("row", "told"),
    [
        ("X,0.00,2025-05-15,2026-06-10,0.00", "row 3, principal_usd: no interest can be told from a principal of zero"),
        (
            "X,9.00,2026-06-11,2026-06-10,0.00",
            "row 3, deposit_date: 2026-06-11 lies after the liquidation on 2026-06-10",
        ),
        (
            "X,9.00,1982-12-31,2026-06-10,0.00",
            "row 3, deposit_date: 1982-12-31 lies before the first published rate, of the quarter from 1983-01-01",
        ),
        (
            "X,9.00,2026-06-11,2027-01-01,0.00",
            "row 3, liquidation_date: 2027-01-01 lies after 2026-12-31, the last day with a published rate",
        ),
    ],
)
def test_a_readable_row_that_cannot_be_fitted_is_listed_and_is_no_damage(tmp_path, row, told):
    received = read(tmp_path, HEADER, GOOD, row)
    assert sentences(received) == [told]
    assert not received.is_damaged
    assert len(received.refunds) == 1


def test_days_on_the_edges_are_used(tmp_path):
    rows = ["A,9.00,2026-06-10,2026-06-10,0.00,2026-06-10", "B,9.00,1983-01-01,2026-12-31,0.00,2026-12-31"]
    assert len(read(tmp_path, HEADER + ",payment_date", *rows).refunds) == 2


def test_a_payment_before_liquidation_is_set_aside(tmp_path):
    received = read(tmp_path, HEADER + ",payment_date", GOOD + ",2026-06-09")
    assert sentences(received) == ["row 2, payment_date: 2026-06-09 lies before the liquidation on 2026-06-10"]


def test_one_bad_row_sets_its_whole_refund_aside_and_no_other(tmp_path):
    received = read(
        tmp_path,
        "refund_id," + HEADER,
        "R1,,1000.00,2025-05-15,2026-06-10,90.00",
        "R1,,?,2025-05-15,,",
        "R2,,1000.00,2025-05-15,2026-06-10,90.00",
    )
    assert [refund.name for refund in received.refunds] == ["R2"]
    assert [(row.row_number, row.column) for row in received.set_aside] == [(2, None), (3, "principal_usd")]
    assert sentences(received)[0] == "row 2: another row of refund R1 cannot be used"


@pytest.mark.parametrize("column", ["interest_usd", "liquidation_date"])
def test_rows_of_one_refund_that_differ_in_what_it_has_once_are_listed(tmp_path, column):
    cells = {"interest_usd": "91.00", "liquidation_date": "2026-06-11"}
    other = {"interest_usd": "90.00", "liquidation_date": "2026-06-10"} | {column: cells[column]}
    received = read(
        tmp_path,
        HEADER,
        "E,1000.00,2025-05-15,2026-06-10,90.00",
        f"E,1000.00,2025-05-15,{other['liquidation_date']},{other['interest_usd']}",
    )
    assert not received.refunds
    assert [(row.row_number, row.column) for row in received.set_aside] == [(2, column), (3, column)]


def test_a_total_row_is_listed_too(tmp_path):
    received = read(tmp_path, HEADER, GOOD, "Total,1000.00,,,64.31")
    assert len(received.refunds) == 1
    assert {row.row_number for row in received.set_aside} == {3}


@pytest.mark.parametrize("word", ["", "unknown", "both"])
def test_a_rate_class_may_be_left_unknown(tmp_path, word):
    assert read(tmp_path, HEADER + ",rate_class", f"{GOOD},{word}").refunds[0].rate_class is None


def test_a_rate_class_that_is_none_is_named(tmp_path):
    received = read(tmp_path, HEADER + ",rate_class", GOOD + ",LLC")
    assert sentences(received)[0].startswith("row 2, rate_class: 'LLC' is not a rate class; write corporate")


@pytest.mark.parametrize(
    ("rate", "duty"), [("2.5%", "25.00"), ("0.025", "25.00"), ("Free", "0.00"), ("2.5 %", "25.00"), ("0.0555%", "0.56")]
)
def test_column_1_duty_comes_from_value_and_rate(tmp_path, rate, duty):
    header = HEADER + ",paid_row_usd,goods_value_usd,column_1_rate"
    (refund,) = read(tmp_path, header, f"{GOOD},150.00,1000.00,{rate}").refunds
    assert refund.deposits[0].column_1_duty_usd == Decimal(duty)


def test_column_1_duty_stated_itself_goes_before(tmp_path):
    header = HEADER + ",column_1_duty_usd,goods_value_usd,column_1_rate"
    assert read(tmp_path, header, f"{GOOD},7.00,1000.00,2.5%").refunds[0].deposits[0].column_1_duty_usd == 7


@pytest.mark.parametrize("rate", ["2.5", "5 cents/kg", "1.5%/x"])
def test_a_column_1_rate_that_cannot_be_told_is_named(tmp_path, rate):
    received = read(tmp_path, HEADER + ",column_1_rate", f"{GOOD},{rate}")
    assert sentences(received)[0].startswith(f"row 2, column_1_rate: '{rate}' is not a rate")


def test_a_header_that_lacks_needed_columns_names_them(tmp_path):
    with pytest.raises(UnreadableExport, match="the header lacks 'deposit_date' and 'interest_usd'"):
        read(tmp_path, "entry_number,principal_usd,liquidation_date", "A,1,2026-06-10")
    with pytest.raises(UnreadableExport, match="no row of the first 60 names the columns 'principal_usd'"):
        read(tmp_path, "a,b,c", "1,2,3")


def test_two_headers_for_one_column_are_refused(tmp_path):
    with pytest.raises(UnreadableExport, match="'interest_usd' and 'Interest Amount' all name interest_usd"):
        read(tmp_path, HEADER + ",Interest Amount", GOOD + ",1")


def test_an_empty_file_and_a_missing_one_are_told(tmp_path):
    with pytest.raises(UnreadableExport, match="the file is empty"):
        read_refunds(written(tmp_path, "", name="empty.csv"), RATES)
    with pytest.raises(UnreadableExport, match="there is no such file"):
        read_refunds(tmp_path / "none.csv", RATES)


def test_a_header_alone_has_no_refund(tmp_path):
    received = read(tmp_path, HEADER)
    assert (received.refunds, received.set_aside, received.rows_read) == ((), (), 0)


def test_no_header_names_two_columns():
    keys = [key for column in COLUMNS for key in column.keys]
    assert len(keys) == len(set(keys))
