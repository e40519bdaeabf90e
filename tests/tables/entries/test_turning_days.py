"""How `entries.turning_days` names the days on which the answer of an entry may turn.

Belongs here: which fact turns which day. Does not belong here: what the answer is on a day (`test_eligibility.py`), and
that it turns on no other (`tests/end_to_end/long/test_eligibility_history.py`).
"""

from datetime import date, timedelta
from typing import Any

import duckdb
import pytest

from tests.support.tables import put, rows_of
from tests.tables.entries.cases import ENTRY, put_load
from tests.tables.entries.law import seeds
from tests.tables.promises import broken_promises

Connection = duckdb.DuckDBPyConnection
DAY = date(2025, 6, 2)
Turn = tuple[int, str]


def turns(con: Connection, from_day: date = DAY, *, of_the_answer: bool = True) -> list[Turn]:
    """Every turn of the answer, or of what stands beside it: how many days after `from_day`, and its cause."""
    assert broken_promises(con, "entries.turning_days") == []
    rows = rows_of(con, "entries.turning_days")
    assert {row["entry_number"] for row in rows} <= {ENTRY}
    return [
        ((row["turning_date"] - from_day).days, row["cause_code"])
        for row in rows
        if row["is_answer_day"] is of_the_answer
    ]


def put_entry(con: Connection, **baseline: Any) -> None:
    put(con, "lines.entry_baselines", **{"entry_number": ENTRY, **baseline})


OF_A_LIQUIDATION: list[Turn] = [
    (-14, "CORRECTION-CLOSED"), (0, "LIQUIDATED"), (78, "DAY-78"), (81, "DAY-80-PAST"), (85, "DAY-85"),
    (91, "DAY-90-PAST"), (181, "DAY-180-PAST"),
]  # fmt: skip
OF_AN_ENTRY: list[Turn] = [
    (0, "ENTERED"), (301, "DAY-300-PAST"), (315, "CYCLE-PAST"), (366, "DEEMED-LIQUIDATED"),
    (546, "DEEMED-PROTEST-PAST"),
]  # fmt: skip
OF_A_REPORT: list[Turn] = [(0, "REPORTED"), (15, "STATUS-STALE")]


def test_an_entry_of_which_nothing_is_dated_never_turns(con: Connection) -> None:
    put_entry(con)
    put(con, "entries.status_facts", entry_number=ENTRY)
    put(con, "entries.eligibility_decisions", entry_number=ENTRY)
    assert turns(con) == []


def test_the_entry_date_starts_the_clocks_of_correction_cycle_and_deemed_liquidation(con: Connection) -> None:
    put_entry(con, entry_date=DAY)
    assert turns(con) == OF_AN_ENTRY


def test_a_year_after_a_leap_day_is_the_last_of_february(con: Connection) -> None:
    put_entry(con, entry_date=date(2024, 2, 29))
    rows = {row["cause_code"]: row["turning_date"] for row in rows_of(con, "entries.turning_days")}
    assert rows["DEEMED-LIQUIDATED"] == date(2025, 3, 1)


@pytest.mark.parametrize("report", ["ES-003", "ES-022", "ES-701"])
def test_a_liquidation_of_any_report_starts_the_same_clocks(con: Connection, report: str) -> None:
    put_entry(con)
    if report == "ES-003":
        put(con, "ace.entry_versions", entry_number=ENTRY, liquidation_date=DAY)
    else:
        table = {"ES-022": "ace.es022_entries", "ES-701": "ace.es701_liquidations"}[report]
        put(con, table, load_id=put_load(con, 1, report), entry_number=ENTRY, liquidation_date=DAY)
    assert turns(con) == OF_A_LIQUIDATION


def test_a_liquidation_that_two_reports_show_turns_each_day_once(con: Connection) -> None:
    put_entry(con)
    put(con, "ace.entry_versions", entry_number=ENTRY, liquidation_date=DAY)
    put(con, "ace.es022_entries", load_id=put_load(con, 1, "ES-022"), entry_number=ENTRY, liquidation_date=DAY)
    assert turns(con) == OF_A_LIQUIDATION


def test_what_an_older_version_said_turned_its_own_days(con: Connection) -> None:
    put_entry(con)
    for ordinal, day in enumerate((DAY, DAY + timedelta(days=7)), start=1):
        put(con, "ace.entry_versions", entry_number=ENTRY, version_ordinal=ordinal, liquidation_date=day)
    later = [(days + 7, cause) for days, cause in OF_A_LIQUIDATION]
    assert turns(con) == sorted([*OF_A_LIQUIDATION, *later])


@pytest.mark.parametrize(
    "table_id",
    [
        "ace.es022_entries", "ace.es701_liquidations", "ace.cape_claim_details", "ace.rev103_statements",
        "ace.rev615_refund_entries", "ace.broker_lines", "ace.quarantine",
    ],
)  # fmt: skip
def test_every_report_with_the_entry_turns_its_run_date_and_goes_stale(con: Connection, table_id: str) -> None:
    put_entry(con)
    put(con, table_id, load_id=put_load(con, 1, "ANY", DAY), entry_number=ENTRY)
    put(con, table_id, load_id="f" * 64, entry_number=ENTRY)  # a file that may not be read
    assert turns(con) == OF_A_REPORT


