"""Whether CAPE takes an entry on a given day, which path is left otherwise, and which deadlines run.

What belongs here: the precedence list of architecture.md section 3, one small function a line, with the refinements of
practice.md it cites; the three liquidation clocks; the court dates; the protective protest clock. What does not: the
amounts (passed in), payment dates, and anything that depends on a clock: ``as_of`` is an argument.

``judge`` walks ``LINES`` in order; the first line that applies decides status and path. Rule names are our own and are
never CBP's.

Facts (the keys of ``entry_facts``; None or absent means unknown, '' in a present column means no, P6):

=============================  =====================================================================================
entry_type_code                two digits as text
entry_date, deposit_date       days
liquidation_status             as printed: Liquidated, Unliquidated, Suspended, Extended, Under Review; blank = missing
liquidation_date               as printed (a projection unless the status is Liquidated)
reliquidation_date             newest (re)liquidation shown by ES-022 for the accepted entry
status_as_of_date              run date of the report that gave status and the other report facts
recon_flag, recon_09_filed     yes / no / unknown
recon_due_date                 day the type 09 is due
adcvd_status                   pending, instructions_issued, suspended, none ('' = none), unknown
drawback, surety_paid          yes / no / unknown
protest_status                 open, suspended, approved, denied, denied_in_part, withdrawn, rejected, none ('' = none)
protest_scope                  ieepa_only, mixed, unknown
protest_decision_date          day of mailing of the decision
accepted, accepted_date        on an accepted CAPE declaration, since when
accepted_claim_count           how many declarations with it were accepted (default 1)
control_status                 as printed: Accepted, Rejected, Cancelled and the like
statement_unpaid               the statement is there and not shown as paid
cbp_result, cbp_message        newest Claim Details row: `Entry Summary Updated` or `Failed`, and its error text
cbp_result_date                day of that row; cbp_failure_count: how often it failed with this message (default 1)
data_complete                  no row of the entry is in quarantine
baseline_ok                    False where IEEPA duty vanished between two versions with no acceptance known (P9)
prior_refund_usd               paid back already by another route (P11)
refund_principal_usd           the certain IEEPA duty as filed, before P11 and P17; None = no baseline
refund_principal_high_usd      the same at the high end
refund_interest_usd            expected interest of the refund, if it is to be compared
refunds                        list of refund_number, principal, interest, cash_state (`matched`, `diverted_with_bill`,
                               `diverted`, `pending`, `rejected`, `short`), optional refund_date
programmes                     list of publication_date, first_collection_date of the programmes on the entry
holidays                       days that are federal holidays
=============================  =====================================================================================
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from tests.support.oracle.values import ZERO, add_years, as_date, as_money, flag, total

READINGS: tuple[str, ...] = (
    (
        "The protective clock stands beside every path, eligible and accepted ones included (P1, first sentence); "
        "from day 85 an accepted entry that is not reliquidated carries the reason accepted_not_reliquidated. It "
        "ends with no_ieepa, with a settled refund and with a protest on file; it also shows where the protest "
        "status is unknown."
    ),
    (
        "Facts dated after as-of do not exist (P8): a later acceptance, refund, CBP result or protest decision is "
        "not used (a protest decided later is still open); Liquidated with a later date is unliquidated with a "
        "projected date."
    ),
    (
        "A refund not yet in cash is await_refund even where its principal is short; the protective date of P10 "
        "stands beside it. Diverted without a bill is dispute_refund (P15: the amount is unexplained), and so is cash "
        "that is short, whatever is known of the principal. Else, expected principal unknown (no baseline, incomplete "
        "entry) or CBP's principal unknown: refunded/manual_review, since `none` cannot be shown."
    ),
    (
        "Interest is short only if it is more than 0.05 below the expected interest (P42); more than expected is no "
        "dispute. Principal is compared with the certain amount less prior refunds, and with nothing on types whose "
        "duty is not deposited (P17)."
    ),
    (
        "A prior refund covers the duty only if it reaches the high end, there is IEEPA duty at all and the entry is "
        "complete (the amounts of an incomplete one are lower bounds, P5)."
    ),
    "An entry shown as `Entry Summary Updated` by CBP is accepted even where no declaration says so (P9).",
    (
        "IEEPA duty that vanished (P9) stands directly before no_ieepa, which it would otherwise read as. Unknown "
        "IEEPA duty and an unknown completeness are judged like an incomplete entry; a missing entry type is review "
        "in the place of the type rules (deciding facts, P6)."
    ),
    (
        "CBP's failed verdict stands before the liquidation line (P4) and after the type, drawback and warehouse "
        "lines, which no refiling can mend. It falls to our own lines once a report newer than the verdict "
        "contradicts it, or the rule it rests on has changed (reconciliation on 2026-06-29). That an entry is on a "
        "drawback claim stands in no report, so no newer report contradicts it. await_phase needs no liquidation "
        "status; every other remedy does."
    ),
    (
        "wait_then_refile, refile_unchanged_once and remove_cause read ineligible/fix_and_refile while CAPE is open "
        "for the entry (unliquidated or day <= 80). Failed twice with an unchanged file counts like psc. A verdict "
        "of final liquidation on an entry we hold as unliquidated is review: the date is missing."
    ),
    (
        "The documents give no full table of remedies; CBP_REMEDIES is the reading. `NO IEEPA HTS ON ENTRY` and "
        "`ENTRY SUMMARY IS CANCELLED/REJECTED` have no remedy named anywhere: review."
    ),
    (
        "An open or suspended protest on an entry not liquidated follows the word `else`: await_protest. P2(e) "
        "calls it a contradiction in the data; it is a finding, since CBP refuses any entry with a protest (E7)."
    ),
    (
        "After a denied protest both court dates are decision + 180 days, unknown where the day of the decision is; "
        "past it the path is none, like the end of P3."
    ),
    (
        "The court dates are shown only for liquidated entries (P35). A finally liquidated entry stays court while "
        "either of the two dates is unknown: `none` must be shown, not assumed. Both last days are inclusive."
    ),
    "Reconciliation due within 30 days includes day 30 and a due date already past.",
    (
        "AD/CVD status 'none' on a type 03 or 07 holds nothing; the entry is judged by its liquidation status. "
        "Suspended on the report alone does not prove the AD/CVD status, which is a deciding fact (P6). AD/CVD "
        "suspended does not outrank the lines below it that block: a surety that paid keeps the entry out (E13)."
    ),
    (
        "Type 23 and every type without a CBP rule are review at their own line; types 21, 22 and 23 carry the "
        "finding DUTY-NOT-DEPOSITED (P17), and no_ieepa is judged on the duty as filed, not on the zeroed "
        "principal."
    ),
    (
        "Deemed liquidation (P34) covers Unliquidated and Under Review, from the day after entry date + 1 year; the "
        "protest clock of 180 days runs from entry date + 1 year."
    ),
    ("protest_scope is listed as unverified only where a protest is open or suspended; elsewhere it decides nothing."),
    (
        "blocking_rules lists every line that reads ineligible or review, in order, and is empty where the deciding "
        "line does not block."
    ),
    (
        "Before 2026-04-20 an entry is judged by the rules of that day, on which its day 80 must not be past; what "
        "could be filed then is ineligible/await_phase, since nothing can be filed today. No protest is withdrawn "
        "for a CAPE that is not open."
    ),
    (
        "More than one acceptance is an expectation broken by the world (P23): review, and the refund is still "
        "awaited. An entry dated after as-of does not exist yet (P8): review, behind refunds and acceptance, which "
        "contradict such a date."
    ),
    "A cancelled or rejected summary and an unpaid statement read review where CAPE asks for the status.",
)

CAPE_OPENED = date(2026, 4, 20)
RECONCILIATION_OPENED = date(2026, 6, 29)
WAREHOUSE_CLOSED = date(2026, 7, 7)
GOODS_VALUE_CHECK_REMOVED = date(2026, 6, 25)
ZONE_PSC_BARRED = date(2026, 8, 21)

TYPES_WITH_A_RULE = frozenset({"01", "02", "03", "06", "07", "08", "09", "21", "22", "31", "32", "34", "38", "47"})
WAREHOUSE_TYPES = frozenset({"21", "22", "31", "32", "34", "38"})
TYPES_WITHOUT_DEPOSIT = frozenset({"21", "22", "23"})

LIQUIDATION_STATUSES = {
    "liquidated": "liquidated",
    "reliquidated": "liquidated",
    "unliquidated": "unliquidated",
    "set": "unliquidated",
    "scheduled": "unliquidated",
    "suspended": "suspended",
    "extended": "extended",
    "under review": "under_review",
}
PROTEST_STATUSES = frozenset(
    {"open", "suspended", "approved", "denied", "denied_in_part", "withdrawn", "rejected", "none"}
)
PROTEST_ON_FILE = frozenset({"open", "suspended", "approved", "denied", "denied_in_part"})
CASH_STATES = frozenset({"matched", "diverted_with_bill", "diverted", "pending", "rejected", "short"})
INTEREST_TOLERANCE = Decimal("0.05")

# Message of Claim Details → remedy (P4). Two messages depend on the day and stand in `_remedy`.
CBP_REMEDIES = {
    "ENTRY ON DRAWBACK": "await_phase",
    "ENTRY SUMMARY FLAGGED FOR RECON": "await_phase",
    "ENTRY SUMMARY IS CANCELLED/REJECTED": "unknown",
    "ENTRY SUMMARY IS IN FINAL LIQUIDATION STATUS": "protest_or_court",
    "PROTEST ON ENTRY": "remove_cause",
    "ENTRY SUMMARY UNDER REVIEW": "wait_then_refile",
    "NO IEEPA HTS ON ENTRY": "unknown",
    "STATEMENT PROCESSING NOT COMPLETE": "wait_then_refile",
    "UNABLE TO CALCULATE DUTY": "refile_unchanged_once",
    "HTS RELATIONSHIP/SEQUENCE MISMATCH": "refile_unchanged_once",
    "HTS RELATIONSHIP MISMATCH": "psc",
    "INVALID HTS": "psc",
    "GOODS VALUE AMOUNT NOT ALLOWED ON IEEPA HTS LINE": "psc",
    "GOODS VALUE AMOUNT MUST BE REPORTED ON THE CH 1-97": "psc",
    "ENTRY TYPE NOT ALLOWED": "await_phase",
}


@dataclass(frozen=True)
class Verdict:
    """What one line of the precedence list says when it applies."""

    rule: str
    status: str
    path: str

    @property
    def blocks(self) -> bool:
        return self.status in {"ineligible", "review"}


@dataclass
class Entry:
    """The facts of one entry as they stand on ``as_of``; nothing dated later is left in."""

    as_of: date
    entry_type: str | None
    entry_date: date | None
    deposit_date: date | None
    liquidation: str | None  # liquidated, unliquidated, suspended, extended, under_review; None = missing or unknown
    is_liquidated_undated: bool  # the report says liquidated and no day: its liquidation is otherwise unknown
    liquidated_on: date | None
    reliquidated_on: date | None
    projected_liquidation_date: date | None
    status_as_of_date: date | None
    recon_flag: bool | None
    recon_09_filed: bool | None
    recon_due_date: date | None
    adcvd_status: str | None
    drawback: bool | None
    surety_paid: bool | None
    protest: str | None
    protest_scope: str | None
    protest_decision_date: date | None
    accepted: bool
    accepted_date: date | None
    accepted_claim_count: int
    control_status: str
    statement_unpaid: bool
    cbp_result: str
    cbp_message: str
    cbp_result_date: date | None
    cbp_failure_count: int
    complete: bool | None
    vanished: bool
    prior_refund: Decimal
    principal: Decimal | None
    principal_high: Decimal | None
    interest: Decimal | None
    refunds: list[dict[str, Any]]
    programmes: list[dict[str, Any]]
    holidays: frozenset[date] = field(default_factory=frozenset)

    @property
    def day(self) -> int | None:
        """Calendar days since the newest liquidation, which itself is day 0."""
        return None if self.liquidated_on is None else (self.as_of - self.liquidated_on).days

    @property
    def filing_day(self) -> date:
        """The first day from as-of on which CAPE is open."""
        return max(self.as_of, CAPE_OPENED)

    @property
    def cape_window_open(self) -> bool:
        return self.liquidation is not None and (self.day is None or self.day <= 80)


def judge(entry_facts: dict[str, Any], as_of: date) -> dict[str, Any]:
    """Status, path and deadlines of one entry on one day.

    Args:
        entry_facts: see the module docstring.
        as_of: the valuation day, US Eastern.

    Returns:
        cape_status, recommended_path, deciding_rule, blocking_rules, unverified_facts, findings, protective_action,
        protective_deadline_date, protective_reason, cape_deadline_date (day 80), reliquidation_deadline_date (day 90),
        protest_deadline_date (day 180), court_deadline_date, court_deadline_conservative_date, days_to_cape_deadline,
        projected_liquidation_date, deemed_liquidation_date, worst_case_cape_deadline_date,
        psc_deadline_date.

    Raises:
        ValueError: a cash state that does not exist, or a yes/no fact that is neither.
    """
    entry = _read(entry_facts, as_of)
    verdicts = [verdict for line in LINES if (verdict := line(entry)) is not None]
    deciding = verdicts[0]
    cape_deadline = _after_liquidation(entry, 80)
    protective = _protective(entry, deciding)
    court, conservative = _court_dates(entry)
    return {
        "cape_status": deciding.status,
        "recommended_path": deciding.path,
        "deciding_rule": deciding.rule,
        "blocking_rules": [verdict.rule for verdict in verdicts if verdict.blocks] if deciding.blocks else [],
        "unverified_facts": _unverified(entry),
        "findings": _findings(entry, cape_deadline),
        **protective,
        "cape_deadline_date": cape_deadline,
        "reliquidation_deadline_date": _after_liquidation(entry, 90),
        "protest_deadline_date": _after_liquidation(entry, 180),
        "court_deadline_date": court if entry.liquidated_on else None,
        "court_deadline_conservative_date": conservative if entry.liquidated_on else None,
        "days_to_cape_deadline": (cape_deadline - as_of).days if cape_deadline else None,
        "projected_liquidation_date": entry.projected_liquidation_date,
        "deemed_liquidation_date": _deemed_liquidation(entry),
        "worst_case_cape_deadline_date": _worst_case_deadline(entry),
        "psc_deadline_date": _psc_deadline(entry),
    }


# ---- the precedence list, in order --------------------------------------------------------------------------------


def refund_seen(entry: Entry) -> Verdict | None:
    """Refund seen and settled → refunded/none; not yet in cash → await_refund; short → dispute_refund (P10)."""
    if not entry.refunds:
        return None
    states = {refund["cash_state"] for refund in entry.refunds}
    if states & {"pending", "rejected"}:
        return Verdict("REFUND-NOT-IN-CASH", "refunded", "await_refund")
    if states & {"short", "diverted"}:
        return Verdict("REFUND-SHORT", "refunded", "dispute_refund")
    paid = total(as_money(refund["principal"]) for refund in entry.refunds)
    if entry.principal is None or entry.complete is not True or paid is None:
        return Verdict("REFUND-NOT-COMPARABLE", "refunded", "manual_review")
    deposited = ZERO if entry.entry_type in TYPES_WITHOUT_DEPOSIT else entry.principal
    short_principal = paid < max(deposited - entry.prior_refund, ZERO)
    paid_interest = total(as_money(refund["interest"]) for refund in entry.refunds)
    short_interest = entry.interest is not None and (
        paid_interest is None or paid_interest < entry.interest - INTEREST_TOLERANCE
    )
    if short_principal or short_interest:
        return Verdict("REFUND-SHORT", "refunded", "dispute_refund")
    return Verdict("REFUND-SETTLED", "refunded", "none")


def prior_refund(entry: Entry) -> Verdict | None:
    """A refund by another route that covers the IEEPA duty → refunded/none (P11)."""
    if entry.complete is True and entry.principal_high and ZERO < entry.principal_high <= entry.prior_refund:
        return Verdict("PRIOR-REFUND", "refunded", "none")
    return None


def accepted(entry: Entry) -> Verdict | None:
    """On an accepted declaration → accepted/await_refund; on more than one → review, the refund still due (P23)."""
    if entry.accepted and entry.accepted_claim_count > 1:
        return Verdict("ACCEPTED-TWICE", "review", "await_refund")
    return Verdict("ACCEPTED", "accepted", "await_refund") if entry.accepted else None


def dated_later(entry: Entry) -> Verdict | None:
    """Entry date after as-of → review: nothing dated after the day is used (P8)."""
    if entry.entry_date is not None and entry.entry_date > entry.as_of:
        return Verdict("ENTRY-DATED-LATER", "review", "manual_review")
    return None


def ieepa_vanished(entry: Entry) -> Verdict | None:
    """IEEPA duty gone from a newer version with no acceptance known → review (P9)."""
    return Verdict("IEEPA-VANISHED", "review", "manual_review") if entry.vanished else None


def no_ieepa(entry: Entry) -> Verdict | None:
    """No IEEPA duty even at the high end, entry complete → no_ieepa/none (P24)."""
    if entry.principal_high is not None and entry.principal_high == 0 and entry.complete is True:
        return Verdict("NO-IEEPA", "no_ieepa", "none")
    return None


def data_incomplete(entry: Entry) -> Verdict | None:
    """A row of the entry in quarantine → review (P5); so is unknown IEEPA duty, a deciding fact (P6)."""
    if entry.complete is not True or entry.principal_high is None:
        return Verdict("DATA-INCOMPLETE", "review", "manual_review")
    return None


def type_outside_cape(entry: Entry) -> Verdict | None:
    """Types 08, 09 and 47 → ineligible/manual_review; no type at all → review."""
    if entry.entry_type is None:
        return Verdict("ENTRY-TYPE-UNKNOWN", "review", "manual_review")
    if entry.entry_type in {"08", "09", "47"}:
        return Verdict("ENTRY-TYPE-EXCLUDED", "ineligible", "manual_review")
    return None


def on_drawback(entry: Entry) -> Verdict | None:
    """Drawback → ineligible/await_phase."""
    return Verdict("DRAWBACK", "ineligible", "await_phase") if entry.drawback else None


def warehouse_entry(entry: Entry) -> Verdict | None:
    """Types 21 and 22 from 2026-07-07 → ineligible/await_phase."""
    if entry.entry_type in {"21", "22"} and entry.as_of >= WAREHOUSE_CLOSED:
        return Verdict("WAREHOUSE-ENTRY-CLOSED", "ineligible", "await_phase")
    return None


def cbp_verdict(entry: Entry) -> Verdict | None:
    """CBP's newest verdict, a failed result, outranks ours by its message's remedy (P4); unknown texts (P38)."""
    if entry.accepted or not entry.cbp_result:
        return None
    if entry.cbp_result != "FAILED":
        return Verdict("CBP-RESULT-UNKNOWN", "review", "manual_review")
    if _contradicted(entry):
        return None
    if entry.cbp_message == "PROTEST ON ENTRY" and entry.protest not in PROTEST_ON_FILE:
        return _withdraw_or_await(entry, "CBP-FAILED")
    if entry.cbp_message == "PROTEST ON ENTRY":
        return None  # the protest line knows its status and decision
    remedy = _remedy(entry)
    if remedy == "unknown":
        return Verdict("CBP-MESSAGE-UNKNOWN", "review", "manual_review")
    if remedy == "await_phase":
        return Verdict("CBP-FAILED", "ineligible", "await_phase")
    if entry.liquidation is None:
        return None  # the next line says that the liquidation status is missing
    return _remedy_verdict(entry, remedy)


def liquidation_unknown(entry: Entry) -> Verdict | None:
    """Liquidation status missing or unknown, or liquidated without a date → review."""
    return Verdict("LIQUIDATION-UNKNOWN", "review", "manual_review") if entry.liquidation is None else None


def protest(entry: Entry) -> Verdict | None:
    """Open or suspended, approved, denied; unknown on a liquidated entry (P2, P6)."""
    if entry.protest is None:
        return Verdict("PROTEST-UNKNOWN", "review", "manual_review") if entry.liquidated_on else None
    if entry.protest in {"open", "suspended"}:
        return _withdraw_or_await(entry, "PROTEST-OPEN")
    if entry.protest == "approved":
        return Verdict("PROTEST-APPROVED", "ineligible", "await_refund")
    if entry.protest in {"denied", "denied_in_part"}:
        if entry.protest_decision_date is None:
            return Verdict("PROTEST-DENIED-UNDATED", "review", "manual_review")
        in_time = entry.as_of <= entry.protest_decision_date + timedelta(days=180)
        return Verdict("PROTEST-DENIED", "ineligible", "court" if in_time else "none")
    return None


def past_day_80(entry: Entry) -> Verdict | None:
    """Liquidated, day 81 to 180 → file_protest; later → court until both court dates are past; then none (P3)."""
    if entry.liquidated_on is None or (entry.filing_day - entry.liquidated_on).days <= 80:
        return None
    return _protest_or_court(entry, "PAST-DAY-80")


def reconciliation(entry: Entry) -> Verdict | None:
    """Reconciliation flag: before 2026-06-29, with a 09 on file, on another type; 09 unknown; due soon (P22)."""
    if entry.recon_flag is None:
        return Verdict("RECON-FLAG-UNKNOWN", "review", "manual_review")
    if not entry.recon_flag:
        return None
    if entry.as_of < RECONCILIATION_OPENED or entry.recon_09_filed or entry.entry_type not in {"01", "02", "06"}:
        return Verdict("RECON-FLAGGED", "ineligible", "await_phase")
    if entry.recon_09_filed is None:
        return Verdict("RECON-09-UNKNOWN", "review", "manual_review")
    if entry.recon_due_date is not None and (entry.recon_due_date - entry.as_of).days <= 30:
        return Verdict("RECON-DUE-SOON", "review", "file_recon_first")
    return None


def antidumping(entry: Entry) -> Verdict | None:
    """Type 03 or 07 not liquidated: pending or instructions issued, unknown, suspended (P33)."""
    if entry.entry_type not in {"03", "07"} or entry.liquidation in {None, "liquidated"}:
        return None
    if entry.adcvd_status in {"pending", "instructions_issued"}:
        return Verdict("ADCVD-PENDING", "ineligible", "await_liquidation")
    if entry.adcvd_status is None:
        return Verdict("ADCVD-UNKNOWN", "review", "manual_review")
    return None  # suspended: accepted and paid on liquidation, unless a later line blocks the entry


def type_without_rule(entry: Entry) -> Verdict | None:
    """Types on which CBP said nothing (11, 23, 51, 52, 61 to 63, 86, other) → review."""
    if entry.entry_type is not None and entry.entry_type not in TYPES_WITH_A_RULE:
        return Verdict("ENTRY-TYPE-WITHOUT-RULE", "review", "manual_review")
    return None


def paid_by_surety(entry: Entry) -> Verdict | None:
    """IEEPA duty paid by a surety → ineligible/manual_review."""
    return Verdict("SURETY-PAID", "ineligible", "manual_review") if entry.surety_paid else None


def summary_status(entry: Entry) -> Verdict | None:
    """Cancelled, rejected or not shown as paid → review."""
    if entry.statement_unpaid or any(word in entry.control_status for word in ("cancel", "reject")):
        return Verdict("SUMMARY-STATUS", "review", "manual_review")
    return None


def cape_not_open(entry: Entry) -> Verdict | None:
    """Before 2026-04-20 nothing can be filed → ineligible/await_phase."""
    return Verdict("CAPE-NOT-OPEN", "ineligible", "await_phase") if entry.as_of < CAPE_OPENED else None


def paid_on_liquidation(entry: Entry) -> Verdict | None:
    """Suspended, extended, under review, warehouse (liquidated withdrawals too, P45): accepted, paid later."""
    adcvd_suspended = (
        entry.entry_type in {"03", "07"} and entry.liquidation != "liquidated" and entry.adcvd_status == "suspended"
    )
    held = entry.liquidation in {"suspended", "extended", "under_review"}
    if held or adcvd_suspended or entry.entry_type in WAREHOUSE_TYPES:
        return Verdict("PAID-ON-LIQUIDATION", "eligible_paid_on_liquidation", "file_cape")
    return None


def eligible(_entry: Entry) -> Verdict | None:
    """Everything else → eligible/file_cape."""
    return Verdict("ELIGIBLE", "eligible", "file_cape")


LINES: tuple[Callable[[Entry], Verdict | None], ...] = (
    refund_seen,
    prior_refund,
    accepted,
    dated_later,
    ieepa_vanished,
    no_ieepa,
    data_incomplete,
    type_outside_cape,
    on_drawback,
    warehouse_entry,
    cbp_verdict,
    liquidation_unknown,
    protest,
    past_day_80,
    reconciliation,
    antidumping,
    type_without_rule,
    paid_by_surety,
    summary_status,
    cape_not_open,
    paid_on_liquidation,
    eligible,
)


# ---- what the lines share -----------------------------------------------------------------------------------------


def _withdraw_or_await(entry: Entry, rule: str) -> Verdict:
    """Withdrawing is advised only on a liquidated entry, to day 80, if the protest is for IEEPA alone (P2)."""
    is_open = entry.as_of >= CAPE_OPENED
    withdraw = is_open and entry.day is not None and entry.day <= 80 and entry.protest_scope == "ieepa_only"
    return Verdict(rule, "ineligible", "withdraw_protest_then_cape" if withdraw else "await_protest")


def _protest_or_court(entry: Entry, rule: str) -> Verdict:
    assert entry.day is not None
    if entry.day <= 180:
        return Verdict(rule, "ineligible", "file_protest")
    dates = _court_dates(entry)
    known = [day for day in dates if day is not None]
    both_past = len(known) == 2 and entry.as_of > max(known)
    return Verdict(rule, "ineligible", "none" if both_past else "court")


def _remedy_verdict(entry: Entry, remedy: str) -> Verdict | None:
    """What the remedy leaves to do on an entry whose liquidation is known (P4)."""
    refile = remedy in {"wait_then_refile", "refile_unchanged_once", "remove_cause"} and entry.cape_window_open
    if refile or (remedy == "psc" and _psc_possible(entry)):
        return Verdict("CBP-FAILED", "ineligible", "fix_and_refile")
    if entry.day is None and remedy == "protest_or_court":
        return Verdict("CBP-FAILED", "review", "manual_review")
    if entry.day is None:
        return Verdict("CBP-FAILED", "ineligible", "await_phase")
    if entry.protest in PROTEST_ON_FILE:
        return None  # a second protest is not available; the protest line decides
    return _protest_or_court(entry, "CBP-FAILED")


def _psc_possible(entry: Entry) -> bool:
    """Unliquidated, at most 300 days from entry, at least 15 before scheduled liquidation, no type 06 (P4)."""
    if entry.liquidation == "liquidated" or entry.entry_date is None:
        return False
    if entry.as_of > entry.entry_date + timedelta(days=300):
        return False
    scheduled = entry.projected_liquidation_date
    if scheduled is not None and (scheduled - entry.as_of).days < 15:
        return False
    return not (entry.entry_type == "06" and entry.as_of >= ZONE_PSC_BARRED)


def _psc_deadline(entry: Entry) -> date | None:
    """The last day of a post summary correction: day 300 from entry, and day 15 before scheduled liquidation (P4)."""
    if entry.liquidation == "liquidated" or entry.is_liquidated_undated or entry.entry_date is None:
        return None
    limits = [entry.entry_date + timedelta(days=300)]
    if entry.projected_liquidation_date is not None:
        limits.append(entry.projected_liquidation_date - timedelta(days=15))
    return min(limits)


def _remedy(entry: Entry) -> str:
    remedy = CBP_REMEDIES.get(entry.cbp_message, "unknown")
    goods_value_check = "GOODS VALUE AMOUNT MUST BE REPORTED ON THE CH 1-97"
    if entry.cbp_message == goods_value_check and entry.as_of >= GOODS_VALUE_CHECK_REMOVED:
        remedy = "refile_unchanged_once"
    if remedy == "refile_unchanged_once" and entry.cbp_failure_count > 1:
        remedy = "psc"
    return remedy


def _contradicted(entry: Entry) -> bool:
    """A newer fact, or a changed rule, takes the verdict's ground away (P4)."""
    result_day = entry.cbp_result_date
    if entry.cbp_message == "ENTRY SUMMARY FLAGGED FOR RECON" and entry.as_of >= RECONCILIATION_OPENED:
        return True  # our own reconciliation line judges flagged entries since then
    if result_day is None:
        return False
    if entry.cbp_message == "ENTRY SUMMARY IS IN FINAL LIQUIDATION STATUS":
        return entry.liquidated_on is not None and entry.liquidated_on > result_day
    if entry.status_as_of_date is None or entry.status_as_of_date <= result_day:
        return False
    return {
        "PROTEST ON ENTRY": entry.protest in {"none", "withdrawn", "rejected"},
        "ENTRY SUMMARY FLAGGED FOR RECON": entry.recon_flag is False,
        "ENTRY SUMMARY UNDER REVIEW": entry.liquidation not in {None, "under_review"},
    }.get(entry.cbp_message, False)


