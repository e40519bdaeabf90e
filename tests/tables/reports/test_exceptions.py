"""reports.exceptions: what would not be true of a correct world is shown, and a correct world shows nothing."""

from datetime import date
from decimal import Decimal
from typing import Any

import duckdb
import pytest

from tests.support.tables import put, rows_of
from tests.tables.promises import broken_promises, build

Connection = duckdb.DuckDBPyConnection
ENTRY = "ABC00000001"


def put_facts(con: Connection, **facts: Any) -> None:
    """An entry of a correct world: 100.00 IEEPA at most, changed as told."""
    given = {"refund_principal_usd": Decimal("90.00"), "ieepa_high_usd": Decimal("100.00"), **facts}
    put(con, "entries.case_facts", entry_number=ENTRY, **given)


def put_line(con: Connection, n: int = 1, **facts: Any) -> None:
    """A tariff row with IEEPA duty outside the window of its heading, changed as told."""
    given = {
        "heading": "9903.01.24",
        "entry_date": date(2026, 3, 2),
        "duty_bucket": "ieepa",
        "duty_usd": Decimal("7.00"),
        "anomaly_codes": ["OUTSIDE-WINDOW"],
        **facts,
    }
    put(con, "lines.classified_lines", entry_number=ENTRY, tariff_ordinal=n, **given)


def found(con: Connection) -> list[tuple[Any, ...]]:
    rows = rows_of(con, "reports.exceptions")
    assert broken_promises(con, "reports.exceptions") == []
    assert all(row["exception_key"] == f"{row['expectation']}: {ENTRY}" for row in rows)
    assert {row["entry_number"] for row in rows} <= {ENTRY}
    return [(row["expectation"], row["amount_usd"], row["detail"]) for row in rows]


def test_a_correct_world_shows_nothing(con: Connection) -> None:
    put_facts(con, accepted_claim_count=1, refunded_principal_usd=Decimal("100.00"))
    put(con, "lines.entry_baselines", entry_number=ENTRY, baseline_basis="before_acceptance")
    put_split(con)
    assert found(con) == []


def test_an_entry_accepted_twice_is_shown(con: Connection) -> None:
    put_facts(con, accepted_claim_count=2)
    assert found(con) == [
        ("an entry is accepted on one declaration only", Decimal("90.00"), "2 claims show it accepted")
    ]


def test_a_refund_a_cent_above_the_duty_is_shown_with_the_excess(con: Connection) -> None:
    put_facts(con, refunded_principal_usd=Decimal("100.01"), refund_number="R1")
    assert found(con) == [
        (
            "a refund never exceeds the IEEPA duty that was paid",
            Decimal("0.01"),
            "refunded 100.01, at most 100.00 IEEPA",
        )
    ]


@pytest.mark.parametrize("facts", [{"ieepa_high_usd": None}, {"refunded_principal_usd": None}])
def test_what_is_unknown_exceeds_nothing(con: Connection, facts: dict[str, None]) -> None:
    put_facts(con, **{"refunded_principal_usd": Decimal("100.01"), **facts})
    assert found(con) == []


def test_ieepa_duty_outside_its_window_is_summed_by_entry_and_names_the_headings_once(con: Connection) -> None:
    put_line(con, 1, heading="9903.01.25")
    put_line(con, 2, heading="9903.01.24", duty_usd=Decimal("0.50"), duty_bucket="ieepa_exempt")
    put_line(con, 3, heading="9903.01.24")
    assert found(con) == [
        (
            "no IEEPA duty is paid outside the window of its heading",
            Decimal("14.50"),
            "headings 9903.01.24, 9903.01.25 on 2026-03-02",
        )
    ]


@pytest.mark.parametrize(
    "facts",
    [
        {"anomaly_codes": []},
        {"anomaly_codes": ["RATE-DEVIATES"]},
        {"duty_bucket": "section_301"},
        {"duty_usd": Decimal("0.00")},
        {"duty_usd": None},
    ],
)
def test_rows_inside_the_window_of_another_authority_or_without_duty_are_not_shown(
    con: Connection, facts: dict[str, Any]
) -> None:
    put_line(con, 1, **facts)
    assert found(con) == []


def put_split(con: Connection, line_number: int = 1, **facts: Any) -> None:
    """A line with 100.00 IEEPA duty among 137.00 paid in June 2025, changed as told."""
    given = {
        "entry_date": date(2025, 6, 10),
        "paid_duty_usd": Decimal("137.00"),
        "ieepa_low_usd": Decimal("100.00"),
        "ieepa_high_usd": Decimal("100.00"),
        "split_basis": "filed_rows",
        **facts,
    }
    put(con, "lines.duty_splits", entry_number=ENTRY, line_number=line_number, **given)


