"""payments.alerts: from which day a concern is an alert, which one speaks where two could, and who has seen to it."""

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import duckdb
import pytest

from cape_pipeline.contracts import fields as f
from tests.support.tables import put, rows_of
from tests.tables.conftest import AS_OF
from tests.tables.payments.alert_cases import (
    CLAIM,
    ENTRY,
    HUNDRED,
    IMPORTER,
    SITUATIONS,
    days,
    es022_blank,
    liquidation_overdue,
    live_codes,
    put_accepted,
    put_entry,
    put_importer,
    put_load,
    put_reports,
    report_undated,
    treasury_slow,
)
from tests.tables.promises import broken_promises, build

Connection = duckdb.DuckDBPyConnection
pytestmark = pytest.mark.usefixtures("alert_codes")
CODES = {row["alert_code"]: row for row in live_codes().iter_rows(named=True)}
CLOCKED = [code for code, row in CODES.items() if row["clock_days"] is not None]
KEY = f"ES022-BLANK {ENTRY}"


def raised(con: Connection) -> dict[str, dict[str, Any]]:
    """The alerts by code, the last of a code; all of them keep the contract."""
    for concerns in ("payments.refund_concerns", "payments.wider_concerns"):
        build(con, concerns)
    assert broken_promises(con, "payments.alerts") == []
    return {row["alert_code"]: row for row in rows_of(con, "payments.alerts")}


def counted_day(code: str, offset: int, clock_days: int | None = None) -> date:
    """The day the clock counts from or to, so that the limit was reached `offset` days ago."""
    told = CODES[code]["clock_days"] if clock_days is None else clock_days
    return days((told if CODES[code]["clock_rule"] == "before" else -told) - offset)


def first_offset(code: str) -> int:
    """Days from the limit to the first day the alert stands: past a limit is the day after it."""
    return 1 if CODES[code]["clock_rule"] == "after" else 0


# ---- every code and its clock ---------------------------------------------------------------------------------------


def test_every_code_has_a_situation_and_every_situation_a_code() -> None:
    assert set(SITUATIONS) == set(CODES)


@pytest.mark.parametrize("code", CLOCKED)
def test_an_alert_stands_from_the_first_day_of_its_clock_and_not_a_day_before(con: Connection, code: str) -> None:
    first = first_offset(code)
    SITUATIONS[code](con, counted_day(code, first))
    alert = raised(con)[code]
    assert (alert["days_late"], alert["since_date"], alert["first_seen"]) == (first, days(-first), AS_OF)


@pytest.mark.parametrize("code", CLOCKED)
def test_there_is_no_alert_the_day_before(con: Connection, code: str) -> None:
    SITUATIONS[code](con, counted_day(code, first_offset(code) - 1))
    assert code not in raised(con)


@pytest.mark.parametrize("code", CLOCKED)
def test_another_number_of_days_in_the_registry_is_another_limit(con: Connection, code: str) -> None:
    longer = CODES[code]["clock_days"] + 2
    con.execute("update registry.alert_codes set clock_days = ? where alert_code = ?", [longer, code])
    first = first_offset(code)
    SITUATIONS[code](con, counted_day(code, first, clock_days=longer))
    assert raised(con)[code]["first_seen"] == AS_OF


@pytest.mark.parametrize("code", [code for code in CODES if code not in CLOCKED and code != "REPORT-UNDATED"])
def test_an_alert_without_a_clock_stands_from_the_day_itself(con: Connection, code: str) -> None:
    SITUATIONS[code](con, days(-5))
    alert = raised(con)[code]
    assert (alert["since_date"], alert["first_seen"], alert["days_late"]) == (days(-5), days(-5), 5)


@pytest.mark.parametrize("code", [code for code in CODES if code not in CLOCKED and code != "REPORT-UNDATED"])
def test_what_is_dated_after_the_day_is_no_alert(con: Connection, code: str) -> None:
    SITUATIONS[code](con, days(1))
    assert code not in raised(con)


def test_what_no_report_dates_stands_as_of_the_day(con: Connection) -> None:
    report_undated(con, AS_OF)
    alert = raised(con)["REPORT-UNDATED"]
    assert (alert["since_date"], alert["first_seen"], alert["days_late"]) == (AS_OF, AS_OF, 0)


@pytest.mark.parametrize("code", CODES)
def test_an_alert_says_what_the_registry_says_of_its_code_and_speaks_in_sentences(con: Connection, code: str) -> None:
    told = CODES[code]
    day = days(-5) if code not in CLOCKED else counted_day(code, first_offset(code))
    SITUATIONS[code](con, day)
    alert = raised(con)[code]
    assert alert["alert_key"].startswith(f"{code} ")
    assert alert["severity"] == told["severity"]
    assert f.ALERT_SEVERITIES[alert["severity_order"] - 1] == told["severity"]
    assert (alert["next_action"], alert["cbp_mailbox"]) == (told["next_action"], told["cbp_mailbox"])
    for sentence in (alert["message"], alert["next_action"]):
        assert sentence.endswith(".")
        assert "  " not in sentence