def _after_liquidation(entry: Entry, days: int) -> date | None:
    """NULL unless liquidated on or before as-of (P35); weekends and holidays never move it (P51)."""
    return entry.liquidated_on + timedelta(days=days) if entry.liquidated_on else None


def _court_dates(entry: Entry) -> tuple[date | None, date | None]:
    """Two years from the own deposit (else entry); two years from publication or first collection (P3).

    After a denied protest: 180 days from the mailing of the denial, for both (P2).
    """
    if entry.protest in {"denied", "denied_in_part"}:
        if entry.protest_decision_date is None:
            return None, None
        summons = entry.protest_decision_date + timedelta(days=180)
        return summons, summons
    accrual = entry.deposit_date or entry.entry_date
    known_days = [
        day
        for programme in entry.programmes
        for key in ("publication_date", "first_collection_date")
        if (day := as_date(programme.get(key))) is not None
    ]
    own = add_years(accrual, 2) if accrual else None
    return own, add_years(min(known_days), 2) if known_days else None


def _deemed_liquidation(entry: Entry) -> date | None:
    """Entry date + 1 year, once as-of is past it, if not suspended or extended (19 USC 1504(a), P34)."""
    if entry.liquidation not in {"unliquidated", "under_review"} or entry.entry_date is None:
        return None
    deemed = add_years(entry.entry_date, 1)
    return deemed if entry.as_of > deemed else None


