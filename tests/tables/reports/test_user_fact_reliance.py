"""reports.user_fact_reliance: every fact of the user's own files, what rests on it, and how much."""

from datetime import date
from decimal import Decimal
from typing import Any

import duckdb
import pytest

from tests.support.tables import put, rows_of
from tests.tables.promises import broken_promises

Connection = duckdb.DuckDBPyConnection
TABLE = "reports.user_fact_reliance"
ENTRY = "ABC00000001"
KEY = "123456789"
PRINCIPAL, INTEREST = Decimal("100.00"), Decimal("5.00")
FACTS, LATER = f"{1:064}", f"{2:064}"


def put_case(con: Connection, **changes: Any) -> None:
    """An eligible, liquidated entry with principal and interest; facts of the case and rule outcomes as told."""
    eligibility = {name: changes.pop(name) for name in ("cape_status", "recommended_path", "court_deadline_date")
                   if name in changes}  # fmt: skip
    outcomes = {name: changes.pop(name) for name in ("recon_09",) if name in changes}
    walk = {name: changes.pop(name) for name in ("interest_start_rule", "is_rate_class_stated") if name in changes}
    case = {
        "importer_key": KEY,
        "liquidation_state": "liquidated",
        "refund_principal_usd": PRINCIPAL,
        "payee_basis": "importer",
        **changes,
    }
    put(con, "entries.case_facts", entry_number=ENTRY, **case)
    put(
        con,
        "entries.eligibility_decisions",
        entry_number=ENTRY,
        **{"cape_status": "eligible", "recommended_path": "file_cape", **eligibility},
    )
    put(con, "entries.rule_outcomes", entry_number=ENTRY, **outcomes)
    put(
        con,
        "refunds.interest_accruals",
        entry_number=ENTRY,
        principal_usd=PRINCIPAL,
        interest_usd=INTEREST,
        deposit_date_basis=case.get("deposit_date_basis"),
        **{"interest_start_rule": "payment_date", **walk},
    )


def state(con: Connection, load_id: str = FACTS, **facts: Any) -> None:
    """A row of entry_facts.csv, recorded by the import desk on a mail."""
    put_load(con, load_id, "ENTRY-FACTS")
    said = {"recorded_on": date(2026, 7, 1), "recorded_by": "import desk", "evidence": "mail 17"}
    put(con, "ace.entry_facts", entry_number=ENTRY, load_id=load_id, source_row=2, **said, **facts)


def put_load(con: Connection, load_id: str, report_code: str) -> None:
    put(con, "ace.readable_loads", load_id=load_id, report_code=report_code, file_name=f"{report_code}.csv")


def found(con: Connection) -> list[dict[str, Any]]:
    assert broken_promises(con, TABLE) == []
    return rows_of(con, TABLE)


def reliance(con: Connection) -> list[tuple[Any, ...]]:
    return [
        (row["fact_name"], row["relied_on_for"], row["relying_principal_usd"], row["relying_interest_usd"])
        for row in found(con)
    ]


def test_a_fact_tells_who_recorded_it_when_on_what_and_in_which_row(con: Connection) -> None:
    put_case(con)
    state(con, drawback=False)
    (row,) = found(con)
    told = {
        "entry_number": ENTRY,
        "stated_in": "entry_facts.csv",
        "fact_value": "false",
        "load_id": FACTS,
        "source_row": 2,
        "file_name": "ENTRY-FACTS.csv",
        "recorded_on": date(2026, 7, 1),
        "recorded_by": "import desk",
        "evidence": "mail 17",
        "is_contradicted": False,
    }
    assert told.items() <= row.items()


