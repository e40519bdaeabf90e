"""How `entries.status_facts` reads what reports print and users state, each fact from the newest source that has it.

Belongs here: printed texts, blank cells against absent columns, which source wins, the deposit day. Does not belong
here: how versions of an entry come to be (`ace.entry_versions`), anything of the as-of day.
"""

from datetime import date
from typing import Any

import duckdb
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.oracle import reconciliation
from tests.support.tables import empty_tables, put, rows_of
from tests.tables.entries.cases import ENTRY, put_load
from tests.tables.promises import broken_promises

Connection = duckdb.DuckDBPyConnection


def on(day: str) -> date:
    return date.fromisoformat(day)


def put_entry(con: Connection, *versions: dict[str, Any], **baseline: Any) -> None:
    """An entry with its versions, the oldest first."""
    put(con, "lines.entry_baselines", **{"entry_number": ENTRY, "importer_key": "12-3456789", **baseline})
    for ordinal, version in enumerate(versions, start=1):
        put(con, "ace.entry_versions", **{"entry_number": ENTRY, "version_ordinal": ordinal, **version})


def facts_of(con: Connection) -> dict[str, Any]:
    assert broken_promises(con, "entries.status_facts") == []
    (row,) = rows_of(con, "entries.status_facts")
    return row


def status(text: str | None, **more: Any) -> dict[str, Any]:
    return {
        "has_liquidation_status_column": True,
        "has_liquidation_date_column": True,
        "liquidation_status": text,
        **more,
    }


def flag(text: str | None, **more: Any) -> dict[str, Any]:
    return {
        "has_reconciliation_column": True,
        "has_fta_reconciliation_column": True,
        "has_reconciliation_due_date_column": True,
        "reconciliation_indicator": text,
        **more,
    }


def protest(text: str | None, **more: Any) -> dict[str, Any]:
    return {"has_protest_column": True, "protest_status": text, **more}


def state_facts(con: Connection, **facts: Any) -> None:
    put(con, "ace.current_entry_facts", entry_number=ENTRY, **facts)


# ---- liquidation --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("printed", "state"),
    [
        ("Liquidated", "liquidated"), (" LIQUIDATED ", "liquidated"), ("Reliquidated", "liquidated"),
        ("Unliquidated", "unliquidated"), ("Not Liquidated", "unliquidated"), ("Pending", "unliquidated"),
        ("Set", "unliquidated"), ("Scheduled for Liquidation", "unliquidated"), ("Suspended", "suspended"),
        ("Suspended - AD/CVD", "suspended"), ("Suspension", "suspended"), ("Extended", "extended"),
        ("EXTENDED (1)", "extended"), ("Under Review", "under_review"), ("Under-Review", "under_review"),
        ("Frozen", None), ("", None), (None, None),
    ],
)  # fmt: skip
def test_the_printed_liquidation_status_has_one_meaning_or_is_unknown(
    con: Connection, printed: str | None, state: str | None
) -> None:
    put_entry(con, status(printed))
    facts = facts_of(con)
    assert (facts["liquidation_state"], facts["liquidation_status"]) == (state, printed)


def test_the_newest_version_that_has_the_liquidation_columns_gives_status_date_and_their_day(con: Connection) -> None:
    put_entry(
        con,
        status("Unliquidated", report_run_date=on("2026-05-01")),
        status("Liquidated", liquidation_date=on("2026-06-05"), report_run_date=on("2026-06-12")),
        {"has_liquidation_status_column": False, "report_run_date": on("2026-07-10")},
    )
    facts = facts_of(con)
    assert facts["liquidation_state"] == "liquidated"
    assert facts["reported_liquidation_date"] == on("2026-06-05")
    assert facts["status_as_of_date"] == on("2026-06-12")


def test_a_blank_cell_in_the_newest_version_takes_an_older_status_back(con: Connection) -> None:
    put_entry(con, status("Liquidated", liquidation_date=on("2026-06-05")), status(None))
    facts = facts_of(con)
    assert (facts["liquidation_state"], facts["reported_liquidation_date"]) == (None, None)