def _is_stale(entry: Entry) -> bool:
    """An unliquidated status that the ACE cycle of 314 days, or 14 days of age, has overtaken (P7)."""
    if entry.liquidation != "unliquidated":
        return False
    if entry.status_as_of_date is None or (entry.as_of - entry.status_as_of_date).days > 14:
        return True
    if entry.entry_date is None:
        return False
    assumed = entry.entry_date + timedelta(days=314)
    return entry.status_as_of_date < assumed < entry.as_of


def _worst_case_deadline(entry: Entry) -> date | None:
    if not _is_stale(entry) or entry.status_as_of_date is None:
        return None
    return entry.status_as_of_date + timedelta(days=80)


def _protective(entry: Entry, deciding: Verdict) -> dict[str, Any]:
    """The protest clock beside the path (P1, P10, P34)."""
    none = {"protective_action": None, "protective_deadline_date": None, "protective_reason": None}
    closed = deciding.path == "none" and deciding.status in {"refunded", "no_ieepa"}
    holds_nothing = entry.principal_high == 0 and entry.complete is True and not entry.vanished
    if closed or holds_nothing or entry.protest in PROTEST_ON_FILE:
        return none
    deemed = _deemed_liquidation(entry)
    start = entry.liquidated_on or deemed
    if start is None or not 0 <= (entry.as_of - start).days <= 180:
        return none
    if start == deemed and entry.liquidated_on is None:
        reason = "deemed_liquidated"
    elif deciding.status == "refunded":
        reason = "refund_not_settled"
    elif entry.accepted and entry.reliquidated_on is None and (entry.as_of - start).days >= 85:
        reason = "accepted_not_reliquidated"
    else:
        reason = "protest_clock_running"
    return {
        "protective_action": "file_protest",
        "protective_deadline_date": start + timedelta(days=180),
        "protective_reason": reason,
    }