def test_a_withdrawn_code_raises_nothing(con: Connection) -> None:
    con.execute("update registry.alert_codes set withdrawn_date = date '2026-11-22' where alert_code = 'ES022-BLANK'")
    es022_blank(con, days(-90))
    assert "ES022-BLANK" not in raised(con)


def test_the_day_to_act_by_counts_from_where_the_clock_counts(con: Connection) -> None:
    SITUATIONS["CLIENT-ACCOUNTING-DUE"](con, days(-50))
    alert = raised(con)["CLIENT-ACCOUNTING-DUE"]
    assert (alert["since_date"], alert["due_date"]) == (days(-5), days(10))


# ---- nothing the matter ---------------------------------------------------------------------------------------------


def test_nothing_received_raises_nothing(con: Connection) -> None:
    assert raised(con) == {}


def test_nothing_received_raises_nothing_without_a_day_either(con: Connection) -> None:
    con.execute("delete from registry.as_of")
    assert raised(con) == {}


ALL_CLOCKS = {
    "protective_action": "file_protest",
    "protective_deadline_date": days(5),
    "protest_deadline_date": days(5),
    "cape_deadline_date": days(5),
    "reliquidation_deadline_date": days(-85),
    "court_deadline_conservative_date": days(5),
    "recon_flag": True,
    "recon_due_date": days(5),
    "is_accepted": True,
    "accepted_date": days(-100),
    "liquidation_state": "liquidated",
    "liquidation_date": days(-175),
}


def test_an_entry_that_is_refunded_and_settled_concerns_nobody(con: Connection) -> None:
    put_entry(con, cape_status="refunded", recommended_path="none", refund_number="R1", **ALL_CLOCKS)
    put_entry(con, "ABC00000002", cape_status="no_ieepa", recommended_path="none", **ALL_CLOCKS)
    assert raised(con) == {}


def test_an_entry_on_which_nothing_can_be_refunded_concerns_nobody(con: Connection) -> None:
    nothing = {"refund_principal_usd": Decimal(0), "refund_principal_high_usd": Decimal(0)}
    put_reports(con)
    put_accepted(con, **{**ALL_CLOCKS, **nothing})
    assert raised(con) == {}


def test_an_entry_of_which_no_amount_is_known_is_told_without_one(con: Connection) -> None:
    unknown = {"refund_principal_usd": None, "refund_principal_high_usd": None, "open_principal_usd": None}
    put_reports(con)
    put_accepted(con, accepted_date=days(-61), **unknown)
    assert raised(con)["ES022-BLANK"]["amount_usd"] is None


# ---- one matter, one alert ------------------------------------------------------------------------------------------


def test_every_code_gives_way_to_a_code_there_is_and_none_in_a_circle() -> None:
    for code, row in CODES.items():
        followed = [code]
        while row["yields_to"] is not None:
            assert row["yields_to"] not in followed
            followed.append(row["yields_to"])
            row = CODES[row["yields_to"]]


@pytest.mark.parametrize(("ago", "code"), [(46, None), (47, "LIQUIDATION-OVERDUE"), (60, "LIQUIDATION-OVERDUE")])
def test_an_unliquidated_entry_is_overdue_until_es022_is_blank_too_long(
    con: Connection, ago: int, code: str | None
) -> None:
    put_reports(con)
    liquidation_overdue(con, days(-ago))
    assert list(raised(con)) == ([] if code is None else [code])


def test_a_blank_es022_takes_the_place_of_an_overdue_liquidation(con: Connection) -> None:
    put_reports(con)
    liquidation_overdue(con, days(-61))
    assert list(raised(con)) == ["ES022-BLANK"]


def test_the_days_of_the_law_take_the_place_of_a_blank_es022(con: Connection) -> None:
    put_reports(con)
    put_accepted(
        con,
        liquidation_state="liquidated",
        accepted_date=days(-90),
        liquidation_date=days(-31),
        reliquidation_date=days(-31),
    )
    assert list(raised(con)) == ["RELIQUIDATED-NO-REFUND"]


def test_the_protest_clock_takes_the_place_of_what_warned_of_it(con: Connection) -> None:
    put_reports(con)
    accepted = {"liquidation_state": "liquidated", "liquidation_date": days(-150), "protective_action": "file_protest"}
    clocks = {"protest_deadline_date": days(30), "reliquidation_deadline_date": days(-60)}
    put_accepted(con, **accepted, **clocks, protective_deadline_date=days(30))
    assert list(raised(con)) == ["PROTEST-CLOCK"]


def test_missing_ach_data_take_the_place_of_a_slow_treasury(con: Connection) -> None:
    put_importer(con, ach_enrolled=False)
    treasury_slow(con, days(-40))
    assert list(raised(con)) == ["ACH-DATA-MISSING"]


