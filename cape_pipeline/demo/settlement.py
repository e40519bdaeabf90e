"""What CBP pays in the demonstration, and the answers that follow from plan and payment.

Belongs here: refunds with their numbers, interest, cash and traces, and the assembly of the answers. Does not belong
here: the decisions themselves (`scenarios.py`) and the writing of files (`exports.py`).
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from itertools import groupby

from cape_pipeline.demo import days
from cape_pipeline.demo.answers import Answers, BatchAnswer, EntryAnswer, LineAnswer, QuarantineAnswer, RefundAnswer
from cape_pipeline.demo.cast import AS_OF, SECOND_RUN
from cape_pipeline.demo.duties import ZERO
from cape_pipeline.demo.entry import Entry
from cape_pipeline.demo.fates import FATES, LONE_REFUNDS, Fate, LoneRefund
from cape_pipeline.demo.interest import cents, refund_interest


@dataclass(frozen=True, slots=True)
class Credit:
    """One credit at the bank."""

    value_date: date
    amount_usd: Decimal
    trace_number: str


@dataclass(frozen=True, slots=True)
class Refund:
    """One refund as CBP keeps it; `entries` is empty where ES-022 does not show it."""

    number: str
    payee: str
    company: str
    refund_type: str
    document_number: str
    refund_date: date
    secondary_status: str
    total_usd: Decimal
    trace_number: str
    match_status: str | None
    liquidation: date | None
    entries: tuple[Entry, ...]
    credits: tuple[Credit, ...]

    @property
    def in_rev603(self) -> bool:
        return self.match_status != "not_in_rev603"

    @property
    def rejected(self) -> bool:
        return self.match_status == "rejected"


def interest_of(entry: Entry) -> tuple[date, str, Decimal] | None:
    """End day, its basis and the interest in dollars; None for an entry without a certain principal."""
    principal = _principal(entry)
    if not principal:
        return None
    end, basis = _interest_end(entry)
    return end, basis, refund_interest(principal, entry.deposit[0], end, entry.importer.rate_class)


def _interest_end(entry: Entry) -> tuple[date, str]:
    """Interest ends at the (re)liquidation that is known, or foreseen; else it is counted to the valuation day."""
    if entry.settled:
        return entry.settled, "actual_reliquidation" if entry.settled <= SECOND_RUN else "forecast_from_acceptance"
    if entry.status != "eligible":
        return AS_OF, "accrued_to_as_of"
    end = days.next_business_day(AS_OF) if entry.liquidation else AS_OF + timedelta(days=45)
    return end, "as_if_accepted_on_as_of"


def refunds_of(entries: Iterable[Entry]) -> tuple[Refund, ...]:
    """Every refund of the set, numbered in the order of the fates."""
    waiting = [entry for entry in entries if entry.status == "refunded" and entry.claim]
    refunds = []
    for position, fate in enumerate(FATES):
        paid = tuple(
            entry for entry in waiting if entry.importer is fate.importer and entry.settled == fate.liquidation
        )
        refunds.append(_refund(fate, position, paid))
    lone = (_lone_refund(told, len(FATES) + position) for position, told in enumerate(LONE_REFUNDS))
    return (*refunds, *lone)


def answers(entries: Sequence[Entry], quarantine: tuple[QuarantineAnswer, ...], not_cbp: int) -> Answers:
    """The answers of a planned set; entries whose number was destroyed have none but their quarantined rows."""
    known = [entry for entry in entries if entry.status]
    refunds = refunds_of(entries)
    refund_numbers = {entry.number: refund.number for refund in refunds for entry in refund.entries}
    return Answers(
        as_of=AS_OF,
        lines=tuple(line for entry in known if entry.amounts_known for line in _line_answers(entry)),
        entries=tuple(_entry_answer(entry, refund_numbers.get(entry.number)) for entry in known),
        batches=_batch_answers(known, refund_numbers),
        refunds=tuple(_refund_answer(refund) for refund in refunds),
        quarantine=quarantine,
        bank_rows_not_cbp=not_cbp,
    )


def _refund(fate: Fate, position: int, paid: tuple[Entry, ...]) -> Refund:
    interest = sum((found[2] for entry in paid if (found := interest_of(entry))), ZERO)
    total = sum((entry.ieepa_low_usd for entry in paid), ZERO) + interest
    trace = _trace(position)
    return Refund(
        number=_refund_number(position),
        payee=fate.importer.payee,
        company=fate.importer.name,
        refund_type="CAPE",
        document_number="",
        refund_date=fate.refund_date,
        secondary_status=fate.secondary_status,
        total_usd=total,
        trace_number=trace if fate.secondary_status in ("Treasury Issued", "Funds Diverted") else "",
        match_status=fate.match_status,
        liquidation=fate.liquidation,
        entries=paid,
        credits=_credits(total - fate.withheld, fate.refund_date, trace, fate.credits),
    )


def _lone_refund(told: LoneRefund, position: int) -> Refund:
    trace = _trace(position)
    return Refund(
        number=_refund_number(position),
        payee=told.importer.payee,
        company=told.importer.name,
        refund_type=told.refund_type,
        document_number=told.document_number,
        refund_date=told.refund_date,
        secondary_status="Treasury Issued",
        total_usd=told.amount,
        trace_number=trace,
        match_status=told.match_status,
        liquidation=None,
        entries=(),
        credits=_credits(told.amount, told.refund_date, trace, 1),
    )


def _credits(amount: Decimal, refund_date: date, trace: str, count: int) -> tuple[Credit, ...]:
    """The amount in `count` credits of one trace on the second business day after the refund date."""
    value_date = days.next_business_day(days.next_business_day(refund_date))
    first = cents(amount * Decimal("0.6")) if count == 2 else amount
    parts = (first, amount - first) if count == 2 else (amount,) * count
    return tuple(Credit(value_date, part, trace) for part in parts)


def _refund_number(position: int) -> str:
    return f"R{204_100 + 37 * position:08d}"


def _trace(position: int) -> str:
    return f"0310003{44_100 + 53 * position:08d}"


def _line_answers(entry: Entry) -> Iterable[LineAnswer]:
    for number, line in enumerate(entry.lines, start=1):
        yield LineAnswer(
            entry_number=entry.number,
            line_number=number,
            goods=line.goods,
            anomaly=line.anomaly,
            paid_usd=line.paid_usd,
            ieepa_low_usd=line.ieepa_low_usd,
            ieepa_high_usd=line.ieepa_high_usd,
            undetermined_usd=line.ieepa_high_usd - line.ieepa_low_usd,
            section_232_usd=line.parts.get("section_232", ZERO),
            section_301_usd=line.parts.get("section_301", ZERO),
            section_122_usd=line.parts.get("section_122", ZERO),
            other_chapter99_usd=line.parts.get("other_chapter99", ZERO),
            column_1_usd=line.parts.get("column_1", ZERO),
        )


def _entry_answer(entry: Entry, refund_number: str | None) -> EntryAnswer:
    interest = interest_of(entry)
    deposited, basis = entry.deposit
    return EntryAnswer(
        entry_number=entry.number,
        scenario=entry.scenario,
        importer_number=entry.importer.number,
        filer_code=entry.importer.filer,
        entry_type_code=entry.entry_type,
        entry_date=entry.entry_date,
        payee_number=entry.importer.payee,
        rate_class=entry.importer.rate_class,
        cape_status=entry.status,
        recommended_path=entry.path or _fate_of(entry).path,
        refund_principal_usd=_principal(entry),
        refund_principal_high_usd=_if_owed(entry, entry.ieepa_high_usd),
        deposit_date=deposited,
        deposit_date_basis=basis,
        claim_number=entry.claim.number if entry.claim else None,
        accepted_date=entry.claim.accepted if entry.claim else None,
        liquidation_date=entry.settled or (None if entry.liquidation_date_withheld else entry.liquidation),
        interest_end_date=interest[0] if interest else None,
        interest_end_basis=interest[1] if interest else None,
        interest_usd=interest[2] if interest else None,
        refund_number=refund_number,
    )


def _principal(entry: Entry) -> Decimal | None:
    """What comes back for certain; None where rows of the entry are unreadable."""
    return _if_owed(entry, entry.ieepa_low_usd)


def _if_owed(entry: Entry, amount: Decimal) -> Decimal | None:
    if not entry.amounts_known:
        return None
    return amount if entry.owed else ZERO


def _fate_of(entry: Entry) -> Fate:
    return next(fate for fate in FATES if fate.importer is entry.importer and fate.liquidation == entry.settled)


def _batch_answers(entries: Iterable[Entry], refund_numbers: dict[str, str]) -> tuple[BatchAnswer, ...]:
    def key(entry: Entry) -> tuple[str, date]:
        return entry.importer.payee, entry.settled or date.max

    accepted = sorted((entry for entry in entries if entry.claim and entry.settled), key=key)
    batches = []
    for (payee, liquidation), group in groupby(accepted, key):
        members = list(group)
        principal = sum((entry.ieepa_low_usd for entry in members), ZERO)
        interest = sum((found[2] for entry in members if (found := interest_of(entry))), ZERO)
        batches.append(
            BatchAnswer(
                payee_number=payee,
                liquidation_date=liquidation,
                liquidation_basis="actual" if liquidation <= SECOND_RUN else "forecast",
                entry_count=len(members),
                declaration_count=len({entry.claim for entry in members}),
                principal_usd=principal,
                interest_usd=interest,
                total_usd=principal + interest,
                refund_number=refund_numbers.get(members[0].number),
            )
        )
    return tuple(batches)


def _refund_answer(refund: Refund) -> RefundAnswer:
    in_es022 = bool(refund.entries)
    return RefundAnswer(
        refund_number=refund.number,
        payee_number=refund.payee,
        refund_type=refund.refund_type,
        liquidation_date=refund.liquidation,
        match_status=refund.match_status,
        secondary_status=refund.secondary_status or None,
        trace_number=refund.trace_number or None,
        expected_usd=refund.total_usd if in_es022 else None,
        es022_usd=refund.total_usd if in_es022 else None,
        rev603_usd=refund.total_usd if refund.in_rev603 else None,
        deposited_usd=sum((credit.amount_usd for credit in refund.credits), ZERO),
        rejected_usd=refund.total_usd if refund.rejected else ZERO,
        bank_credit_count=len(refund.credits),
    )


def bank_day_of_other_business() -> tuple[tuple[date, str, Decimal], ...]:
    """Lines of the bank file that have nothing to do with CBP."""
    return (
        (AS_OF - timedelta(days=47), "WIRE IN WREN AND ALDERSHAW STORES", Decimal("18450.00")),
        (AS_OF - timedelta(days=19), "MONTHLY ACCOUNT FEE", Decimal("-35.00")),
    )