@pytest.mark.parametrize(("printed", "read"), [("1999-12-31", None), ("2000-01-01", "2000-01-01")])
def test_a_liquidation_date_from_before_2000_is_a_placeholder(con: Connection, printed: str, read: str | None) -> None:
    put_entry(con, status("Unliquidated", liquidation_date=on(printed)))
    assert facts_of(con)["reported_liquidation_date"] == (read and on(read))


def test_an_entry_without_a_version_has_no_status(con: Connection) -> None:
    put_entry(con, baseline_basis="none_es022_only")
    facts = facts_of(con)
    assert {facts[name] for name in ("liquidation_state", "recon_flag", "protest_state", "recon_09_filed")} == {None}


def test_a_status_whose_version_has_no_date_keeps_the_date_of_an_older_version_of_the_same_status(
    con: Connection,
) -> None:
    put_entry(
        con,
        status("Liquidated", liquidation_date=on("2026-06-05"), report_run_date=on("2026-06-12")),
        status("Liquidated", has_liquidation_date_column=False, report_run_date=on("2026-07-10")),
    )
    facts = facts_of(con)
    assert (facts["reported_liquidation_date"], facts["status_as_of_date"]) == (on("2026-06-05"), on("2026-07-10"))


def test_a_new_status_without_a_date_takes_no_date_of_another_status(con: Connection) -> None:
    put_entry(
        con,
        status("Unliquidated", liquidation_date=on("2026-06-05")),
        status("Liquidated", has_liquidation_date_column=False),
    )
    facts = facts_of(con)
    assert (facts["liquidation_state"], facts["reported_liquidation_date"]) == ("liquidated", None)


# ---- notices of liquidation ---------------------------------------------------------------------------------------


def notice(con: Connection, load: int, liquidated: str | None, run: str | None = None, **columns: Any) -> None:
    """One ES-701 with one row, as of 20 July 2026."""
    if not con.execute("select count(*) from registry.as_of").fetchall()[0][0]:
        put(con, "registry.as_of", as_of_date=on("2026-07-20"))
    load_id = put_load(con, load, "ES-701", run and on(run))
    day = liquidated and on(liquidated)
    put(con, "ace.es701_liquidations", load_id=load_id, entry_number=ENTRY, liquidation_date=day, **columns)


def liquidation_of(con: Connection) -> tuple[str | None, date | None, str | None]:
    facts = facts_of(con)
    return facts["liquidation_state"], facts["reported_liquidation_date"], facts["liquidation_report_code"]


def test_a_notice_tells_the_liquidation_where_es003_has_no_columns_for_it(con: Connection) -> None:
    put_entry(con, {"has_liquidation_status_column": False, "report_run_date": on("2026-07-10")})
    assert liquidation_of(con) == (None, None, None)
    notice(con, 1, "2026-06-05", run="2026-06-08", liquidation_action="Change")
    assert liquidation_of(con) == ("liquidated", on("2026-06-05"), "ES-701")
    facts = facts_of(con)
    assert (facts["liquidation_status"], facts["status_as_of_date"]) == ("Change", on("2026-06-08"))
    assert facts["es701_liquidation_date"] == on("2026-06-05")


def test_a_notice_tells_the_liquidation_of_an_entry_without_a_version(con: Connection) -> None:
    put_entry(con, baseline_basis="none_es022_only")
    notice(con, 1, "2026-06-05")
    assert liquidation_of(con) == ("liquidated", on("2026-06-05"), "ES-701")