def test_every_version_turns_its_run_date(con: Connection) -> None:
    put_entry(con)
    for number, run in enumerate((DAY, DAY + timedelta(days=1), None), start=1):
        load_id = put_load(con, number, "ES-003", run)
        put(con, "ace.entry_version_loads", entry_number=ENTRY, load_id=load_id, report_run_date=run)
    assert turns(con) == sorted([*OF_A_REPORT, *((days + 1, cause) for days, cause in OF_A_REPORT)])


@pytest.mark.parametrize("table_id", ["ace.rev603_refunds", "ace.rev613_rejected_refunds"])
def test_a_report_on_a_refund_turns_the_entries_in_it(con: Connection, table_id: str) -> None:
    put_entry(con)
    put(con, "entries.refunded_entries", entry_number=ENTRY, refund_number="R1")
    put(con, table_id, load_id=put_load(con, 1, "REV", DAY), refund_number="R1")
    put(con, table_id, load_id=put_load(con, 2, "REV", DAY), refund_number="R2")
    assert turns(con) == OF_A_REPORT


@pytest.mark.parametrize(
    ("table_id", "column", "expected"),
    [
        ("ace.claim_outcomes", "filed_date", [(0, "FILED")]),
        ("ace.claim_outcomes", "accepted_date", [(0, "ACCEPTED")]),
        ("entries.status_facts", "protest_filed_date", [(0, "PROTESTED")]),
        ("entries.status_facts", "protest_decision_date", [(0, "PROTEST-DECIDED"), (181, "SUMMONS-PAST")]),
        ("entries.status_facts", "recon_due_date", [(-75, "RECON-75-DAYS"), (-30, "RECON-30-DAYS")]),
        ("ace.entry_versions", "reconciliation_fta_due_date", [(-75, "RECON-75-DAYS"), (-30, "RECON-30-DAYS")]),
        ("ace.entry_versions", "entry_date", OF_AN_ENTRY),
        ("entries.eligibility_decisions", "court_deadline_date", [(1, "COURT-DATE-PAST")]),
        ("entries.eligibility_decisions", "court_deadline_conservative_date", [(1, "COURT-DATE-PAST")]),
        ("entries.refunded_entries", "refund_date", [(0, "REFUNDED")]),
    ],
)
def test_a_dated_fact_turns_its_days(con: Connection, table_id: str, column: str, expected: list[Turn]) -> None:
    put_entry(con)
    put(con, table_id, entry_number=ENTRY, **{column: DAY})
    assert turns(con) == expected


def test_of_two_reconciliations_the_one_due_first_counts(con: Connection) -> None:
    put_entry(con)
    due = {"reconciliation_other_due_date": DAY + timedelta(days=9), "reconciliation_fta_due_date": DAY}
    put(con, "ace.entry_versions", entry_number=ENTRY, **due)
    assert turns(con) == [(-75, "RECON-75-DAYS"), (-30, "RECON-30-DAYS")]


@pytest.mark.parametrize("mark", ["reconciliation_indicator", "fta_reconciliation_indicator"])
def test_the_day_a_reconciliation_is_due_by_rule_turns_where_any_version_is_marked(con: Connection, mark: str) -> None:
    put_entry(con)
    imported = {"entry_number": ENTRY, "importation_date": date(2024, 6, 2)}
    put(con, "ace.es003_tariff_lines", load_id=put_load(con, 1, "ES-003"), **imported)
    put(con, "ace.es003_tariff_lines", load_id="f" * 64, **(imported | {"importation_date": DAY}))  # not read
    put(con, "ace.entry_versions", entry_number=ENTRY, version_ordinal=1, entry_summary_date=date(2023, 9, 12))
    assert turns(con) == []
    put(con, "ace.entry_versions", entry_number=ENTRY, version_ordinal=2, **{mark: "Y"})
    assert turns(con) == [
        (-75, "RECON-75-DAYS"), (-65, "RECON-75-DAYS"), (-30, "RECON-30-DAYS"), (-20, "RECON-30-DAYS"),
    ]  # fmt: skip


def test_a_notice_and_a_credit_turn_their_days(con: Connection) -> None:
    put_entry(con)
    load_id = put_load(con, 1, "ES-701")
    put(con, "ace.es701_liquidations", load_id=load_id, entry_number=ENTRY, notice_date=DAY)
    put(con, "entries.refunded_entries", entry_number=ENTRY, refund_number="R1")
    put(con, "entries.refund_cash", refund_number="R1", bank_value_date=DAY + timedelta(days=3))
    assert turns(con) == [(0, "NOTIFIED"), (3, "CREDITED")]


def test_the_day_of_a_refund_in_rev603_turns_the_entries_in_it(con: Connection) -> None:
    put_entry(con)
    put(con, "entries.refunded_entries", entry_number=ENTRY, refund_number="R1")
    put(con, "ace.rev603_refunds", load_id=put_load(con, 1, "REV-603"), refund_number="R1", refund_date=DAY)
    assert turns(con) == [(0, "REFUNDED")]