def _unverified(entry: Entry) -> list[str]:
    """Attested facts that nobody stated (P6), and a reconciliation due date that is unknown (P22)."""
    names = []
    if entry.drawback is None:
        names.append("drawback")
    if entry.protest in {"open", "suspended"} and entry.protest_scope is None:
        names.append("protest_scope")
    if entry.recon_flag and entry.recon_due_date is None:
        names.append("recon_due_date")
    if entry.surety_paid is None:
        names.append("surety_paid")
    return names


def _findings(entry: Entry, cape_deadline: date | None) -> list[str]:
    """What a reader should know and what leaves the status alone."""
    projected = entry.projected_liquidation_date
    recon_days = (entry.recon_due_date - entry.as_of).days if entry.recon_flag and entry.recon_due_date else None
    conditions = {
        "STALE-STATUS": _is_stale(entry),
        "DEEMED-LIQUIDATED": _deemed_liquidation(entry) is not None,
        "AMOUNT-UNCERTAIN": entry.principal == 0 and bool(entry.principal_high),
        "PRIOR-REFUND-IN-PART": ZERO < entry.prior_refund < (entry.principal_high or ZERO),
        "DUTY-NOT-DEPOSITED": entry.entry_type in TYPES_WITHOUT_DEPOSIT,
        "MAY-FAIL-UNDER-REVIEW": entry.liquidation == "under_review",
        "PROTEST-WITHOUT-LIQUIDATION": entry.liquidation != "liquidated" and entry.protest in PROTEST_ON_FILE,
        "LIQUIDATION-DATE-CONTRADICTS-STATUS": entry.liquidation == "unliquidated"
        and projected is not None
        and projected <= entry.as_of,
        "LAST-CAPE-DAYS": entry.day in {79, 80},
        "CAPE-DEADLINE-ON-A-NON-BUSINESS-DAY": cape_deadline is not None
        and (cape_deadline.weekday() >= 5 or cape_deadline in entry.holidays),
        "RECON-DUE-WITHIN-75-DAYS": recon_days is not None and 31 <= recon_days <= 75,
    }
    return [code for code, holds in conditions.items() if holds]


