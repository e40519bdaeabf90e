"""refunds.filing_candidates: every entry that may be filed or refiled, who submits it, and why it is on no draft."""

from datetime import date, timedelta
from typing import Any

import duckdb
import pytest

from tests.support.tables import put, rows_of
from tests.tables.conftest import AS_OF
from tests.tables.promises import broken_promises, build
from tests.tables.refunds.cases import attest, entry_number, put_entry, put_load, put_stated, put_upload

Connection = duckdb.DuckDBPyConnection
TABLE = "refunds.filing_candidates"
CLAIM = "100000240001"
REFILABLE = {"recommended_path": "fix_and_refile", "cape_status": "ineligible", "blocking_rules": ["CBP-VERDICT"]}
OTHER_IMPORTER = {"importer_key": "369998887", "importer_number": "36-9998887"}


def reasons(con: Connection) -> dict[str, str | None]:
    """Why each candidate is on no draft, by entry."""
    return {row["entry_number"]: row["undrafted_reason"] for row in rows_of(con, TABLE)}


def reason(con: Connection) -> str | None:
    (told,) = reasons(con).values()
    return told


def only(con: Connection) -> dict[str, Any]:
    (row,) = rows_of(con, TABLE)
    return row


def choose_submitters(con: Connection, *named: tuple[str, str, str]) -> None:
    for order, (submitter_type, submitter_id, key) in enumerate(named, 1):
        put(
            con,
            "registry.chosen_submitters",
            submitter_order=order,
            submitter_type=submitter_type,
            submitter_id=submitter_id,
            submitter_key=key,
        )


def put_outcome(con: Connection, n: int = 1, **outcome: Any) -> None:
    given = {"claim_number": CLAIM, "claim_outcome": "accepted", "accepted_date_basis": "unknown", **outcome}
    put(con, "ace.claim_outcomes", entry_number=entry_number(n), **given)


def exclude(con: Connection, n: int, **facts: Any) -> None:
    load_id = put_load(con, 600, "EXCLUSIONS", "exclusions.csv")
    put(con, "ace.exclusions", load_id=load_id, entry_number=entry_number(n), **facts)


# ---- who is a candidate -------------------------------------------------------------------------------------------


def test_an_entry_that_may_be_filed_and_lacks_nothing_is_drafted(con: Connection) -> None:
    put_entry(con)
    row = only(con)
    assert (row["undrafted_reason"], row["unattested_facts"], row["attestations"]) == (None, [], [])
    assert (row["is_refiling"], row["is_status_stale"]) == (False, False)
    assert broken_promises(con, TABLE) == []


@pytest.mark.parametrize("path", ["manual_review", "withdraw_protest_then_cape", "await_refund", "none", "court"])
def test_an_entry_on_another_path_is_no_candidate(con: Connection, path: str) -> None:
    put_entry(con, recommended_path=path)
    assert rows_of(con, TABLE) == []


def test_an_entry_of_an_unknown_importer_is_not_drafted(con: Connection) -> None:
    put_entry(con, importer_key=None, importer_number=None)
    assert reason(con) == "importer_unknown"
    assert broken_promises(con, TABLE) == []


# ---- who submits --------------------------------------------------------------------------------------------------


def test_without_a_choice_every_importer_submits_its_own_entries_and_the_filers_stay_apart(con: Connection) -> None:
    put_entry(con, 1)
    put_entry(con, 2, entry_number="XYZ00000002", filer_code="XYZ")
    put_entry(con, 3, **OTHER_IMPORTER)
    told = [(row["submitter_type"], row["submitter_id"], row["draft_group"]) for row in rows_of(con, TABLE)]
    assert told == [
        ("importer", "12-345678900", "importer/12-3456789/ABC"),
        ("importer", "36-9998887", "importer/369998887/ABC"),
        ("importer", "12-345678900", "importer/12-3456789/XYZ"),
    ]


