"""reports.payee_readiness: whether importer numbers and notify parties can be paid; unknown is never no."""

from datetime import date
from decimal import Decimal
from typing import Any

import duckdb
import pytest

from tests.support.tables import put, rows_of
from tests.tables.conftest import AS_OF
from tests.tables.promises import broken_promises, build
from tests.tables.refunds.cases import entry_number, put_entry

Connection = duckdb.DuckDBPyConnection
TABLE = "reports.payee_readiness"
KEY = "123456789"
READY = {
    "importer_number": "12-3456789",
    "ach_enrolled": True,
    "routing_fedach_ok": True,
    "address_ok": True,
    "email_on_file": True,
    "ace_sub_account": True,
    "ace_top_account": True,
    "ach_payer_id": "A1",
    "last_checked_date": date(2026, 7, 1),
}


def state(con: Connection, **facts: Any) -> None:
    """What importers.csv says of the importer: everything is set up, changed as told."""
    put(con, "ace.current_importers", importer_key=KEY, **{**READY, **facts})


def designate(con: Connection, payee: str = "36-9998887", **told: Any) -> None:
    load_id = f"{1:064}"
    if not con.execute("from ace.readable_loads").fetchall():
        put(con, "ace.readable_loads", load_id=load_id, report_code="PAYEES")
    put(con, "ace.payees", load_id=load_id, importer_key=KEY, payee_number=payee, **told)


def entry(con: Connection, n: int = 1, interest: str | None = "50.00", **facts: Any) -> None:
    """An eligible entry of the importer, paid to itself, changed as told."""
    given = {"importer_key": KEY, "importer_number": "12-3456789", "payee_basis": "importer", "payee_key": KEY, **facts}
    put_entry(con, n, **given)
    if interest:
        put(con, "refunds.interest_accruals", entry_number=entry_number(n), interest_usd=Decimal(interest))


def only(con: Connection) -> dict[str, Any]:
    build(con, "entries.payee_designations")
    assert broken_promises(con, TABLE) == []
    (row,) = rows_of(con, TABLE)
    return row


def test_an_importer_with_everything_set_up_and_looked_at_is_ready(con: Connection) -> None:
    state(con)
    entry(con)
    row = only(con)
    assert (row["readiness"], row["findings"], row["next_action"]) == ("ready", [], None)
    assert (row["payee_numbers"], row["may_be_paid_itself"]) == (["12-3456789"], True)


def test_of_an_importer_no_file_names_everything_is_unknown_and_nothing_is_no(con: Connection) -> None:
    entry(con)
    row = only(con)
    assert row["readiness"] == "unknown"
    told = ("ach_enrolled", "routing_fedach_ok", "address_ok", "email_on_file", "ace_sub_account", "is_check_stale")
    assert {row[name] for name in told} == {None}
    assert sum("not known" in finding for finding in row["findings"]) == 4


@pytest.mark.parametrize(
    ("facts", "said", "mailbox"),
    [
        ({"ach_enrolled": False}, "not enrolled for ACH refunds", "frn-achrefundsupport@cbp.dhs.gov"),
        ({"routing_fedach_ok": False}, "takes no FedACH payments", "frn-achrefundsupport@cbp.dhs.gov"),
        ({"address_ok": False}, "not in the format of its country", None),
        (
            {"ach_enrolled": False, "ace_sub_account": False},
            "request letter and the application",
            "ACE.Applications@cbp.dhs.gov",
        ),
        (
            {"ach_enrolled": False, "ace_sub_account": False, "ace_top_account": False, "email_on_file": False},
            "Form 5106, wait 24 hours",
            "frn-achrefundsupport@cbp.dhs.gov",
        ),
    ],
)
def test_a_fault_is_named_with_what_to_do_and_where_to_write(
    con: Connection, facts: dict[str, Any], said: str, mailbox: str | None
) -> None:
    state(con, **facts)
    row = only(con)
    assert row["readiness"] == "not_ready"
    assert said in row["next_action"]
    assert row["cbp_mailbox"] == mailbox
    assert row["findings"][0].startswith(row["next_action"])


def test_an_enrolled_importer_needs_no_portal_account(con: Connection) -> None:
    state(con, ace_sub_account=False, ace_top_account=False, email_on_file=False)
    assert only(con)["readiness"] == "ready"


def test_of_an_enrolled_importer_an_unknown_routing_number_or_address_is_noted_and_not_in_doubt(
    con: Connection,
) -> None:
    state(con, routing_fedach_ok=None, address_ok=None)
    row = only(con)
    assert (row["readiness"], len(row["findings"])) == ("ready", 2)


def test_every_suffix_is_a_number_of_its_own(con: Connection) -> None:
    state(con)
    put(con, "ace.current_importers", **{**READY, "importer_key": f"{KEY}AB", "ach_enrolled": False})
    assert {row["importer_key"]: row["readiness"] for row in rows_of(con, TABLE)} == {
        KEY: "ready",
        f"{KEY}AB": "not_ready",
    }


# ---- notify parties -----------------------------------------------------------------------------------------------


def test_an_importer_whose_every_entry_is_paid_to_an_enrolled_notify_party_needs_no_enrolment(con: Connection) -> None:
    state(con, ach_enrolled=False, routing_fedach_ok=None)
    designate(con, ach_enrolled=True)
    entry(con, payee_number="36-9998887", payee_key="369998887", payee_basis="designated")
    row = only(con)
    assert (row["readiness"], row["may_be_paid_itself"], row["payee_numbers"]) == ("ready", False, ["36-9998887"])
    assert row["notify_parties_ach_enrolled"] is True
    entry(con, 2)
    assert only(con)["readiness"] == "not_ready"