# ---- whom it concerns -----------------------------------------------------------------------------------------------


def test_an_alert_names_entry_claim_importer_client_and_amount(con: Connection) -> None:
    put_importer(con, client_id="C-7")
    es022_blank(con, days(-61))
    alert = raised(con)["ES022-BLANK"]
    assert (alert["alert_key"], alert["entry_number"], alert["refund_number"]) == (KEY, ENTRY, None)
    assert (alert["claim_number"], alert["importer_number"], alert["client_id"]) == (CLAIM, IMPORTER, "C-7")
    assert (alert["amount_usd"], alert["as_of_date"]) == (HUNDRED, AS_OF)


def test_a_client_is_found_by_any_spelling_of_the_importer_and_unknown_without_importers_csv(con: Connection) -> None:
    es022_blank(con, days(-61))
    assert raised(con)["ES022-BLANK"]["client_id"] is None
    con.execute("update entries.eligibility_decisions set importer_number = '12-345678900'")
    put_importer(con, client_id="C-7")
    assert raised(con)["ES022-BLANK"]["client_id"] == "C-7"


# ---- acknowledged ---------------------------------------------------------------------------------------------------


def acknowledge(con: Connection, number: int = 500, key: str = KEY, **said: Any) -> None:
    given = {"acknowledged_by": "A. Broker", "acknowledged_on": AS_OF, **said}
    load_id = put_load(con, "ALERTS-ACK", number)
    put(con, "ace.alert_acknowledgements", load_id=load_id, source_row=1, alert_key=key, **given)


def seen_to(con: Connection) -> tuple[Any, ...]:
    alert = raised(con)["ES022-BLANK"]
    return alert["is_acknowledged"], alert["acknowledged_by"], alert["acknowledged_on"], alert["acknowledged_note"]


def test_an_acknowledged_alert_stays_and_says_who_saw_to_it(con: Connection) -> None:
    es022_blank(con, days(-70))
    assert seen_to(con) == (False, None, None, None)
    acknowledge(con, acknowledged_on=days(-2), acknowledged_note="wrote to CBP")
    assert seen_to(con) == (True, "A. Broker", days(-2), "wrote to CBP")


@pytest.mark.parametrize(("until", "is_seen_to"), [(0, True), (1, True), (-1, False)])
def test_an_acknowledgement_holds_to_its_last_day(con: Connection, until: int, *, is_seen_to: bool) -> None:
    es022_blank(con, days(-70))
    acknowledge(con, acknowledged_on=days(-3), until_date=days(until))
    assert seen_to(con)[0] is is_seen_to


@pytest.mark.parametrize(("said", "is_seen_to"), [(-9, True), (-10, False), (1, False)])
def test_an_acknowledgement_counts_from_the_day_the_alert_stood_and_not_before_it_was_given(
    con: Connection, said: int, *, is_seen_to: bool
) -> None:
    es022_blank(con, days(-70))
    acknowledge(con, acknowledged_on=days(said))
    assert seen_to(con)[0] is is_seen_to


def test_the_newest_of_several_acknowledgements_speaks(con: Connection) -> None:
    es022_blank(con, days(-70))
    acknowledge(con, 500, acknowledged_on=days(-1), acknowledged_by="Newer")
    acknowledge(con, 501, acknowledged_on=days(-2), acknowledged_by="Older")
    assert seen_to(con)[1] == "Newer"


def test_each_alert_has_an_acknowledgement_of_its_own(con: Connection) -> None:
    es022_blank(con, days(-70))
    put_accepted(con, "ABC00000002", liquidation_state="liquidated", accepted_date=days(-70))
    acknowledge(con, 500, acknowledged_on=days(-2), acknowledged_by="Of the first")
    acknowledge(con, 501, "ES022-BLANK ABC00000002", acknowledged_on=days(-1), acknowledged_by="Of the second")
    assert raised(con)
    told = {row["alert_key"]: row["acknowledged_by"] for row in rows_of(con, "payments.alerts")}
    assert (told[KEY], told["ES022-BLANK ABC00000002"]) == ("Of the first", "Of the second")


def test_an_acknowledgement_of_another_alert_or_in_a_file_that_was_replaced_says_nothing(con: Connection) -> None:
    es022_blank(con, days(-70))
    acknowledge(con, 500, key="ES022-BLANK ABC00000002")
    put(con, "ace.alert_acknowledgements", load_id="gone", source_row=1, alert_key=KEY, acknowledged_on=AS_OF)
    assert seen_to(con)[0] is False


def test_an_alert_no_report_dates_may_have_been_seen_to_on_any_day(con: Connection) -> None:
    report_undated(con, AS_OF)
    acknowledge(con, key="REPORT-UNDATED REV-603", acknowledged_on=AS_OF - timedelta(days=30))
    assert raised(con)["REPORT-UNDATED"]["is_acknowledged"] is True
