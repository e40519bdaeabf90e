"""Random entries on the edges of the rules, told twice: as rows for the SELECTs and as facts for the oracle.

Belongs here: drawing facts, and the two tellings. Does not belong here: any answer.
"""

from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from random import Random
from typing import Any

import duckdb

from tests.support.tables import put
from tests.tables.entries.law import put_all, put_law, seeds
from tests.tables.promises import build

Row = dict[str, Any]

#: The phase days and the days about them, the last days in court, and days after all of it.
AS_OF_DAYS = tuple(
    date.fromisoformat(day)
    for day in (
        "2026-04-10", "2026-04-19", "2026-04-20",
        "2026-06-25", "2026-06-28", "2026-06-29", "2026-07-06", "2026-07-07", "2026-08-20", "2026-08-21",
        "2026-11-20", "2027-02-04", "2027-02-05", "2027-04-05", "2027-04-06", "2028-03-10",
    )
)  # fmt: skip
ENTRY_TYPES = (
    "01", "02", "03", "06", "07", "08", "09", "11", "21", "22", "23", "31", "32", "34", "38", "47", "51", "86", None,
)  # fmt: skip
EASY_TYPES = ("01", "01", "02", "03", "06", "07", "31")
LIQUIDATION_STATES = ("liquidated", "liquidated", "liquidated", "unliquidated", "unliquidated", "suspended", "extended")
RARE_STATES = ("under_review", "under_review", "liquidated_undated", "liquidated_later", None)
PRINTED_STATES = {
    "liquidated": "Liquidated",
    "liquidated_undated": "Liquidated",
    "liquidated_later": "Liquidated",
    "unliquidated": "Unliquidated",
    "suspended": "Suspended",
    "extended": "Extended",
    "under_review": "Under Review",
    None: None,
}
AGES = (0, 1, 40, 77, 78, 79, 80, 81, 84, 85, 86, 89, 90, 91, 120, 179, 180, 181, 182, 300, 700)
ENTRY_AGES = (30, 200, 299, 300, 301, 313, 314, 315, 364, 365, 366, 367, 400, 544, 545, 546, 547, 640, 730, 900)
PROTEST_STATES = (
    "open", "suspended", "approved", "denied", "denied_in_part", "withdrawn", "rejected", "none", "unknown", None,
)  # fmt: skip
MONEY = ((None, None), (0, 0), (0, 100), (50, 100), (100, 100), (0, 1))
CASH_STATES = ("matched", "pending", "rejected", "short", "diverted")
DROPPED_MESSAGE = "GOODS VALUE AMOUNT MUST BE REPORTED ON THE CH 1-97"
PROGRAMMES = tuple(seeds()["registry.programme_dates"]["programme"])
HARMLESS: Row = {
    "projected_on": None,
    "recon_due_date": None,
    "drawback": False,
    "surety_paid": False,
    "protest_state": "none",
    "protest_scope": None,
    "protest_decision_date": None,
    "is_accepted": False,
    "accepted_date": None,
    "accepted_claim_count": 1,
    "control_status": None,
    "is_statement_unpaid": False,
    "reliquidated_on": None,
    "last_cape_result": None,
    "message": None,
    "failure_count": 1,
    "last_cape_date": None,
    "refunds": [],
    "data_complete": True,
    "is_vanished": False,
    "low": Decimal(100),
    "high": Decimal(100),
    "prior": None,
    "programmes": ["reciprocal"],
}


@dataclass(frozen=True)
class Case:
    """One drawn entry."""

    entry_number: str
    as_of: date
    facts: Row


def draw_cases(seed: int, count: int, as_of: date) -> list[Case]:
    """`count` entries of one day; the same seed gives the same entries. Most facts are harmless, a few are not."""
    random = Random(seed)
    return [Case(f"ABC{number:08}", as_of, _draw(random, as_of)) for number in range(count)]