# ---- reading the facts --------------------------------------------------------------------------------------------


def _read(facts: dict[str, Any], as_of: date) -> Entry:
    liquidation, liquidated_on, projected = _read_liquidation(facts, as_of)
    reliquidated_on = _not_after(as_date(facts.get("reliquidation_date")), as_of)
    if reliquidated_on is not None:
        liquidation = "liquidated"
        liquidated_on = max(reliquidated_on, liquidated_on or reliquidated_on)

    result_date = as_date(facts.get("cbp_result_date"))
    result = str(facts.get("cbp_result") or "").strip().upper()
    if result_date is not None and result_date > as_of:
        result = ""
    accepted_date = as_date(facts.get("accepted_date"))
    is_accepted = bool(flag(facts.get("accepted"))) or result == "ENTRY SUMMARY UPDATED"
    if accepted_date is not None and accepted_date > as_of:
        is_accepted, accepted_date = False, None

    protest_status, decision_date = _read_protest(facts, as_of)
    entry_type = str(facts.get("entry_type_code") or "").strip()
    scope = str(facts.get("protest_scope") or "").strip().lower()
    return Entry(
        as_of=as_of,
        entry_type=entry_type.zfill(2) if entry_type else None,
        entry_date=as_date(facts.get("entry_date")),
        deposit_date=as_date(facts.get("deposit_date")),
        liquidation=liquidation,
        is_liquidated_undated=_is_liquidated_undated(facts),
        liquidated_on=liquidated_on,
        reliquidated_on=reliquidated_on,
        projected_liquidation_date=projected,
        status_as_of_date=as_date(facts.get("status_as_of_date")),
        recon_flag=flag(facts.get("recon_flag")),
        recon_09_filed=flag(facts.get("recon_09_filed")),
        recon_due_date=as_date(facts.get("recon_due_date")),
        adcvd_status=_word(
            facts.get("adcvd_status"), frozenset({"pending", "instructions_issued", "suspended", "none"})
        ),
        drawback=flag(facts.get("drawback")),
        surety_paid=flag(facts.get("surety_paid")),
        protest=protest_status,
        protest_scope=scope if scope in {"ieepa_only", "mixed"} else None,
        protest_decision_date=decision_date,
        accepted=is_accepted,
        accepted_date=accepted_date,
        accepted_claim_count=int(facts.get("accepted_claim_count") or 1),
        control_status=str(facts.get("control_status") or "").lower(),
        statement_unpaid=bool(facts.get("statement_unpaid")),
        cbp_result=result,
        cbp_message=str(facts.get("cbp_message") or "").strip().upper(),
        cbp_result_date=result_date,
        cbp_failure_count=int(facts.get("cbp_failure_count") or 1),
        complete=flag(facts.get("data_complete")),
        vanished=flag(facts.get("baseline_ok")) is False,
        prior_refund=as_money(facts.get("prior_refund_usd")) or ZERO,
        principal=as_money(facts.get("refund_principal_usd")),
        principal_high=as_money(facts.get("refund_principal_high_usd")),
        interest=as_money(facts.get("refund_interest_usd")),
        refunds=_read_refunds(facts.get("refunds") or [], as_of),
        programmes=list(facts.get("programmes") or []),
        holidays=frozenset(facts.get("holidays") or ()),
    )