@pytest.mark.parametrize(
    ("es003_run", "es701_run", "basis"),
    [
        ("2026-06-04", "2026-06-08", "ES-701"),
        ("2026-06-05", "2026-06-08", "ES-701"),
        ("2026-06-07", "2026-06-08", "ES-701"),
        ("2026-06-08", "2026-06-08", "ES-003"),
        ("2026-06-09", "2026-06-08", "ES-003"),
        (None, "2026-06-08", "ES-701"),
        (None, None, "ES-701"),
        ("2026-06-05", None, "ES-701"),
        ("2026-06-06", None, "ES-003"),
        ("2026-06-05", "2026-06-01", "ES-701"),
        ("2026-06-06", "2026-06-01", "ES-003"),
    ],
)
@pytest.mark.parametrize("state", ["unliquidated", "suspended"])
def test_a_notice_outranks_an_es003_run_before_it_or_not_after_the_liquidation(
    con: Connection, state: str, es003_run: str | None, es701_run: str | None, basis: str
) -> None:
    put_entry(con, status(state, liquidation_date=on("2026-09-18"), report_run_date=es003_run and on(es003_run)))
    notice(con, 1, "2026-06-05", run=es701_run)
    told = {
        "ES-701": ("liquidated", on("2026-06-05"), "ES-701"),
        "ES-003": (state, on("2026-09-18"), "ES-003"),
    }
    assert liquidation_of(con) == told[basis]
    assert facts_of(con)["es701_liquidation_date"] == on("2026-06-05")


def test_the_day_of_the_notice_stands_in_for_an_unknown_run_date(con: Connection) -> None:
    put_entry(con, status("Unliquidated", report_run_date=on("2026-06-07")))
    notice(con, 1, "2026-06-05", notice_date=on("2026-06-08"))
    assert liquidation_of(con) == ("liquidated", on("2026-06-05"), "ES-701")
    assert facts_of(con)["status_as_of_date"] == on("2026-06-08")


@pytest.mark.parametrize(("text", "run"), [(None, "2026-07-10"), ("Frozen", "2026-06-07")])
def test_a_notice_tells_what_a_blank_or_an_older_unknown_status_does_not(
    con: Connection, text: str | None, run: str
) -> None:
    put_entry(con, status(text, report_run_date=on(run)))
    notice(con, 1, "2026-06-05", run="2026-06-08")
    assert liquidation_of(con) == ("liquidated", on("2026-06-05"), "ES-701")


def test_an_unknown_status_newer_than_the_notice_stays_unknown(con: Connection) -> None:
    put_entry(con, status("Frozen", report_run_date=on("2026-06-09")))
    notice(con, 1, "2026-06-05", run="2026-06-08")
    assert liquidation_of(con)[0] is None


def test_the_liquidation_that_es003_dates_stands_and_one_it_does_not_date_is_dated_by_the_notice(
    con: Connection,
) -> None:
    put_entry(con, status("Liquidated", liquidation_date=on("2026-03-13"), report_run_date=on("2026-04-01")))
    notice(con, 1, "2026-06-05", run="2026-06-08")
    assert liquidation_of(con) == ("liquidated", on("2026-03-13"), "ES-003")
    con.execute("update ace.entry_versions set liquidation_date = null")
    assert liquidation_of(con) == ("liquidated", on("2026-06-05"), "ES-701")


@pytest.mark.parametrize(
    ("liquidated", "noticed", "told"),
    [
        ("2026-07-20", None, True),
        ("2026-07-21", None, False),
        (None, None, False),
        ("2026-06-05", "2026-07-20", True),
        ("2026-06-05", "2026-07-21", False),
    ],
)
def test_a_notice_of_or_from_a_day_to_come_tells_nothing(
    con: Connection, liquidated: str | None, noticed: str | None, *, told: bool
) -> None:
    put_entry(con, status("Unliquidated", report_run_date=on("2026-06-01")))
    notice(con, 1, liquidated, notice_date=noticed and on(noticed))
    assert liquidation_of(con)[0] == ("liquidated" if told else "unliquidated")
    assert facts_of(con)["es701_liquidation_date"] == (liquidated and on(liquidated) if told else None)


def test_the_newest_notice_counts_by_run_then_load_then_date(con: Connection) -> None:
    put_entry(con)
    notice(con, 3, "2026-06-26")
    notice(con, 1, "2026-06-12", run="2026-06-15")
    notice(con, 2, "2026-06-05", run="2026-06-10")
    assert facts_of(con)["es701_liquidation_date"] == on("2026-06-12")
    notice(con, 5, "2026-06-11", run="2026-06-15")
    put(
        con,
        "ace.es701_liquidations",
        load_id=f"{5:064}",
        source_row=1,
        entry_number=ENTRY,
        liquidation_date=on("2026-03-13"),
    )
    assert facts_of(con)["es701_liquidation_date"] == on("2026-06-11")