def every_combination(as_of: date) -> list[Case]:
    """Every type with every liquidation, reconciliation flag and age on one day; all other facts are harmless."""
    ages = [("liquidated", age) for age in AGES] + [(state, 0) for state in dict.fromkeys(PRINTED_STATES)]
    flags = ((False, None), (None, None), (True, False), (True, True), (True, None))
    drawn = [
        {
            **HARMLESS,
            "entry_type_code": entry_type,
            "entry_date": as_of - timedelta(days=400),
            "deposit_date": as_of - timedelta(days=400),
            "liquidation": state,
            "liquidated_on": as_of - timedelta(days=age),
            "status_as_of_date": as_of,
            "recon_flag": recon_flag,
            "recon_09_filed": recon_09_filed,
            "adcvd_status": adcvd_status,
        }
        for entry_type in ENTRY_TYPES
        for state, age in ages
        for recon_flag, recon_09_filed in flags
        for adcvd_status in (("none", "suspended", "pending", None) if entry_type in ("03", "07") else ("none",))
    ]
    return [Case(f"ABC{number:08}", as_of, facts) for number, facts in enumerate(drawn)]


def _draw(random: Random, as_of: date) -> Row:
    def mostly(choices: tuple[Any, ...], one_in: int = 4) -> Any:
        return random.choice(choices[1:]) if random.randrange(one_in) == 0 else choices[0]

    def near(days: int) -> date:
        return as_of - timedelta(days=days)

    entry_date = mostly((near(random.choice(ENTRY_AGES)), None, near(-1), near(0), date(2024, 2, 29)), one_in=12)
    state = mostly((random.choice(LIQUIDATION_STATES), *RARE_STATES), one_in=6)
    status_day = near(random.choice((0, 1, 13, 14, 15, 16, 40)))
    if entry_date and random.randrange(3) == 0:
        status_day = min(entry_date + timedelta(days=random.choice((313, 314, 315))), as_of)
    low, high = mostly(((100, 100), *MONEY))
    verdict = mostly((None, "accepted", "accepted", "failed", "failed", "failed", "failed", "unknown"), one_in=3)
    is_accepted = verdict == "accepted" or (verdict is None and random.randrange(12) == 0)
    accepted_date = near(random.choice((3, 30, 45, 84, 85, 90, 100))) if is_accepted and random.randrange(8) else None
    refund_count = mostly((0, 1, 1, 1, 2), one_in=6)
    return {
        "entry_type_code": random.choice(ENTRY_TYPES if random.randrange(3) == 0 else EASY_TYPES),
        "entry_date": entry_date,
        "deposit_date": mostly((entry_date, None, *(_two_years_before(near(shift)) for shift in (-1, 0, 1)))),
        "liquidation": state,
        "liquidated_on": near(random.choice(AGES)),
        "projected_on": mostly((None, *(near(-days) for days in (-5, 14, 15, 16, 60))), one_in=2),
        "status_as_of_date": mostly((status_day, None), one_in=15),
        "recon_flag": mostly((False, True, True, True, None)),
        "recon_09_filed": mostly((False, True, None)),
        "recon_due_date": mostly((None, *(near(-days) for days in (-5, 0, 29, 30, 31, 75, 76))), one_in=2),
        "adcvd_status": random.choice(
            ("none", "suspended", "suspended", "pending", "instructions_issued", "unknown", None)
        ),
        "drawback": mostly((False, True, None, None), one_in=6),
        "surety_paid": mostly((False, True, None, None), one_in=6),
        "protest_state": mostly(("none", "open", "suspended", *PROTEST_STATES)),
        "protest_scope": mostly(("ieepa_only", "mixed", "unknown", None), one_in=3),
        "protest_decision_date": mostly((None, *(near(days) for days in (-3, 0, 10, 179, 180, 181))), one_in=2),
        "is_accepted": is_accepted,
        "accepted_date": accepted_date,
        "accepted_claim_count": mostly((1, 2), one_in=6),
        "control_status": mostly((None, "Accepted", "", "Rejected", "Cancelled", "CANCELED BY CBP"), one_in=8),
        "is_statement_unpaid": mostly((False, True), one_in=20),
        "reliquidated_on": random.choice(
            (None, accepted_date, as_of, near(2), near(-1), near(-40)) if is_accepted or refund_count else (None,)
        ),
        "last_cape_result": verdict or ("failed" if is_accepted else None),
        "message": _message(random, as_of),
        "failure_count": mostly((1, 2)),
        "last_cape_date": mostly((min(status_day + timedelta(days=random.choice((-1, 0, 1))), as_of), None), one_in=10),
        "refunds": [
            (mostly((Decimal(random.choice((30, 50, 70, 100))), None), one_in=8), random.choice(CASH_STATES))
            for _ in range(refund_count)
        ],
        "data_complete": mostly((True, False), one_in=12),
        "is_vanished": mostly((False, True), one_in=20),
        "low": None if low is None else Decimal(low),
        "high": None if high is None else Decimal(high),
        "prior": mostly((None, *(Decimal(amount) for amount in (0, 30, 50, 99, 100, 120))), one_in=6),
        "programmes": random.sample(PROGRAMMES, random.choice((0, 1, 1, 2))),
    }


