"""The kinds of entries, what each must come to, and how often it occurs.

Belongs here: the life of an entry and its answer on the valuation day, decided in advance by the facts of
`cape_mechanics` and the closed vocabularies: no module of the pipeline is asked. Does not belong here: goods and
amounts (`goods.py`), who imports (`plan.py`), the end of a refund (`settlement.py`).
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, timedelta

from cape_pipeline.demo.cast import AS_OF, UNKNOWN_MESSAGE
from cape_pipeline.sample.timetable import (
    CAPE_WINDOW,
    EARLY_WAVES,
    MONTHLY_RUN,
    NEWER_RUN,
    PROTEST_WINDOW,
    EntryDay,
    waves,
)

ELIGIBLE, HELD = ("eligible", "file_cape"), ("eligible_paid_on_liquidation", "file_cape")
LATER_PHASE, BY_HAND = ("ineligible", "await_phase"), ("review", "manual_review")
ACCEPTED, NOTHING = ("accepted", "await_refund"), ("no_ieepa", "none")
OPEN, WITHIN, PAST = "not liquidated", "liquidated within 80 days", "liquidated longer ago"
ANY = (OPEN, WITHIN, PAST)
COURT, PROTEST = ("ineligible", "court"), ("ineligible", "file_protest")


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of entry; `share` weighs it among the kinds that can be on a day.

    `answer` is None where the clock alone decides (`by_clock`). `liquidation`: `cycle` (in the ordinary course),
    `informal`, `none`, or so many days before the valuation day. `claim`: `accepted` (paid after it settles),
    `accepted early` (by one of the first waves), `failed`.
    """

    name: str
    share: int
    answer: tuple[str, str] | None = None
    when: tuple[str, ...] = ANY
    entry_type: str = "01"
    liquidation: str | int = "cycle"
    hold: str = ""
    pool: str = "paying"
    other_pool: str = "any"
    line_count: int = 0  # 0: as many as entries have
    claim: str = ""
    message: str = ""
    is_flagged: bool = False
    protest: str = ""
    facts: dict[str, str] = field(default_factory=dict)
    is_owed: bool = True
    has_prior_refund: bool = False
    is_date_withheld: bool = False
    is_seen_again: bool = False


def _recon(filed: str, issue: str = "value", due: str = "") -> dict[str, str]:
    return {"recon_09_filed": filed, "recon_issue": issue} | ({"recon_due_date": due} if due else {})


#: Goods that owe nothing are most of what came before the worldwide duty; from its first day on they are the few.
WORLDWIDE_FROM = date(2025, 4, 5)
MOSTLY_FREE = 90
ORDINARY = "ordinary"  # what a spreadsheet may damage on the way
_NOT_PAST = (OPEN, WITHIN)

