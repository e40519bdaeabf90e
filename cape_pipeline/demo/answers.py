"""The known answers of a demonstration set, as plain data.

Belongs here: what is true of each line, entry, batch and refund of the files written, and its JSON. Does not belong
here: how the truth was decided (`scenarios.py`, `fates.py`, `duties.py`, `interest.py`), nor how the pipeline is
compared with it.

A value of None means that the demonstration does not fix the answer, never zero.
"""

import json
from dataclasses import asdict, dataclass
from datetime import date
from decimal import Decimal
from pathlib import Path

from cape_pipeline.demo.duties import HeadingUse


@dataclass(frozen=True, slots=True)
class LineAnswer:
    """One entry line of its baseline version: what was paid, and of what it is made, in dollars.

    `paid` = `ieepa_low` + `undetermined` + the sections + `other_chapter99` + `column_1`.
    """

    entry_number: str
    line_number: int
    goods: str
    anomaly: str
    paid_usd: Decimal
    ieepa_low_usd: Decimal
    ieepa_high_usd: Decimal
    undetermined_usd: Decimal
    section_232_usd: Decimal
    section_301_usd: Decimal
    section_122_usd: Decimal
    other_chapter99_usd: Decimal
    column_1_usd: Decimal


@dataclass(frozen=True, slots=True)
class EntryAnswer:
    """One entry summary on the valuation day.

    `liquidation_date` is the newest one: the (re)liquidation CBP reports, or the forecast for an accepted entry.
    `interest_end_basis`: `actual_reliquidation` (ES-022 shows it), `forecast_from_acceptance` (next business day, or 45
    days later), `as_if_accepted_on_as_of` (eligible, not filed yet), `accrued_to_as_of` (everything else).
    """

    entry_number: str
    scenario: str
    importer_number: str
    filer_code: str
    entry_type_code: str
    entry_date: date
    payee_number: str
    rate_class: str
    cape_status: str
    recommended_path: str
    refund_principal_usd: Decimal | None
    refund_principal_high_usd: Decimal | None
    deposit_date: date
    deposit_date_basis: str
    claim_number: str | None
    accepted_date: date | None
    liquidation_date: date | None
    interest_end_date: date | None
    interest_end_basis: str | None
    interest_usd: Decimal | None
    refund_number: str | None


@dataclass(frozen=True, slots=True)
class BatchAnswer:
    """The accepted entries of one payee that (re)liquidate on one day."""

    payee_number: str
    liquidation_date: date
    liquidation_basis: str
    entry_count: int
    declaration_count: int
    principal_usd: Decimal
    interest_usd: Decimal
    total_usd: Decimal
    refund_number: str | None


@dataclass(frozen=True, slots=True)
class RefundAnswer:
    """One refund number seen anywhere, with what each source says of it; None where a source says nothing.

    `match_status` is None for a refund of another kind, which is no part of the CAPE reconciliation.
    """

    refund_number: str
    payee_number: str
    refund_type: str
    liquidation_date: date | None
    match_status: str | None
    secondary_status: str | None
    trace_number: str | None
    expected_usd: Decimal | None
    es022_usd: Decimal | None
    rev603_usd: Decimal | None
    deposited_usd: Decimal
    rejected_usd: Decimal
    bank_credit_count: int


@dataclass(frozen=True, slots=True)
class QuarantineAnswer:
    """One row that cannot be used; rows count from 1 as a spreadsheet shows them."""

    file_name: str
    source_row: int
    column_name: str
    reason_code: str
    entry_number: str | None


@dataclass(frozen=True, slots=True)
class Answers:
    """Everything the files of one set should lead to."""

    as_of: date
    lines: tuple[LineAnswer, ...]
    entries: tuple[EntryAnswer, ...]
    batches: tuple[BatchAnswer, ...]
    refunds: tuple[RefundAnswer, ...]
    quarantine: tuple[QuarantineAnswer, ...]
    bank_rows_not_cbp: int


@dataclass(frozen=True, slots=True)
class DemoSet:
    """A written demonstration: its valuation day, its files in order of name, and their answers."""

    as_of: date
    files: tuple[Path, ...]
    answers: Answers
    heading_uses: tuple[HeadingUse, ...]

    def answers_json(self) -> str:
        """The answers as JSON: amounts as text with two decimals, days as YYYY-MM-DD."""
        return json.dumps(asdict(self.answers), indent=1, default=str)