def test_a_notice_of_a_day_to_come_hides_no_earlier_one(con: Connection) -> None:
    put_entry(con)
    notice(con, 1, "2026-06-05", run="2026-06-08")
    notice(con, 2, "2026-07-24", run="2026-07-15")
    assert liquidation_of(con) == ("liquidated", on("2026-06-05"), "ES-701")


def test_a_notice_in_a_file_that_may_not_be_read_is_not_seen(con: Connection) -> None:
    put_entry(con)
    put(con, "registry.as_of", as_of_date=on("2026-07-20"))
    put(con, "ace.es701_liquidations", load_id="1" * 64, entry_number=ENTRY, liquidation_date=on("2026-06-05"))
    assert liquidation_of(con) == (None, None, None)


# ---- reconciliation -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("printed", "fta", "flagged"),
    [
        ("Y", None, True), ("Value", None, True), ("N", None, False), ("no", None, False), ("", None, False),
        (None, None, False), (None, "Y", True), ("N", "yes", True), ("N", "N", False), ("0", None, False),
    ],
)  # fmt: skip
def test_a_blank_flag_in_a_present_column_is_no(
    con: Connection, printed: str | None, fta: str | None, *, flagged: bool
) -> None:
    put_entry(con, flag(printed, fta_reconciliation_indicator=fta))
    assert facts_of(con)["recon_flag"] is flagged


def test_an_absent_flag_column_is_unknown(con: Connection) -> None:
    put_entry(con, {"has_reconciliation_column": False})
    facts = facts_of(con)
    assert (facts["recon_flag"], facts["recon_09_filed"]) == (None, None)


@pytest.mark.parametrize(("fta", "flagged"), [("Y", True), ("N", None), (None, None)])
def test_a_free_trade_flag_alone_can_flag_an_entry_and_never_clears_it(
    con: Connection, fta: str | None, *, flagged: bool | None
) -> None:
    put_entry(con, flag(None, has_reconciliation_column=False, fta_reconciliation_indicator=fta))
    assert facts_of(con)["recon_flag"] is flagged


def test_each_fact_of_a_reconciliation_comes_from_the_newest_version_that_has_its_column(con: Connection) -> None:
    put_entry(
        con,
        flag(
            "Y",
            has_reconciliation_entry_column=True,
            reconciliation_entry_number="ABC00000099",
            reconciliation_fta_due_date=on("2026-09-01"),
        ),
        flag("N", has_fta_reconciliation_column=False, has_reconciliation_due_date_column=False),
    )
    facts = facts_of(con)
    assert (facts["recon_flag"], facts["recon_09_filed"]) == (False, True)
    assert facts["recon_due_date"] == on("2026-09-01")


def test_a_free_trade_flag_of_an_older_version_stands_where_the_newest_lacks_the_column(con: Connection) -> None:
    put_entry(con, flag("N", fta_reconciliation_indicator="Y"), flag("N", has_fta_reconciliation_column=False))
    assert facts_of(con)["recon_flag"] is True


def test_an_older_flag_stands_where_the_newest_version_lacks_the_column(con: Connection) -> None:
    put_entry(con, flag("Y"), {"has_reconciliation_column": False})
    assert facts_of(con)["recon_flag"] is True


@pytest.mark.parametrize(
    ("has_column", "printed", "stated", "filed"),
    [
        (True, "ABC00000099", None, True), (True, None, None, False), (False, None, None, None),
        (False, None, True, True), (True, "ABC00000099", False, True), (True, None, True, True),
        (False, None, False, False), (True, None, False, False),
    ],
)  # fmt: skip
def test_a_type_09_is_on_file_where_the_report_names_it_or_the_user_says_so(
    con: Connection, *, has_column: bool, printed: str | None, stated: bool | None, filed: bool | None
) -> None:
    put_entry(con, flag("Y", has_reconciliation_entry_column=has_column, reconciliation_entry_number=printed))
    state_facts(con, recon_09_filed=stated)
    assert facts_of(con)["recon_09_filed"] is filed