def test_ieepa_duty_above_what_was_paid_on_the_line_is_shown_by_entry_with_the_excess(con: Connection) -> None:
    put_split(con, 1)
    put_split(con, 3, paid_duty_usd=Decimal("99.99"))
    put_split(con, 2, paid_duty_usd=Decimal("-5.00"))
    assert found(con) == [
        (
            "the IEEPA duty of a line is no more than what was paid on it",
            Decimal("105.01"),
            "lines 2, 3: credits on other rows bring what was paid below the IEEPA duty",
        )
    ]


@pytest.mark.parametrize(
    "facts",
    [
        {"paid_duty_usd": Decimal("100.00")},
        {"paid_duty_usd": Decimal("-100.00"), "ieepa_low_usd": Decimal(-100), "ieepa_high_usd": Decimal(-100)},
        {"paid_duty_usd": Decimal("-5.00"), "ieepa_low_usd": Decimal(0), "ieepa_high_usd": Decimal(0)},
    ],
)
def test_a_line_whose_ieepa_duty_was_paid_is_not_shown(con: Connection, facts: dict[str, Decimal]) -> None:
    put_split(con, **facts)
    assert found(con) == []


def put_collection(con: Connection) -> None:
    """A registry of two windows, and one that is no longer believed."""
    for first, last, withdrawn in (
        (date(2025, 2, 4), date(2025, 3, 3), None),
        (date(2025, 3, 4), date(2026, 2, 23), None),
        (date(2025, 1, 1), date(2027, 1, 1), date(2026, 11, 21)),
    ):
        put(con, "registry.ieepa_headings", effective_from=first, effective_to=last, withdrawn_date=withdrawn)


@pytest.mark.parametrize(
    ("day", "facts", "count"),
    [
        (date(2025, 2, 3), {}, 1),
        (date(2025, 2, 4), {}, 0),
        (date(2026, 2, 23), {}, 0),
        (date(2026, 2, 24), {}, 1),
        (date(2026, 2, 24), {"ieepa_low_usd": Decimal(0)}, 1),
        (date(2026, 2, 24), {"ieepa_low_usd": Decimal(0), "ieepa_high_usd": Decimal(0)}, 0),
        (date(2026, 2, 24), {"split_basis": "filed_rows"}, 0),
        (None, {}, 0),
    ],
)
def test_ieepa_duty_derived_from_rates_is_shown_where_none_was_collected(
    con: Connection, day: date | None, facts: dict[str, Any], count: int
) -> None:
    put_collection(con)
    put_split(con, **{"entry_date": day, "split_basis": "rate_derived", **facts})
    assert (
        found(con)
        == [
            (
                "no IEEPA duty is paid before the first or after the last day of its collection",
                Decimal("100.00"),
                f"lines 1 on {day}, collected from 2025-02-04 to 2026-02-23",
            )
        ]
        * count
    )


@pytest.mark.parametrize(
    ("protest", "state", "count"),
    [
        ("open", "unliquidated", 1),
        ("suspended", "unliquidated", 1),
        ("denied", "unliquidated", 0),
        ("open", "liquidated", 0),
        ("none", "unliquidated", 0),
        ("open", None, 0),
    ],
)
def test_a_protest_on_an_entry_that_is_not_liquidated_is_shown(
    con: Connection, protest: str, state: str | None, count: int
) -> None:
    put_facts(con, protest_state=protest, liquidation_state=state)
    told = (f"protest {protest} on an entry that is {state}",)
    assert [row[2:] for row in found(con)] == [told] * count


def test_files_of_the_user_that_contradict_each_other_are_shown_with_the_facts(con: Connection) -> None:
    put_facts(con, contradicted_facts=["drawback", "deposit_date"])
    assert found(con) == [
        ("the user's files agree with each other", Decimal("90.00"), "they differ on drawback, deposit_date")
    ]


def test_duty_that_vanished_without_cape_or_a_correction_is_shown(con: Connection) -> None:
    put(
        con,
        "lines.entry_baselines",
        entry_number=ENTRY,
        baseline_basis="ieepa_vanished",
        baseline_ieepa_heading_duty_usd=Decimal("55.00"),
    )
    ((expectation, amount, detail),) = found(con)
    assert expectation == "ES-003 shows IEEPA duty until CAPE or a correction removes it"
    assert (amount, detail) == (Decimal("55.00"), "IEEPA duty vanished between two versions without either")