# fmt: off
KINDS = (
    Kind(ORDINARY, 330),
    Kind("accepted early", 440, ACCEPTED, claim="accepted early"),
    Kind("accepted late", 260, ACCEPTED, _NOT_PAST, claim="accepted"),
    Kind("accepted, extended", 8, ACCEPTED, (OPEN,), liquidation="none", hold="Extended", claim="accepted"),
    Kind("accepted, under review", 2, ACCEPTED, (OPEN,), liquidation="none", hold="Under Review", claim="accepted"),
    Kind("no IEEPA duty", 118, NOTHING, pool="free", other_pool="free"),
    Kind("steel content and the rest", 14, pool="rest", other_pool="metal", line_count=2),
    Kind("quota", 10, entry_type="02"),
    Kind("foreign trade zone", 30, entry_type="06"),
    Kind("informal", 45, entry_type="11", liquidation="informal", line_count=1),
    Kind("antidumping suspended", 16, HELD, (OPEN,), "03", "none", "Suspended", facts={"adcvd_status": "suspended"}),
    Kind("antidumping suspended, quota", 2, HELD, (OPEN,), "07", "none", "Suspended",
         facts={"adcvd_status": "suspended"}),
    Kind("antidumping pending", 4, ("ineligible", "await_liquidation"), (OPEN,), "03", "none",
         facts={"adcvd_status": "pending"}),
    Kind("antidumping, instructions issued", 2, ("ineligible", "await_liquidation"), (OPEN,), "03", "none",
         facts={"adcvd_status": "instructions_issued"}),
    Kind("antidumping unknown", 4, BY_HAND, (OPEN,), "03", "none"),
    Kind("antidumping, liquidated", 3, when=(WITHIN, PAST), entry_type="03"),
    Kind("USMCA duty deferral", 2, ("ineligible", "manual_review"), entry_type="08"),
    Kind("reconciliation entry", 1, ("ineligible", "manual_review"), entry_type="09"),
    Kind("warehouse", 6, LATER_PHASE, entry_type="21", is_owed=False),
    Kind("re-warehouse", 1, LATER_PHASE, entry_type="22", is_owed=False),
    Kind("temporary importation", 3, BY_HAND, _NOT_PAST, "23", is_owed=False),
    Kind("warehouse withdrawal", 8, HELD, _NOT_PAST, "31", facts={"warehouse_entry_number": "warehouse"}),
    Kind("defense contract", 1, BY_HAND, _NOT_PAST, "51"),
    Kind("government", 1, BY_HAND, _NOT_PAST, "52"),
    Kind("extended", 15, HELD, (OPEN,), liquidation="none", hold="Extended"),
    Kind("suspended", 3, HELD, (OPEN,), liquidation="none", hold="Suspended"),
    Kind("under review", 3, HELD, (OPEN,), liquidation="none", hold="Under Review"),
    Kind("flagged, no type 09", 12, ELIGIBLE, _NOT_PAST, is_flagged=True, facts=_recon("N")),
    Kind("flagged, type 09 on file", 4, LATER_PHASE, _NOT_PAST, is_flagged=True, facts=_recon("Y")),
    Kind("flagged, type 09 unknown", 3, BY_HAND, _NOT_PAST, is_flagged=True),
    Kind("flagged, due soon", 2, ("review", "file_recon_first"), _NOT_PAST, is_flagged=True,
         facts=_recon("N", "fta", "2026-08-10")),
    Kind("flagged, type 03", 1, LATER_PHASE, (OPEN,), "03", "none", is_flagged=True,
         facts=_recon("N") | {"adcvd_status": "suspended"}),
    Kind("drawback", 4, LATER_PHASE, facts={"drawback": "Y"}),
    Kind("paid by the surety", 1, ("ineligible", "manual_review"), _NOT_PAST, facts={"surety_paid": "Y"}),
    Kind("refunded before", 3, ("refunded", "none"), has_prior_refund=True, is_owed=False),
    Kind("protest open", 6, ("ineligible", "await_protest"), (PAST,), protest="open",
         facts={"protest_scope": "mixed"}),
    Kind("protest denied", 4, COURT, (PAST,), protest="denied", facts={"protest_scope": "ieepa_only"}),
    Kind("protest approved", 2, ("ineligible", "await_refund"), (PAST,), protest="approved",
         facts={"protest_scope": "mixed"}),
    Kind("protest for IEEPA only, within 80 days", 8, ("ineligible", "withdraw_protest_then_cape"), (WITHIN,),
         protest="open", facts={"protest_scope": "ieepa_only"}),
    Kind("liquidated, date missing", 2, BY_HAND, (WITHIN, PAST), is_date_withheld=True),
    Kind("liquidated on day 80", 2, liquidation=80),
    Kind("liquidated on day 81", 2, liquidation=81),
    Kind("liquidated on day 180", 2, liquidation=180),
    Kind("liquidated on day 181", 2, liquidation=181),
    Kind("liquidated since", 80, ELIGIBLE, liquidation="cycle", is_seen_again=True),
    Kind("failed as final", 6, when=(PAST,), claim="failed", message="ENTRY SUMMARY IS IN FINAL LIQUIDATION STATUS"),
    Kind("failed, statement processing", 4, ("ineligible", "fix_and_refile"), (OPEN,), claim="failed",
         message="STATEMENT PROCESSING NOT COMPLETE"),
    Kind("failed, duty not calculated", 4, ("ineligible", "fix_and_refile"), (OPEN,), claim="failed",
         message="UNABLE TO CALCULATE DUTY"),
    Kind("failed, on drawback", 2, LATER_PHASE, claim="failed", message="ENTRY ON DRAWBACK"),
    Kind("failed with an unknown message", 1, BY_HAND, claim="failed", message=UNKNOWN_MESSAGE),
    Kind("column 1 not printed", 8, pool="column 1 not printed", other_pool="paying"),
    Kind("duty under an exempt heading", 3, pool="duty under an exempt heading"),
    Kind("a number no tariff has", 3, pool="a number no tariff has"),
    Kind("duty outside its window", 4, pool="duty outside its window"),
    Kind("a heading of another origin", 2, pool="a heading of another origin"),
    Kind("duty after the last day", 8, pool="duty after the last day", other_pool="duty after the last day"),
)
# fmt: on
KIND_IDS = 128  # more than there are kinds: a case's key is day_id * KIND_IDS + place