def test_the_earlier_of_two_due_dates_counts_and_the_date_of_the_user_before_both(con: Connection) -> None:
    dues = {"reconciliation_other_due_date": on("2026-12-01"), "reconciliation_fta_due_date": on("2026-09-01")}
    put_entry(con, flag("Y", **dues))
    assert due_of(con) == (on("2026-09-01"), "reported")
    state_facts(con, recon_due_date=on("2026-10-01"))
    assert due_of(con) == (on("2026-10-01"), "user_fact")


def due_of(con: Connection) -> tuple[date | None, str | None]:
    facts = facts_of(con)
    return facts["recon_due_date"], facts["recon_due_date_basis"]


def put_import(con: Connection, row: int, day: date | None, load: str | None = None) -> None:
    load_id = load or put_load(con, row, "ES-003")
    put(con, "ace.es003_tariff_lines", load_id=load_id, source_row=row, entry_number=ENTRY, importation_date=day)


def test_a_day_that_is_stated_goes_before_one_that_follows_from_a_rule(con: Connection) -> None:
    put_entry(con, flag("Y", entry_summary_date=on("2025-04-01")))
    state_facts(con, recon_due_date=on("2027-01-05"))
    assert due_of(con) == (on("2027-01-05"), "user_fact")


def test_a_fact_of_the_user_without_a_day_leaves_the_reported_one(con: Connection) -> None:
    put_entry(con, flag("Y", reconciliation_other_due_date=on("2026-12-01"), entry_summary_date=on("2025-04-01")))
    state_facts(con, recon_issue="value")
    assert due_of(con) == (on("2026-12-01"), "reported")


@pytest.mark.parametrize(
    ("filed", "due"), [("2025-03-10", "2026-12-10"), ("2025-05-31", "2027-02-28"), ("2025-12-01", "2027-09-01")]
)
def test_value_class_and_9802_are_due_21_months_after_the_earliest_entry_summary(
    con: Connection, filed: str, due: str
) -> None:
    later = flag("Y", entry_summary_date=on("2025-12-30"))
    put_entry(con, flag("Y", entry_summary_date=on(filed)), later)
    assert due_of(con) == (on(due), "21_months_after_entry_summary")


@pytest.mark.parametrize("mark", ["Y", "yes", "1", " true "])
def test_a_free_trade_flag_is_due_12_months_after_the_earliest_import(con: Connection, mark: str) -> None:
    put_entry(con, flag("N", fta_reconciliation_indicator=mark, entry_summary_date=on("2025-08-20")))
    for row, day in enumerate((on("2025-08-14"), on("2025-08-12"), None), 1):
        put_import(con, row, day)
    put_import(con, 4, on("2025-01-01"), load="f" * 64)  # of a file that is not read
    assert due_of(con) == (on("2026-08-12"), "12_months_after_import")
    assert facts_of(con)["recon_issue"] == "fta"


def test_without_the_day_of_import_a_free_trade_flag_has_no_day_to_rely_on(con: Connection) -> None:
    put_entry(con, flag("Y", entry_summary_date=on("2025-08-20")))
    state_facts(con, recon_issue="fta")
    assert due_of(con) == (None, None)


def test_an_entry_with_both_flags_is_due_by_the_free_trade_one_and_its_issue_is_not_one(con: Connection) -> None:
    put_entry(con, flag("Y", fta_reconciliation_indicator="Y", entry_summary_date=on("2025-08-20")))
    put_import(con, 1, on("2025-08-12"))
    assert due_of(con) == (on("2026-08-12"), "12_months_after_import")
    assert facts_of(con)["recon_issue"] is None