@pytest.mark.parametrize(("enrolled", "readiness"), [(True, "ready"), (False, "not_ready"), (None, "unknown")])
def test_the_notify_party_must_be_enrolled_and_unknown_is_unknown(
    con: Connection, *, enrolled: bool | None, readiness: str
) -> None:
    state(con)
    designate(con, ach_enrolled=enrolled)
    row = only(con)
    assert (row["notify_parties_ach_enrolled"], row["readiness"]) == (enrolled, readiness)


def test_an_entry_whose_payee_cannot_be_told_asks_for_box_28(con: Connection) -> None:
    state(con)
    designate(con, ach_enrolled=True)
    entry(con, payee_number="36-9998887", payee_key="369998887", payee_basis="ambiguous", is_payee_ambiguous=True)
    row = only(con)
    assert (row["readiness"], row["ambiguous_entry_count"], row["may_be_paid_itself"]) == ("unknown", 1, True)
    assert any("state box28_number in entry_facts.csv" in finding for finding in row["findings"])


def test_an_entry_that_names_a_party_cbp_will_not_pay_is_a_fault_before_filing(con: Connection) -> None:
    state(con)
    entry(con, is_box28_not_designated=True)
    assert (only(con)["readiness"], only(con)["box28_vain_entry_count"]) == ("not_ready", 1)


@pytest.mark.parametrize(
    ("told", "said"),
    [
        ({"designation_to_date": date(2026, 7, 19)}, "no longer holds"),
        ({"last_transaction_date": date(2023, 7, 19)}, "no longer holds"),
        ({"last_transaction_date": date(2023, 10, 18)}, "lapses without a further transaction"),
        ({"last_transaction_date": date(2023, 10, 19)}, None),
    ],
)
def test_a_designation_that_has_ended_or_lapses_within_90_days_is_noted(
    con: Connection, told: dict[str, Any], said: str | None
) -> None:
    state(con)
    designate(con, ach_enrolled=True, **told)
    row = only(con)
    assert [said in finding for finding in row["findings"]] == ([] if said is None else [True])
    assert row["readiness"] == "ready"
    assert len(row["designations"]) == 1


# ---- how old the settings are -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("checked", "stale"),
    [(date(2026, 6, 20), False), (date(2026, 6, 19), True), (None, None), (date(2026, 7, 21), None)],
)
def test_settings_looked_at_more_than_30_days_ago_are_stale(
    con: Connection, checked: date | None, *, stale: bool | None
) -> None:
    state(con, last_checked_date=checked)
    row = only(con)
    assert row["is_check_stale"] is stale
    assert len(row["findings"]) == (0 if stale is False else 1)
    assert row["readiness"] == "ready"


def test_the_payer_id_of_one_guide_is_noted_and_blocks_nothing(con: Connection) -> None:
    state(con, ach_payer_id=None)
    row = only(con)
    assert row["readiness"] == "ready"
    assert row["findings"] == ["no ACH payer ID stated: one filing guide wants it at the upload, CBP names none"]


# ---- what is at stake ---------------------------------------------------------------------------------------------


def test_what_is_at_stake_is_told_by_stage(con: Connection) -> None:
    state(con)
    entry(con, 1)
    entry(con, 2, cape_status="eligible_paid_on_liquidation", refund_principal_usd=Decimal("200.00"), interest="1.00")
    entry(con, 3, is_accepted=True, cape_status="accepted", refund_principal_usd=Decimal("30.00"), interest="2.00")
    issued = {"refund_number": "R", "cape_status": "refunded", "refunded_principal_usd": Decimal("4.00")}
    entry(con, 4, **issued, refunded_interest_usd=Decimal("0.50"), is_cash_settled=False, interest=None)
    entry(con, 5, **issued, refunded_interest_usd=Decimal("9.99"), is_cash_settled=True, interest=None)
    entry(con, 6, cape_status="ineligible")
    row = only(con)
    assert (row["eligible_principal_usd"], row["eligible_interest_usd"]) == (Decimal("1200.00"), Decimal("51.00"))
    assert (row["accepted_principal_usd"], row["accepted_interest_usd"]) == (Decimal("30.00"), Decimal("2.00"))
    assert (row["issued_unpaid_principal_usd"], row["issued_unpaid_interest_usd"]) == (Decimal("4.00"), Decimal("0.50"))
    assert (row["principal_unknown_count"], row["interest_unknown_count"]) == (0, 0)


def test_an_amount_that_is_not_known_is_counted_and_in_no_sum(con: Connection) -> None:
    state(con)
    entry(con, 1)
    entry(con, 2, refund_principal_usd=None, interest=None)
    row = only(con)
    assert row["eligible_principal_usd"] == Decimal("1000.00")
    assert (row["principal_unknown_count"], row["interest_unknown_count"]) == (1, 1)


def test_with_nothing_at_stake_there_are_no_sums_and_the_settings_still_count(con: Connection) -> None:
    state(con, ach_enrolled=False)
    row = only(con)
    assert (row["eligible_principal_usd"], row["readiness"], row["as_of_date"]) == (None, "not_ready", AS_OF)


def test_an_entry_without_an_importer_is_shown_under_an_unknown_one(con: Connection) -> None:
    entry(con, importer_key=None, importer_number=None, payee_number=None, payee_key=None)
    assert only(con)["importer_key"] == "unknown"


def test_without_entries_and_importers_the_table_is_empty(con: Connection) -> None:
    assert rows_of(con, TABLE) == []