def _read_liquidation(facts: dict[str, Any], as_of: date) -> tuple[str | None, date | None, date | None]:
    """Status, liquidation date, projected date. A date that is not a liquidation by as-of is a projection (P35)."""
    text = " ".join(str(facts.get("liquidation_status") or "").lower().split())
    status = LIQUIDATION_STATUSES.get(text)
    day = as_date(facts.get("liquidation_date"))
    if status != "liquidated":
        return status, None, day
    if day is None:
        return None, None, None
    if day > as_of:
        return "unliquidated", None, day
    return "liquidated", day, None


def _is_liquidated_undated(facts: dict[str, Any]) -> bool:
    text = " ".join(str(facts.get("liquidation_status") or "").lower().split())
    return LIQUIDATION_STATUSES.get(text) == "liquidated" and as_date(facts.get("liquidation_date")) is None


def _read_protest(facts: dict[str, Any], as_of: date) -> tuple[str | None, date | None]:
    status = _word(facts.get("protest_status"), PROTEST_STATUSES)
    decided = as_date(facts.get("protest_decision_date"))
    if decided is not None and decided > as_of:
        return ("open" if status in PROTEST_ON_FILE else status), None
    return status, decided


def _read_refunds(refunds: list[dict[str, Any]], as_of: date) -> list[dict[str, Any]]:
    for refund in refunds:
        if refund["cash_state"] not in CASH_STATES:
            raise ValueError(f"no such cash state: {refund['cash_state']!r}")
    return [
        refund
        for refund in refunds
        if refund.get("refund_number") and (as_date(refund.get("refund_date")) or as_of) <= as_of
    ]


def _word(value: Any, known: frozenset[str]) -> str | None:
    """A word of a closed list; '' is none, anything else unknown."""
    if value is None:
        return None
    word = "_".join(str(value).strip().lower().replace("-", " ").split())
    return "none" if word == "" else word if word in known else None


def _not_after(day: date | None, as_of: date) -> date | None:
    return day if day is not None and day <= as_of else None