def test_a_free_trade_flag_that_the_newest_version_no_longer_shows_sets_no_day(con: Connection) -> None:
    put_entry(
        con,
        flag("Y", fta_reconciliation_indicator="Y", entry_summary_date=on("2025-08-20")),
        flag("Y", fta_reconciliation_indicator=None),
        flag("Y", has_fta_reconciliation_column=False),
    )
    assert due_of(con) == (on("2027-05-20"), "21_months_after_entry_summary")


days_of_2025 = st.dates(date(2025, 1, 1), date(2025, 12, 31))
printed_versions = st.builds(
    reconciliation.Version,
    other_mark=st.sampled_from([None, "", "N", "Y", "VALUE"]),
    fta_mark=st.sampled_from([None, "", "N", "Y"]),
    has_due_dates=st.booleans(),
    due_dates=st.lists(days_of_2025, max_size=2).map(tuple),
    entry_summary_date=st.none() | days_of_2025,
)


def printed(version: reconciliation.Version) -> dict[str, Any]:
    other, fta, *_ = (*version.due_dates, None, None)
    return {
        "has_reconciliation_column": version.other_mark is not None,
        "reconciliation_indicator": version.other_mark or None,
        "has_fta_reconciliation_column": version.fta_mark is not None,
        "fta_reconciliation_indicator": version.fta_mark or None,
        "has_reconciliation_due_date_column": version.has_due_dates,
        "reconciliation_other_due_date": other if version.has_due_dates else None,
        "reconciliation_fta_due_date": fta if version.has_due_dates else None,
        "entry_summary_date": version.entry_summary_date,
    }


@given(
    versions=st.lists(printed_versions, min_size=1, max_size=3),
    imported=st.lists(days_of_2025, max_size=3),
    stated_due=st.none() | days_of_2025,
    stated_issue=st.sampled_from([None, "value", "fta"]),
)
def test_the_due_day_is_that_of_the_oracle(
    versions: list[reconciliation.Version], imported: list[date], stated_due: date | None, stated_issue: str | None
) -> None:
    with empty_tables() as con:
        put_entry(con, *(printed(version) for version in versions))
        for row, day in enumerate(imported, 1):
            put_import(con, row, day)
        state_facts(con, recon_due_date=stated_due, recon_issue=stated_issue)
        told = due_of(con)
    assert told == reconciliation.reconciliation_due(versions, imported, stated_due, stated_issue)


@pytest.mark.parametrize("version", [flag("N"), {"has_reconciliation_column": False}])
def test_no_day_follows_from_a_rule_for_an_entry_that_is_not_flagged_or_may_not_be(
    con: Connection, version: dict[str, Any]
) -> None:
    put_entry(con, {**version, "entry_summary_date": on("2025-08-20")})
    put_import(con, 1, on("2025-08-12"))
    assert due_of(con) == (None, None)


# ---- protests -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("printed", "state"),
    [
        (None, "none"), ("", "none"), ("None", "none"), ("Open", "open"), ("Filed", "open"), ("Under Review", "open"),
        ("Suspended", "suspended"), ("Denied", "denied"), ("Denied in Part", "denied_in_part"),
        ("Approved in Part", "denied_in_part"), ("Approved", "approved"), ("Allowed", "approved"),
        ("Withdrawn", "withdrawn"), ("Rejected", "rejected"), ("Lost", "unknown"),
    ],
)  # fmt: skip
def test_the_printed_protest_status_has_one_meaning_or_is_unknown(
    con: Connection, printed: str | None, state: str
) -> None:
    put_entry(con, protest(printed))
    assert facts_of(con)["protest_state"] == state


def test_an_absent_protest_column_is_unknown(con: Connection) -> None:
    put_entry(con, {"has_protest_column": False})
    assert facts_of(con)["protest_state"] is None