def _message(random: Random, as_of: date) -> str:
    """A message of the catalogue, or one that is not in it.

    Of the check that was dropped the seeds hold one remedy for all days, the oracle another one before the day it was
    dropped; there the two are not compared.
    """
    known = [
        message
        for message in seeds()["registry.cape_messages"]["message"]
        if message != DROPPED_MESSAGE or as_of >= date(2026, 6, 25)
    ]
    return random.choice([*known, "PROTEST ON ENTRY", "ENTRY SUMMARY UNDER REVIEW", "A TEXT NOBODY HAS SEEN"])


def _two_years_before(day: date) -> date:
    return day.replace(year=day.year - 2)


# ---- told to the SELECTs ------------------------------------------------------------------------------------------


def put_cases(con: duckdb.DuckDBPyConnection, cases: list[Case]) -> None:
    """Write the entries where `entries.case_facts` reads them, with the real law and the day of the first of them."""
    put_law(con)
    put(con, "registry.as_of", as_of_date=cases[0].as_of)
    put(con, "ace.readable_loads", report_code="ES-022")
    put_all(con, "entries.status_facts", [_status_row(case) for case in cases])
    put_all(con, "entries.claim_facts", [_claim_row(case) for case in cases if case.facts["last_cape_result"]])
    put_all(con, "lines.entry_amounts", [_amount_row(case) for case in cases if case.facts["low"] is not None])
    numbered = [(case, ordinal) for case in cases for ordinal in range(len(case.facts["refunds"]))]
    put_all(con, "entries.refunded_entries", [_refund_row(case, ordinal) for case, ordinal in numbered])
    put_all(con, "entries.refund_cash", [_cash_row(case, ordinal) for case, ordinal in numbered])
    put_all(
        con,
        "ace.es022_entries",
        [
            {"entry_number": case.entry_number, "liquidation_date": case.facts["reliquidated_on"]}
            for case in cases
            if case.facts["reliquidated_on"]
        ],
    )
    build(con, "entries.payee_designations")
    build(con, "entries.entry_payees")
    build(con, "entries.case_facts")
    build(con, "entries.reported_liquidations")
    build(con, "entries.deadlines")


def _status_row(case: Case) -> Row:
    facts = case.facts
    same = (
        "entry_type_code", "entry_date", "deposit_date", "status_as_of_date", "recon_flag", "recon_09_filed",
        "recon_due_date", "adcvd_status", "drawback", "surety_paid", "protest_state", "protest_scope",
        "protest_decision_date",
    )  # fmt: skip
    state = facts["liquidation"]
    return {
        "entry_number": case.entry_number,
        **{name: facts[name] for name in same},
        "protest_as_of_date": facts["status_as_of_date"],
        "prior_refund_usd": facts["prior"],
        "liquidation_status": PRINTED_STATES[state],
        "liquidation_state": "liquidated" if str(state).startswith("liquidated") else state,
        "reported_liquidation_date": _printed_date(case),
        "data_complete": facts["data_complete"],
        "baseline_basis": "ieepa_vanished" if facts["is_vanished"] else "no_acceptance_newest",
        "is_check_digit_right": True,
        "is_statement_unpaid": facts["is_statement_unpaid"],
        "control_status": facts["control_status"],
    }