def test_an_importer_submits_only_its_own_entries_whatever_the_filer(con: Connection) -> None:
    choose_submitters(con, ("importer", "36-9998887", "369998887"))
    put_entry(con, 1)
    put_entry(con, 2, **OTHER_IMPORTER)
    put_entry(con, 3, entry_number="XYZ00000003", filer_code="XYZ", **OTHER_IMPORTER)
    assert reasons(con) == {
        entry_number(1): "not_by_this_submitter",
        entry_number(2): None,
        "XYZ00000003": None,
    }
    assert [row["draft_group"] for row in rows_of(con, TABLE)][1:] == ["importer/369998887", "importer/369998887"]


def test_a_broker_submits_only_entries_with_its_filer_code_and_each_importer_apart(con: Connection) -> None:
    choose_submitters(con, ("broker", "ABC", "ABC"))
    put_entry(con, 1)
    put_entry(con, 2, **OTHER_IMPORTER)
    put_entry(con, 3, entry_number="XYZ00000003", filer_code="XYZ")
    assert reasons(con) == {entry_number(1): None, entry_number(2): None, "XYZ00000003": "not_by_this_submitter"}
    assert [row["draft_group"] for row in rows_of(con, TABLE)][:2] == [
        "broker/12-3456789/ABC",
        "broker/369998887/ABC",
    ]


def test_an_entry_that_the_submitter_may_not_file_stays_eligible(con: Connection) -> None:
    choose_submitters(con, ("broker", "XYZ", "XYZ"))
    put_entry(con)
    row = only(con)
    assert (row["cape_status"], row["recommended_path"], row["submitter_type"]) == ("eligible", "file_cape", None)
    assert broken_promises(con, TABLE) == []


@pytest.mark.parametrize("first", ["importer", "broker"])
def test_an_entry_that_two_submitters_may_file_goes_to_the_one_named_first(con: Connection, first: str) -> None:
    both = [("importer", "12-3456789", "12-3456789"), ("broker", "ABC", "ABC")]
    choose_submitters(con, *(both if first == "importer" else reversed(both)))
    put_entry(con)
    assert only(con)["submitter_type"] == first


# ---- what is vouched for ------------------------------------------------------------------------------------------


def test_an_entry_with_an_unverified_fact_is_not_drafted_until_somebody_vouches_for_it(con: Connection) -> None:
    put_entry(con, unverified_facts=["drawback", "surety_paid"])
    assert (reason(con), only(con)["unattested_facts"]) == ("unverified_facts", ["drawback", "surety_paid"])
    attest(con, "drawback")
    assert (reason(con), only(con)["unattested_facts"]) == ("unverified_facts", ["surety_paid"])
    attest(con, "surety_paid", on=date(2026, 7, 1))
    row = only(con)
    assert (row["undrafted_reason"], row["unattested_facts"]) == (None, [])
    assert row["attestations"] == ["drawback: A. Broker, 2026-07-20", "surety_paid: A. Broker, 2026-07-01"]
    assert broken_promises(con, TABLE) == []


def test_what_is_vouched_for_and_not_needed_is_not_told(con: Connection) -> None:
    attest(con, "drawback")
    put_entry(con)
    assert only(con)["attestations"] == []


def test_an_attestation_holds_for_the_importer_or_the_entry_it_names(con: Connection) -> None:
    for n in (1, 2, 3):
        put_entry(con, n, unverified_facts=["drawback"], **(OTHER_IMPORTER if n == 2 else {}))
    attest(con, "drawback", importer_key="369998887")
    attest(con, "drawback", entry_number=entry_number(3))
    assert reasons(con) == {entry_number(1): "unverified_facts", entry_number(2): None, entry_number(3): None}


def test_an_attestation_in_a_file_that_may_not_be_read_says_nothing(con: Connection) -> None:
    put_entry(con, unverified_facts=["drawback"])
    put(con, "ace.attestations", attested_fact="drawback")
    assert reason(con) == "unverified_facts"