@pytest.mark.parametrize(
    ("fact", "case", "relied_on_for"),
    [
        ({"drawback": False}, {}, "filing"),
        ({"drawback": False}, {"recommended_path": "file_protest"}, "nothing"),
        ({"drawback": True}, {"recommended_path": "await_phase"}, "eligibility"),
        ({"drawback": True}, {"cape_status": "accepted", "recommended_path": "await_refund"}, "nothing"),
        ({"surety_paid": False}, {}, "filing"),
        ({"surety_paid": True}, {"recommended_path": "manual_review"}, "eligibility"),
        ({"adcvd_status": "none"}, {"entry_type_code": "03", "liquidation_state": "unliquidated"}, "eligibility"),
        ({"adcvd_status": "none"}, {"entry_type_code": "03"}, "nothing"),
        ({"adcvd_status": "none"}, {"entry_type_code": "01", "liquidation_state": "unliquidated"}, "nothing"),
        ({"protest_status": "open"}, {}, "eligibility"),
        ({"protest_status": "none"}, {}, "eligibility"),
        ({"protest_status": "none"}, {"liquidation_state": "unliquidated"}, "nothing"),
        ({"protest_scope": "ieepa_only"}, {"protest_state": "open"}, "eligibility"),
        ({"protest_scope": "ieepa_only"}, {"protest_state": "denied"}, "nothing"),
        ({"protest_decision_date": date(2026, 4, 2)}, {"protest_state": "denied"}, "deadline"),
        ({"protest_decision_date": date(2026, 4, 2)}, {"protest_state": "approved"}, "nothing"),
        ({"protest_filed_date": date(2026, 7, 21)}, {}, "eligibility"),
        ({"protest_filed_date": date(2026, 7, 20)}, {}, "nothing"),
        ({"recon_09_filed": False}, {"recon_flag": True, "recon_09": "pass"}, "eligibility"),
        ({"recon_09_filed": False}, {"recon_flag": False, "recon_09": "pass"}, "nothing"),
        (
            {"recon_due_date": date(2026, 9, 1)},
            {"recon_flag": True, "recon_due_date_basis": "user_fact"},
            "deadline",
        ),
        ({"prior_refund_usd": Decimal("3.00")}, {"prior_refund_usd": Decimal("3.00")}, "principal"),
        ({"prior_refund_usd": Decimal("0.00")}, {"prior_refund_usd": Decimal("0.00")}, "nothing"),
        ({"box28_number": "96-0000909"}, {"payee_basis": "designated"}, "payee"),
        ({"box28_number": "96-0000909"}, {"payee_basis": "es022"}, "nothing"),
        ({"warehouse_entry_number": "ABC00000002"}, {}, "nothing"),
    ],
)  # fmt: skip
def test_what_rests_on_a_fact(con: Connection, fact: dict[str, Any], case: dict[str, Any], relied_on_for: str) -> None:
    put_case(con, **case)
    state(con, **fact)
    principal, interest = (Decimal(0), Decimal(0)) if relied_on_for == "nothing" else (PRINCIPAL, INTEREST)
    assert reliance(con) == [(*fact, relied_on_for, principal, interest)]


def test_a_day_of_deposit_carries_the_interest_and_the_court_date(con: Connection) -> None:
    put_case(
        con,
        deposit_date=date(2025, 6, 2),
        deposit_date_basis="user_fact",
        court_deadline_date=date(2027, 6, 2),
    )
    state(con, deposit_date=date(2025, 6, 2))
    assert reliance(con) == [
        ("deposit_date", "deadline", PRINCIPAL, INTEREST),
        ("deposit_date", "interest", Decimal(0), INTEREST),
    ]


def test_a_day_of_deposit_that_a_statement_overrides_carries_nothing(con: Connection) -> None:
    put_case(con, deposit_date=date(2025, 6, 3), deposit_date_basis="rev103_paid")
    state(con, deposit_date=date(2025, 6, 2))
    assert reliance(con) == [("deposit_date", "nothing", Decimal(0), Decimal(0))]


def test_a_protest_that_a_report_denies_does_not_rest_on_the_users_none(con: Connection) -> None:
    put_case(con)
    put(con, "ace.entry_versions", entry_number=ENTRY, has_protest_column=True)
    state(con, protest_status="none")
    assert reliance(con) == [("protest_status", "nothing", Decimal(0), Decimal(0))]


def test_a_column_1_rate_carries_the_principal_of_the_lines_it_decides_and_their_interest_is_not_told(
    con: Connection,
) -> None:
    put_case(con)
    for line, basis, amount in ((1, "entry_facts", "30.00"), (2, "printed", "70.00")):
        amounts = {"ieepa_usd": Decimal(amount), "ieepa_low_usd": Decimal(amount)}
        put(con, "lines.duty_splits", entry_number=ENTRY, line_number=line, column_1_basis=basis, **amounts)
    state(con, column_1_rate="3.7%")
    assert reliance(con) == [("column_1_rate", "principal", Decimal("30.00"), None)]


def test_the_day_of_a_zone_status_carries_the_principal_whose_law_it_decides(con: Connection) -> None:
    put_case(con)
    put(con, "lines.law_dates", entry_number=ENTRY, law_date_basis="privileged_foreign_date")
    state(con, privileged_foreign_date=date(2025, 5, 1))
    assert reliance(con) == [("privileged_foreign_date", "principal", PRINCIPAL, INTEREST)]


def test_what_two_rows_state_differently_carries_nothing_and_says_so(con: Connection) -> None:
    put_case(con, contradicted_facts=["drawback"])
    state(con, drawback=False)
    state(con, LATER, drawback=True)
    assert [(row["fact_value"], row["relied_on_for"], row["is_contradicted"]) for row in found(con)] == [
        ("false", "nothing", True),
        ("true", "nothing", True),
    ]


def test_what_two_rows_state_alike_stands_twice_with_the_amount_of_one_entry(con: Connection) -> None:
    put_case(con)
    state(con, drawback=False)
    state(con, LATER, drawback=False)
    assert reliance(con) == 2 * [("drawback", "filing", PRINCIPAL, INTEREST)]