@pytest.mark.parametrize(
    ("stated", "printed", "state", "known_up_to"),
    [
        ("denied", "Open", "denied", "2026-07-03"),
        ("none", "Open", "open", "2026-07-10"),
        ("none", None, "none", "2026-07-10"),
        (None, "Open", "open", "2026-07-10"),
    ],
)
def test_a_protest_the_user_states_outranks_the_report_and_no_protest_does_not(
    con: Connection, stated: str | None, printed: str | None, state: str, known_up_to: str
) -> None:
    put_entry(con, protest(printed, report_run_date=on("2026-07-10"), protest_number="P1"))
    state_facts(con, protest_status=stated, recorded_on=on("2026-07-03"))
    facts = facts_of(con)
    assert (facts["protest_state"], facts["protest_as_of_date"]) == (state, on(known_up_to))
    assert facts["protest_number"] == "P1"


@pytest.mark.parametrize(
    ("recorded", "decided", "known_up_to"),
    [
        ("2026-07-01", "2026-07-03", "2026-07-03"), ("2026-07-05", "2026-07-03", "2026-07-05"),
        (None, "2026-07-03", "2026-07-03"), (None, None, None),
    ],
)  # fmt: skip
def test_a_stated_protest_is_known_up_to_its_record_or_its_decision(
    con: Connection, recorded: str | None, decided: str | None, known_up_to: str | None
) -> None:
    put_entry(con)
    days = {"recorded_on": recorded and on(recorded), "protest_decision_date": decided and on(decided)}
    state_facts(con, protest_status="withdrawn", **days)
    assert facts_of(con)["protest_as_of_date"] == (known_up_to and on(known_up_to))


def test_no_protest_stated_by_the_user_counts_where_no_report_can_say(con: Connection) -> None:
    put_entry(con, {"has_protest_column": False, "report_run_date": on("2026-07-10")})
    state_facts(con, protest_status="none", recorded_on=on("2026-07-03"))
    facts = facts_of(con)
    assert (facts["protest_state"], facts["protest_as_of_date"]) == ("none", on("2026-07-03"))


# ---- facts only the user has --------------------------------------------------------------------------------------


def test_a_fact_nobody_states_is_unknown(con: Connection) -> None:
    put_entry(con)
    facts = facts_of(con)
    assert {facts[name] for name in ("drawback", "surety_paid", "adcvd_status", "prior_refund_usd")} == {None}
    assert facts["contradicted_facts"] == []


def test_contradicted_facts_are_named(con: Connection) -> None:
    put_entry(con)
    state_facts(con, contradicted_facts=["drawback"])
    assert facts_of(con)["contradicted_facts"] == ["drawback"]


@pytest.mark.parametrize(("entry_number", "right"), [("ABC12345676", True), ("ABC12345670", False)])
def test_the_check_digit_is_looked_at_and_never_repaired(con: Connection, entry_number: str, *, right: bool) -> None:
    put_entry(con, entry_number=entry_number)
    facts = facts_of(con)
    assert (facts["entry_number"], facts["is_check_digit_right"]) == (entry_number, right)


# ---- the deposit --------------------------------------------------------------------------------------------------


def put_statement(con: Connection, number: int, run: str | None, **columns: Any) -> None:
    load_id = put_load(con, number, "REV-103", run and on(run))
    put(con, "ace.rev103_statements", load_id=load_id, entry_number=ENTRY, **columns)


def deposit_of(con: Connection) -> tuple[date | None, str | None]:
    facts = facts_of(con)
    return facts["deposit_date"], facts["deposit_date_basis"]


def test_the_entry_summary_date_stands_in_for_an_unknown_deposit(con: Connection) -> None:
    put_entry(con, entry_summary_date=on("2025-06-16"))
    assert deposit_of(con) == (on("2025-06-16"), "entry_summary_date_proxy")


def test_without_any_date_the_deposit_is_unknown(con: Connection) -> None:
    put_entry(con)
    assert deposit_of(con) == (None, None)


@pytest.mark.parametrize(
    ("entry_day", "fifteenth"),
    [
        ("2025-06-02", "2025-07-22"),  # 4 July 2025 is a federal holiday: without it, Monday 21 July
        ("2025-06-30", "2025-07-22"),
        ("2025-07-01", "2025-08-21"),  # August has no federal holiday
        ("2025-12-31", "2026-01-23"),  # New Year's Day and the third Monday of January
    ],
)
def test_a_monthly_statement_is_paid_on_the_15th_working_day_of_the_month_after_entry(
    law: Connection, entry_day: str, fifteenth: str
) -> None:
    put_entry(law, entry_date=on(entry_day), entry_summary_date=on("2025-06-16"))
    put(law, "ace.current_importers", importer_key="12-3456789", periodic_monthly_statement=True)
    assert deposit_of(law) == (on(fifteenth), "monthly_statement_rule")