def test_one_entry_may_break_several_expectations(con: Connection) -> None:
    put_facts(con, accepted_claim_count=2, contradicted_facts=["drawback"])
    assert len(found(con)) == 2


# ---- what CAPE did --------------------------------------------------------------------------------------------------


def put_effect(con: Connection, **facts: Any) -> None:
    """An accepted entry whose 10.00 of IEEPA duty a later version no longer shows, changed as told."""
    given = {
        "ieepa_before_usd": Decimal("10.00"),
        "ieepa_after_usd": Decimal("0.00"),
        "after_run_date": date(2026, 7, 1),
        "effect": "removed",
        **facts,
    }
    put(con, "entries.cape_effects", entry_number=ENTRY, **given)


@pytest.mark.parametrize("after", [Decimal("0.00"), None])
def test_duty_that_cape_removed_or_may_have_removed_is_not_shown(con: Connection, after: Decimal | None) -> None:
    put_effect(con, ieepa_after_usd=after)
    assert found(con) == []


@pytest.mark.parametrize("after", [Decimal("0.01"), Decimal("10.00")])
def test_an_accepted_entry_that_still_carries_a_cent_is_shown_with_both_amounts(
    con: Connection, after: Decimal
) -> None:
    put_effect(con, ieepa_after_usd=after, effect="partly_removed")
    assert found(con) == [
        (
            "an entry accepted by CAPE no longer carries IEEPA duty",
            after,
            f"ES-003 run on 2026-07-01 still shows {after} of IEEPA duty; the version before showed 10.00",
        )
    ]


def test_duty_that_is_still_carried_is_shown_though_that_of_before_is_unknown(con: Connection) -> None:
    put_effect(con, ieepa_after_usd=Decimal("3.00"), ieepa_before_usd=None, effect="amount_unknown")
    ((_, _, detail),) = found(con)
    assert detail.endswith("the version before showed an unknown amount")


# ---- what was not received ------------------------------------------------------------------------------------------


def put_month(
    con: Connection, finding: str | None, month: str = "2025-06", importer: str = "IMP", **facts: Any
) -> None:
    """A month of an importer with 3 entries after 40 in the three before, and 6 of 100 rows set aside."""
    given = {
        "importer_number": f"{importer}-00",
        "entry_count": 3,
        "entries_three_months_before": 40,
        "rows_loaded": 94,
        "rows_quarantined": 6,
        **facts,
    }
    put(con, "ace.coverage", importer_key=importer, entry_month=month, coverage_finding=finding, **given)


@pytest.mark.parametrize(
    ("finding", "detail"),
    [
        ("no_entries", "no entry in 2025-06, and no file is known to have asked for all of it"),
        ("sudden_drop", "3 entries in 2025-06 after 40 in the three months before"),
        ("too_many_quarantined", "6 of 100 received rows of 2025-06 were set aside"),
    ],
)
def test_a_month_that_looks_incomplete_is_shown_with_its_importer_and_no_entry(
    con: Connection, finding: str, detail: str
) -> None:
    put_month(con, finding)
    assert broken_promises(con, "reports.exceptions") == []
    (row,) = rows_of(con, "reports.exceptions")
    assert row == {
        "exception_key": "the exports cover every month of every importer: IMP 2025-06",
        "expectation": "the exports cover every month of every importer",
        "importer_number": "IMP-00",
        "entry_number": None,
        "refund_number": None,
        "amount_usd": None,
        "detail": detail,
    }


def test_rows_set_aside_of_no_known_month_and_importer_are_shown(con: Connection) -> None:
    put_month(con, "too_many_quarantined", "undated", "unknown", importer_number=None)
    (row,) = rows_of(con, "reports.exceptions")
    assert row["detail"] == "6 of 100 received rows without an entry date were set aside"
    assert row["importer_number"] is None


@pytest.mark.parametrize("finding", [None, "no_entries_though_asked"])
def test_a_complete_month_and_one_that_was_asked_for_are_not_shown(con: Connection, finding: str | None) -> None:
    put_month(con, finding)
    assert rows_of(con, "reports.exceptions") == []


def test_every_month_of_every_importer_is_shown_on_its_own(con: Connection) -> None:
    put_month(con, "no_entries", "2025-06")
    put_month(con, "no_entries", "2025-07")
    put_month(con, "no_entries", "2025-06", "OTHER")
    put_month(con, "too_many_quarantined", "undated", "unknown", importer_number=None)
    put_effect(con, ieepa_after_usd=Decimal("1.00"))
    assert broken_promises(con, "reports.exceptions") == []
    assert len({row["exception_key"] for row in rows_of(con, "reports.exceptions")}) == 5