@pytest.mark.parametrize(
    ("days", "turned"),
    [(-1, (False, "ENTRY-TYPE-BEGINS")), (0, (False, "ENTRY-TYPE-BEGINS")), (1, (True, "ENTRY-TYPE-ANEW"))],
)
def test_a_type_turns_the_answer_anew_only_after_the_opening(
    con: Connection, days: int, turned: tuple[bool, str]
) -> None:
    put_entry(con, entry_type_code="21")
    put(con, "registry.cape_rules", rule_id="CAPE-OPEN", effective_from=DAY)
    put(con, "registry.entry_types", entry_type_code="21", effective_from=DAY + timedelta(days=days))
    rows = rows_of(con, "entries.turning_days")
    assert [(row["is_answer_day"], row["cause_code"]) for row in rows if "TYPE" in row["cause_code"]] == [turned]


def test_every_entry_turns_with_the_phases_and_its_own_type(law: Connection) -> None:
    put_entry(law, entry_type_code="21")
    rows = [row for row in rows_of(law, "entries.turning_days") if row["is_answer_day"]]
    assert [(row["turning_date"].isoformat(), row["cause_code"]) for row in rows] == [
        ("2026-04-20", "CAPE-OPEN-BEGINS"),
        ("2026-06-29", "RECON-09-BEGINS"),
        ("2026-06-29", "RECON-DUE-75-DAYS-BEGINS"),
        ("2026-06-29", "RECON-DUE-DATE-BEGINS"),
        ("2026-06-29", "RECON-FLAG-ENDS"),
        ("2026-07-07", "ENTRY-TYPE-ANEW"),
        ("2026-07-07", "WAREHOUSE-ENTRY-BEGINS"),
    ]


def test_a_withdrawn_rule_turns_nothing(law: Connection) -> None:
    put_entry(law)
    law.execute("update registry.cape_rules set withdrawn_date = effective_from where rule_id = 'RECON-FLAG'")
    assert "RECON-FLAG-ENDS" not in {row["cause_code"] for row in rows_of(law, "entries.turning_days")}


def test_every_rule_that_is_named_is_a_rule(law: Connection) -> None:
    put_entry(law, entry_date=DAY, entry_type_code="21")
    put(law, "ace.entry_versions", entry_number=ENTRY, liquidation_date=DAY)
    put(law, "entries.status_facts", entry_number=ENTRY, protest_decision_date=DAY, recon_due_date=DAY)
    named = {row["rule_id"] for row in rows_of(law, "entries.turning_days")}
    assert named <= {*seeds()["registry.cape_rules"]["rule_id"], None}
    assert len(named) > 10


def test_only_entries_that_are_judged_turn(con: Connection) -> None:
    put(con, "ace.claim_outcomes", entry_number=ENTRY, accepted_date=DAY)
    assert rows_of(con, "entries.turning_days") == []


# ---- what stands beside the answer ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("table_id", "column", "expected"),
    [
        ("ace.deposits", "deposit_date", [(0, "DEPOSITED")]),
        ("ace.es022_entries", "refund_date", [(0, "REFUND-DATED")]),
        ("entries.status_facts", "recon_due_date", [(1, "RECON-DUE-PAST")]),
        ("entries.liquidation_tracks", "forecast_liquidation_date", [(1, "FORECAST-PAST")]),
    ],
)
def test_a_day_that_turns_no_answer_is_told_as_such(
    con: Connection, table_id: str, column: str, expected: list[Turn]
) -> None:
    put_entry(con)
    put(con, table_id, entry_number=ENTRY, **{column: DAY})
    assert turns(con, of_the_answer=False) == expected


@pytest.mark.parametrize("table_id", ["ace.es022_entries", "ace.rev615_refund_entries"])
def test_the_day_rev603_gives_a_refund_turns_its_entries_before_the_refund_is_known(
    con: Connection, table_id: str
) -> None:
    put_entry(con)
    put(con, table_id, entry_number=ENTRY, refund_number="R1")
    put(con, "ace.rev603_refunds", refund_number="R1", refund_date=DAY)
    assert turns(con, of_the_answer=False) == [(0, "REFUND-DATED")]


@pytest.mark.parametrize(
    ("scope", "turned"), [({}, True), ({"entry_number": ENTRY}, True), ({"entry_number": "X"}, False)]
)
def test_an_attestation_that_accepts_a_stale_status_lasts_fourteen_days(
    con: Connection, scope: dict[str, str], *, turned: bool
) -> None:
    put_entry(con)
    put(con, "ace.attestations", attested_fact="stale_status", attested_on=DAY, **scope)
    assert turns(con, of_the_answer=False) == ([(15, "ATTESTATION-LAPSED")] if turned else [])


def test_the_end_of_a_message_turns_the_entries_that_failed(con: Connection) -> None:
    put_entry(con)
    put(con, "ace.claim_outcomes", entry_number=ENTRY, claim_outcome="failed")
    put(con, "registry.cape_messages", effective_to=DAY)
    assert turns(con, of_the_answer=False) == [(1, "MESSAGE-DROPPED")]