def test_the_day_of_a_monthly_statement_without_an_entry_date_is_unknown(law: Connection) -> None:
    put_entry(law, entry_summary_date=on("2025-06-16"))
    put(law, "ace.current_importers", importer_key="12-3456789", periodic_monthly_statement=True)
    assert deposit_of(law) == (None, None)


@pytest.mark.parametrize("monthly", [False, None])
def test_other_importers_pay_by_entry(law: Connection, *, monthly: bool | None) -> None:
    put_entry(law, entry_date=on("2025-06-02"), entry_summary_date=on("2025-06-16"))
    put(law, "ace.current_importers", importer_key="12-3456789", periodic_monthly_statement=monthly)
    assert deposit_of(law) == (on("2025-06-16"), "entry_summary_date_proxy")


def test_the_date_of_the_user_outranks_the_rule_and_a_paid_statement_outranks_the_user(law: Connection) -> None:
    put_entry(law, entry_date=on("2025-06-02"), entry_summary_date=on("2025-06-16"))
    put(law, "ace.current_importers", importer_key="12-3456789", periodic_monthly_statement=True)
    state_facts(law, deposit_date=on("2025-06-20"))
    assert deposit_of(law) == (on("2025-06-20"), "user_fact")
    days = {"statement_date": on("2025-06-17"), "monthly_payment_due_date": on("2025-07-22")}
    put_statement(law, 1, "2025-07-30", payment_status="Paid", **days)
    assert deposit_of(law) == (on("2025-07-22"), "rev103_paid")


@pytest.mark.parametrize(
    ("printed", "unpaid"), [("paid", False), (" PAID ", False), (None, False), ("not paid", True), ("Authorized", True)]
)
def test_a_statement_counts_as_paid_only_where_it_says_so_or_says_nothing(
    con: Connection, printed: str | None, *, unpaid: bool
) -> None:
    put_entry(con, entry_summary_date=on("2025-06-16"))
    put_statement(con, 1, None, payment_status=printed, statement_date=on("2025-06-18"))
    proxy = (on("2025-06-16"), "entry_summary_date_proxy")
    assert deposit_of(con) == (proxy if unpaid else (on("2025-06-18"), "rev103_paid"))
    assert facts_of(con)["is_statement_unpaid"] is unpaid


def test_the_newest_statement_report_decides_whatever_was_loaded_last(con: Connection) -> None:
    put_entry(con)
    put_statement(con, 1, "2025-08-01", payment_status="paid", statement_date=on("2025-06-18"))
    put_statement(con, 2, "2025-07-01", payment_status="not paid", statement_date=on("2025-06-18"))
    put_statement(con, 3, None, payment_status="not paid", statement_date=on("2025-06-18"))
    assert facts_of(con)["is_statement_unpaid"] is False


def test_a_statement_in_a_report_that_may_not_be_read_is_not_seen(con: Connection) -> None:
    put_entry(con)
    put(con, "ace.rev103_statements", entry_number=ENTRY, payment_status="not paid")
    assert facts_of(con)["is_statement_unpaid"] is False


@pytest.mark.parametrize(
    ("printed", "told"),
    [
        (["Accepted"], "Accepted"), (["Accepted", "Cancelled"], "Cancelled"), (["Rejected", "Accepted"], "Accepted"),
        (["Rejected", None], "Rejected"), ([None], None), ([], None),
    ],
)  # fmt: skip
def test_the_control_status_is_the_newest_that_a_report_prints(
    con: Connection, printed: list[str | None], told: str | None
) -> None:
    put_entry(con, *({"control_status": text} for text in printed))
    assert facts_of(con)["control_status"] == told