@pytest.mark.parametrize(("status", "count"), [("filed", 1), ("accepted", 1), ("rejected_file", 0), ("abandoned", 0)])
def test_a_filed_declaration_whose_entries_nothing_tells_is_named_with_the_file_to_look_for(
    con: Connection, status: str, count: int
) -> None:
    put(con, "refunds.filed_declarations", declaration_id="file-1", file_name="mine.csv", stated_status=status)
    put(con, "refunds.filed_declarations", declaration_id="file-2", file_name="known.csv", stated_status="filed")
    put(con, "refunds.declaration_entries", declaration_id="file-2")
    found = rows_of(con, "reports.exceptions")
    assert [row["expectation"] for row in found] == ["the entries of a filed declaration are known"] * count
    assert all("mine.csv is filed" in row["detail"] for row in found)


@pytest.mark.parametrize(("refund_payee", "shown"), [("45-6789012", True), ("369998887", False), (None, False)])
def test_a_payee_that_es022_and_rev603_name_differently_is_shown(
    con: Connection, refund_payee: str | None, *, shown: bool
) -> None:
    put_facts(con, refund_number="R1")
    put(con, "entries.status_facts", entry_number=ENTRY)
    for n, report in enumerate(("ES-022", "REV-603"), 1):
        put(con, "ace.readable_loads", load_id=f"{n:064}", load_number=n, report_code=report)
    put(con, "ace.es022_entries", load_id=f"{1:064}", entry_number=ENTRY, cf4811_number="36-9998887")
    put(con, "ace.rev603_refunds", load_id=f"{2:064}", refund_number="R1", payee_number=refund_payee)
    put(con, "entries.refunded_entries", entry_number=ENTRY, refund_number="R1")
    build(con, "entries.reported_refunds")
    build(con, "entries.entry_payees")
    told = ("ES-022 and REV-603 name the same payee of an entry", Decimal("90.00"))
    detail = "ES-022 names 36-9998887, which counts; REV-603 names 45-6789012"
    assert found(con) == ([(*told, detail)] if shown else [])


@pytest.mark.parametrize(
    ("finding", "candidates", "told"),
    [
        ("unmatched", [], "credit of 2026-07-10: no refund has its amount"),
        ("unmatched", ["R1"], "credit of 2026-07-10: of its amount are R1"),
        ("ambiguous", ["R1", "R2"], "credit of 2026-07-10: it fits R1, R2"),
    ],
)
def test_a_credit_that_no_refund_is_known_to_be_is_shown_with_its_candidates(
    con: Connection, finding: str, candidates: list[str], told: str
) -> None:
    put(
        con,
        "payments.bank_credits",
        credit_key="K",
        value_date=date(2026, 7, 10),
        credit_finding=finding,
        candidate_refunds=candidates,
        unexplained_usd=Decimal("104.00"),
    )
    put(con, "payments.bank_credits", credit_key="explained", credit_finding="one_refund")
    (row,) = rows_of(con, "reports.exceptions")
    assert (row["expectation"], row["amount_usd"], row["detail"]) == (
        "every credit of CBP pays refunds that are known",
        Decimal("104.00"),
        told,
    )


@pytest.mark.parametrize(("basis", "count"), [("undecidable", 1), ("assumed_principal_only", 0)])
def test_a_file_that_does_not_tell_what_its_amount_holds_is_shown_with_what_to_do(
    con: Connection, basis: str, count: int
) -> None:
    put(con, "ace.loads", file_name="ES-022.xlsx")
    put(con, "entries.refund_amount_bases", refund_amount_basis=basis, basis_finding="run it again")
    rows = rows_of(con, "reports.exceptions")
    assert [row["detail"] for row in rows] == ["run it again"] * count


@pytest.mark.parametrize(
    ("is_shown", "is_diverted", "told"),
    [
        (False, False, "REV-603 does not show the refund"),
        (True, False, "REV-603 does not say Funds Diverted"),
        (True, True, None),
    ],
)
def test_a_bill_of_a_refund_that_was_not_diverted_is_shown(
    con: Connection, *, is_shown: bool, is_diverted: bool, told: str | None
) -> None:
    put(con, "ace.readable_loads", report_code="BILLS")
    put(con, "ace.bills", bill_number="B1", refund_number="R1", amount_usd=Decimal("30.00"))
    if is_shown:
        put(con, "entries.reported_refunds", refund_number="R1", is_said_diverted=is_diverted)
    rows = rows_of(con, "reports.exceptions")
    assert [(row["refund_number"], row["amount_usd"], row["detail"]) for row in rows] == (
        [("R1", Decimal("30.00"), told)] if told else []
    )