def test_an_unknown_principal_is_unknown_and_not_nothing(con: Connection) -> None:
    put_case(con, refund_principal_usd=None)
    state(con, drawback=False)
    ((_, _, principal, _),) = reliance(con)
    assert principal is None


def test_a_file_that_was_replaced_states_nothing_any_more(con: Connection) -> None:
    put_case(con)
    put(con, "ace.entry_facts", entry_number=ENTRY, load_id=LATER, drawback=False)
    assert found(con) == []


def test_facts_of_the_importer_stand_on_each_of_its_entries(con: Connection) -> None:
    put_case(con, is_rate_class_stated=True, payee_basis="designated")
    put_load(con, FACTS, "IMPORTERS")
    facts = {"rate_class": "corporate", "payee_4811": "96-0000909", "periodic_monthly_statement": True}
    put(con, "ace.importers", load_id=FACTS, importer_key=KEY, **facts)
    put(con, "ace.importers", load_id=FACTS, source_row=9, importer_key="other", **facts)
    assert reliance(con) == [
        ("payee_4811", "payee", PRINCIPAL, INTEREST),
        ("periodic_monthly_statement", "nothing", Decimal(0), Decimal(0)),
        ("rate_class", "interest", Decimal(0), INTEREST),
    ]


def test_a_list_of_deposits_carries_the_interest_that_starts_from_it(con: Connection) -> None:
    put_case(con, interest_start_rule="listed_deposits")
    put_load(con, FACTS, "DEPOSITS")
    listed = {"deposit_date": date(2025, 6, 2), "ieepa_usd": Decimal("40.00"), "deposit_kind": "original"}
    put(con, "ace.deposits", entry_number=ENTRY, load_id=FACTS, source="rev103", **listed)
    (row,) = found(con)
    assert (row["relied_on_for"], row["fact_value"], row["evidence"]) == (
        "interest",
        "2025-06-02, of it IEEPA 40.00, original",
        "read from rev103",
    )


def test_a_notify_party_carries_the_payee_only_where_no_report_names_one(con: Connection) -> None:
    put_case(con, payee_basis="es022")
    put_load(con, FACTS, "PAYEES")
    put(con, "ace.payees", load_id=FACTS, importer_key=KEY, payee_number="96-0000909")
    assert reliance(con) == [("payee_number", "nothing", Decimal(0), Decimal(0))]


def vouch(con: Connection, **scope: Any) -> None:
    put_load(con, FACTS, "ATTESTATIONS")
    said = {"attested_fact": "drawback", "attested_by": "import desk", "attested_on": date(2026, 7, 18)}
    put(con, "ace.attestations", load_id=FACTS, **said, **scope)


@pytest.mark.parametrize("scope", [{}, {"importer_key": KEY}, {"entry_number": ENTRY}])
def test_who_vouches_carries_the_draft(con: Connection, scope: dict[str, Any]) -> None:
    put_case(con)
    said = ["drawback: import desk, 2026-07-18"]
    put(con, "refunds.filing_candidates", entry_number=ENTRY, importer_key=KEY, attestations=said)
    vouch(con, **scope)
    assert reliance(con) == [("drawback", "filing", PRINCIPAL, INTEREST)]


def test_a_word_that_was_not_needed_carries_nothing_and_that_for_another_importer_is_not_told(con: Connection) -> None:
    put_case(con)
    put(con, "refunds.filing_candidates", entry_number=ENTRY, importer_key=KEY)
    vouch(con)
    put(con, "ace.attestations", load_id=FACTS, source_row=9, importer_key="other", attested_fact="drawback")
    assert reliance(con) == [("drawback", "nothing", Decimal(0), Decimal(0))]


def test_an_exclusion_carries_what_is_kept_off_the_draft(con: Connection) -> None:
    put_case(con)
    put(con, "refunds.filing_candidates", entry_number=ENTRY, undrafted_reason="excluded")
    put_load(con, FACTS, "EXCLUSIONS")
    put(con, "ace.exclusions", entry_number=ENTRY, load_id=FACTS, exclusion_reason="sold", excluded_by="import desk")
    (row,) = found(con)
    assert (row["relied_on_for"], row["fact_value"], row["recorded_by"]) == ("filing", "sold", "import desk")


def test_a_day_of_acceptance_of_the_users_carries_the_forecast(con: Connection) -> None:
    put_case(con, claim_number="C1", is_accepted=True, accepted_date_basis="declarations", cape_status="accepted")
    put_load(con, FACTS, "DECLARATIONS")
    put(con, "ace.declarations", load_id=FACTS, claim_number="C1", accepted_date=date(2026, 4, 21))
    assert reliance(con) == [("accepted_date", "forecast", PRINCIPAL, INTEREST)]
