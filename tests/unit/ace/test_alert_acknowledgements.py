"""alerts_ack.csv is known by its columns and loads; a row that does not say who saw to what and when is set aside."""

from datetime import date

import pytest

from tests.unit.ace.intake import Intake

HEADER = ["alert_key", "acknowledged_by", "acknowledged_on", "acknowledged_note", "until_date"]
ROW = ["ES022-BLANK MYK01010039", "A. Broker", "2026-07-20", "wrote to CBP", "2026-08-10"]
TABLE = "alert_acknowledgements"
COLUMNS = ", ".join(HEADER)


def test_an_acknowledgement_loads_as_it_was_written(intake: Intake) -> None:
    path = intake.csv([HEADER, ROW], "alerts_ack.csv")
    assert intake.inspect(path).report_code == "ALERTS-ACK"
    intake.load(path)
    assert intake.rows(TABLE, COLUMNS) == [(*ROW[:2], date(2026, 7, 20), ROW[3], date(2026, 8, 10))]


def test_note_and_last_day_may_be_left_out_and_short_names_will_do(intake: Intake) -> None:
    result = intake.load(intake.csv([["alert", "by", "date"], ROW[:3]]))
    assert (result.rows_loaded, result.rows_quarantined) == (1, 0)
    assert intake.rows(TABLE, COLUMNS) == [(*ROW[:2], date(2026, 7, 20), None, None)]


@pytest.mark.parametrize("place", [0, 1, 2])
def test_a_row_that_does_not_say_what_who_or_when_is_set_aside(intake: Intake, place: int) -> None:
    bad = [*ROW[:place], "", *ROW[place + 1 :]]
    intake.load(intake.csv([HEADER, *[ROW] * 40, bad]))
    ((column, reason),) = {row[1:3] for row in intake.quarantine()}
    assert (column, reason) == (HEADER[place], "required_value_missing")
    assert len(intake.rows(TABLE, "alert_key")) == 40


def test_a_day_that_cannot_be_read_is_set_aside(intake: Intake) -> None:
    intake.load(intake.csv([HEADER, *[ROW] * 40, [*ROW[:2], "last week", "", ""]]))
    ((_, column, reason, value),) = intake.quarantine()
    assert (column, reason, value) == ("acknowledged_on", "date_unreadable", "last week")