@pytest.mark.parametrize("status", ["pass", "unknown", None])
def test_a_status_that_is_not_stale_or_has_no_rule_holds_nothing_back(con: Connection, status: str | None) -> None:
    put_entry(con, stale_status=status)
    assert reason(con) is None


@pytest.mark.parametrize(("days_ago", "told"), [(0, None), (14, None), (15, "stale_status")])
def test_a_stale_status_is_drafted_for_14_days_after_it_was_accepted(
    con: Connection, days_ago: int, told: str | None
) -> None:
    put_entry(con, stale_status="fail")
    assert reason(con) == "stale_status"
    attest(con, "stale_status", on=AS_OF - timedelta(days=days_ago))
    assert reason(con) == told


def test_a_stale_status_that_is_accepted_does_not_vouch_for_a_fact(con: Connection) -> None:
    put_entry(con, stale_status="fail", unverified_facts=["drawback"])
    attest(con, "stale_status")
    assert reason(con) == "unverified_facts"


# ---- what is excluded, accepted or filed --------------------------------------------------------------------------


def test_an_excluded_entry_keeps_its_status_and_says_who_excluded_it_and_why(con: Connection) -> None:
    put_entry(con, 1)
    put_entry(con, 2)
    exclude(con, 1, exclusion_reason="claim was sold", excluded_by="A. Broker", excluded_on=AS_OF)
    excluded, other = rows_of(con, TABLE)
    assert (excluded["undrafted_reason"], other["undrafted_reason"]) == ("excluded", None)
    assert (excluded["cape_status"], excluded["exclusion_reason"]) == ("eligible", "claim was sold")
    assert (excluded["excluded_by"], excluded["excluded_on"]) == ("A. Broker", AS_OF)


@pytest.mark.parametrize(
    ("accepted", "told"), [(None, "already_accepted"), (AS_OF, "already_accepted"), (AS_OF + timedelta(days=1), None)]
)
def test_an_entry_accepted_once_is_never_drafted_again_whatever_its_path(
    con: Connection, accepted: date | None, told: str | None
) -> None:
    put_entry(con)
    put_outcome(con, accepted_date=accepted)
    put_outcome(con, claim_number="100000240009", claim_outcome="failed")
    assert reason(con) == told


def test_an_entry_on_an_uploaded_file_waits_for_its_result(con: Connection) -> None:
    put_entry(con, 1)
    put_entry(con, 2)
    put_upload(con, [1])
    build(con, "refunds.filed_declarations")
    waiting, free = rows_of(con, TABLE)
    assert (waiting["undrafted_reason"], free["undrafted_reason"]) == ("filed_and_waiting", None)
    assert waiting["waiting_declaration_id"].startswith("file-")
    assert broken_promises(con, TABLE) == []


@pytest.mark.parametrize("printed", ["Rejected by batch validation", "abandoned", "Rejected"])
def test_an_entry_on_a_file_that_cbp_refused_or_nobody_uploaded_is_free_again(con: Connection, printed: str) -> None:
    put_entry(con)
    put_upload(con, [1], "first.csv")
    put_stated(con, claim_number=None, file_name="first.csv", cbp_status=printed)
    build(con, "refunds.filed_declarations")
    assert reason(con) is None


@pytest.mark.parametrize(
    ("outcome", "told"), [("failed", None), ("unknown", "filed_and_waiting"), ("accepted", "already_accepted")]
)
def test_the_result_of_the_entry_on_the_claim_of_the_file_ends_the_waiting(
    con: Connection, outcome: str, told: str | None
) -> None:
    put_entry(con)
    put_upload(con, [1, 2], "first.csv")
    put_stated(con, claim_number=CLAIM, file_name="first.csv")
    put_outcome(con, claim_outcome=outcome)
    build(con, "refunds.filed_declarations")
    assert reason(con) == told