def _printed_date(case: Case) -> date | None:
    match case.facts["liquidation"]:
        case "liquidated":
            return case.facts["liquidated_on"]
        case "liquidated_undated":
            return None
        case "liquidated_later":
            return case.as_of + timedelta(days=20)
        case _:
            return case.facts["projected_on"]


def _claim_row(case: Case) -> Row:
    facts = case.facts
    remedies = dict(seeds()["registry.cape_messages"].select("message", "remedy").iter_rows())
    remedy = remedies.get(facts["message"], "unknown")
    if remedy == "refile_unchanged_once" and facts["failure_count"] > 1:
        remedy = "psc"
    result = facts["last_cape_result"]
    return {
        "entry_number": case.entry_number,
        "is_accepted": facts["is_accepted"],
        "accepted_date": facts["accepted_date"],
        "accepted_claim_count": facts["accepted_claim_count"] if facts["is_accepted"] else 0,
        "last_cape_result": result,
        "last_cape_message": facts["message"] if result == "failed" else None,
        "last_cape_date": facts["last_cape_date"],
        "remedy": {"failed": remedy, "unknown": "unknown"}.get(result),
    }


def _amount_row(case: Case) -> Row:
    return {
        "entry_number": case.entry_number,
        "ieepa_low_usd": case.facts["low"],
        "ieepa_high_usd": case.facts["high"],
        "programmes": case.facts["programmes"],
        "absent_duty_row_count": 0,
    }


def _refund_row(case: Case, ordinal: int) -> Row:
    return {
        "entry_number": case.entry_number,
        "refund_number": f"{case.entry_number}-{ordinal}",
        "principal_usd": case.facts["refunds"][ordinal][0],
    }


def _cash_row(case: Case, ordinal: int) -> Row:
    return {
        "refund_number": f"{case.entry_number}-{ordinal}",
        "match_status": case.facts["refunds"][ordinal][1],
    }


# ---- told to the oracle -------------------------------------------------------------------------------------------


def oracle_facts(case: Case) -> Row:
    """The same entry in the oracle's own words."""
    facts = case.facts
    same = (
        "entry_type_code", "entry_date", "deposit_date", "status_as_of_date", "recon_flag", "recon_09_filed",
        "recon_due_date", "adcvd_status", "drawback", "surety_paid", "protest_scope", "protest_decision_date",
        "accepted_date", "data_complete",
    )  # fmt: skip
    reliquidated_on = facts["reliquidated_on"]
    if reliquidated_on and facts["accepted_date"] and reliquidated_on < facts["accepted_date"]:
        reliquidated_on = None  # the original liquidation: CAPE had not accepted the entry yet
    dates = seeds()["registry.programme_dates"].rows(named=True)
    return {
        **{name: facts[name] for name in same},
        "protest_status": facts["protest_state"],
        "liquidation_status": PRINTED_STATES[facts["liquidation"]],
        "liquidation_date": _printed_date(case),
        "reliquidation_date": reliquidated_on,
        "accepted": facts["is_accepted"],
        "accepted_claim_count": facts["accepted_claim_count"],
        "control_status": facts["control_status"],
        "statement_unpaid": facts["is_statement_unpaid"],
        "cbp_result": {"accepted": "Entry Summary Updated", "failed": "Failed", "unknown": "Held"}.get(
            facts["last_cape_result"]
        ),
        "cbp_message": facts["message"] if facts["last_cape_result"] == "failed" else None,
        "cbp_result_date": facts["last_cape_date"],
        "cbp_failure_count": facts["failure_count"],
        "baseline_ok": not facts["is_vanished"],
        "prior_refund_usd": facts["prior"],
        "refund_principal_usd": facts["low"],
        "refund_principal_high_usd": facts["high"],
        "refunds": [
            {"refund_number": str(ordinal), "principal": principal, "interest": None, "cash_state": cash_state}
            for ordinal, (principal, cash_state) in enumerate(facts["refunds"])
        ],
        "programmes": [row for row in dates if row["programme"] in facts["programmes"]]
        if facts["low"] is not None
        else [],
    }