@dataclass(frozen=True, slots=True)
class Case:
    """A kind on a day: what the reports show, and the answer where no claim decides it."""

    kind: Kind
    day: EntryDay
    shown_status: str
    liquidated: date | None
    newer_status: str
    newer_liquidated: date | None
    cape_status: str
    recommended_path: str
    first_wave: int = 0
    wave_count: int = 0
    protest_shown: str = ""
    protest_filed: date | None = None
    protest_decided: date | None = None


def case_of(kind: Kind, day: EntryDay) -> Case | None:
    """The kind on the day, or None where it cannot be: entries of the kind do not stand so by then."""
    liquidated = _liquidation(kind, day)
    if liquidated and liquidated <= day.day + timedelta(days=10):
        return None
    newer = None
    if kind.is_seen_again:
        if liquidated is None or not MONTHLY_RUN < liquidated <= NEWER_RUN:
            return None
        liquidated, newer = None, liquidated
    elif liquidated and liquidated > MONTHLY_RUN:
        liquidated = None
    stands = newer or liquidated
    if _clock(stands) not in kind.when:
        return None
    status, path = kind.answer or by_clock(stands)
    wave = _waves_of(kind, liquidated)
    protest = _protest(kind, liquidated)
    if wave is None or protest is None:
        return None
    shown = "Liquidated" if liquidated else kind.hold or "Unliquidated"
    return Case(
        kind=kind,
        day=day,
        shown_status=shown,
        liquidated=None if kind.is_date_withheld else liquidated,
        newer_status="Liquidated" if newer else shown,
        newer_liquidated=newer or liquidated,
        cape_status=status,
        recommended_path=path,
        first_wave=wave[0],
        wave_count=wave[1],
        protest_shown=kind.protest.capitalize(),
        protest_filed=protest[0],
        protest_decided=protest[1],
    )


def by_clock(liquidated: date | None) -> tuple[str, str]:
    """Status and path of an entry that nothing but its liquidation decides.

    Day 80 is the last for CAPE, day 180 for a protest; after it there is the court.
    """
    if liquidated is None or liquidated + CAPE_WINDOW >= AS_OF:
        return ELIGIBLE
    return PROTEST if liquidated + PROTEST_WINDOW >= AS_OF else COURT


def shares_on(day: EntryDay, pools: frozenset[str]) -> Iterator[tuple[int, int]]:
    """Kinds that can be on the day, as (place in KINDS, share)."""
    for place, kind in enumerate(KINDS):
        if {kind.pool, kind.other_pool} <= pools and case_of(kind, day):
            is_early = kind.pool == "free" and day.day < WORLDWIDE_FROM
            yield place, kind.share * (MOSTLY_FREE if is_early else 10)


def _liquidation(kind: Kind, day: EntryDay) -> date | None:
    if isinstance(kind.liquidation, int):
        return AS_OF - timedelta(days=kind.liquidation)
    return {"cycle": day.cycle, "informal": day.informal, "none": None}[kind.liquidation]


def _clock(liquidated: date | None) -> str:
    if liquidated is None:
        return OPEN
    return WITHIN if liquidated + CAPE_WINDOW >= AS_OF else PAST


def _waves_of(kind: Kind, liquidated: date | None) -> tuple[int, int] | None:
    """The first wave of claims that may have the entry and how many follow; None where every one comes too late."""
    if not kind.claim:
        return 0, 0
    days = waves()
    early = kind.claim == "accepted early"
    first, last = (0, EARLY_WAVES) if early else (EARLY_WAVES, len(days))
    if kind.claim != "failed" and liquidated:
        last = first + sum(1 for day in days[first:last] if day <= liquidated + CAPE_WINDOW)
    return (first, last - first) if last > first else None


def _protest(kind: Kind, liquidated: date | None) -> tuple[date | None, date | None] | None:
    """When a protest was filed and decided; None where it cannot be seen in the monthly run, or is no longer open."""
    if not kind.protest:
        return None, None
    if liquidated is None:
        return None
    filed = liquidated + timedelta(days=10)
    decided = None if kind.protest == "open" else liquidated + timedelta(days=60)
    if (decided or filed) > MONTHLY_RUN or (decided and decided + PROTEST_WINDOW < AS_OF):
        return None
    return filed, decided