def test_an_entry_that_the_claim_details_leave_out_was_not_taken_and_is_free(con: Connection) -> None:
    put_entry(con)
    put_upload(con, [1, 2], "first.csv")
    put_stated(con, claim_number=CLAIM, file_name="first.csv")
    build(con, "refunds.filed_declarations")
    assert reason(con) == "filed_and_waiting"
    put_outcome(con, 2, claim_details_run_date=AS_OF)
    assert reason(con) is None


def test_a_result_on_another_claim_does_not_end_the_waiting(con: Connection) -> None:
    put_entry(con)
    put_upload(con, [1])
    put_outcome(con, claim_outcome="failed")
    put_outcome(con, 2, claim_outcome="failed")
    build(con, "refunds.filed_declarations")
    assert reason(con) == "filed_and_waiting"


# ---- refiling -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("remedy", "scope", "told"),
    [
        ("refile_unchanged_once", None, "refiling_not_confirmed"),
        ("refile_unchanged_once", {}, None),
        ("refile_unchanged_once", {"importer_key": "12-3456789"}, None),
        ("refile_unchanged_once", {"importer_key": "369998887"}, "refiling_not_confirmed"),
        ("psc", {}, "refiling_not_confirmed"),
        ("psc", {"importer_key": "12-3456789"}, "refiling_not_confirmed"),
        ("psc", {"entry_number": entry_number(1)}, None),
        ("wait_then_refile", {}, "refiling_not_confirmed"),
        ("wait_then_refile", {"entry_number": entry_number(1)}, None),
    ],
)
def test_a_failed_entry_is_refiled_when_it_is_confirmed_and_by_name_unless_cbp_takes_it_unchanged(
    con: Connection, remedy: str, scope: dict[str, str] | None, told: str | None
) -> None:
    put_entry(con, remedy=remedy, **REFILABLE)
    if scope is not None:
        attest(con, "ready_to_refile", **scope)
    assert reason(con) == told
    assert only(con)["is_refiling"]
    assert broken_promises(con, TABLE) == []


@pytest.mark.parametrize(
    ("failed", "told"),
    [
        (AS_OF - timedelta(days=1), None),
        (AS_OF, None),
        (AS_OF + timedelta(days=1), "refiling_not_confirmed"),
        (None, None),
    ],
)
@pytest.mark.parametrize("scope", [{}, {"entry_number": entry_number(1)}])
def test_what_was_confirmed_before_an_entry_failed_again_does_not_hold_any_more(
    con: Connection, scope: dict[str, str], failed: date | None, told: str | None
) -> None:
    put_entry(con, remedy="refile_unchanged_once", last_cape_date=failed, **REFILABLE)
    attest(con, "ready_to_refile", on=AS_OF, **scope)
    assert reason(con) == told


def test_a_refiled_entry_must_meet_every_other_rule_too(con: Connection) -> None:
    attest(con, "ready_to_refile")
    put_entry(con, 1, remedy="refile_unchanged_once", **{**REFILABLE, "blocking_rules": ["CBP-VERDICT", "PROTEST"]})
    put_entry(con, 2, remedy="refile_unchanged_once", contradicted_facts=["drawback"], **REFILABLE)
    put_entry(con, 3, remedy="refile_unchanged_once", unverified_facts=["drawback"], **REFILABLE)
    assert list(reasons(con).values()) == ["other_rules_unmet", "other_rules_unmet", "unverified_facts"]


def test_refiled_entries_have_files_of_their_own(con: Connection) -> None:
    attest(con, "ready_to_refile")
    put_entry(con, 1)
    put_entry(con, 2, remedy="refile_unchanged_once", **REFILABLE)
    assert [row["draft_group"] for row in rows_of(con, TABLE)] == [
        "importer/12-3456789/ABC",
        "importer/12-3456789/ABC/refiling",
    ]
