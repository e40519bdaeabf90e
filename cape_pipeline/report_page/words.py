"""How a value of the warehouse is written on the page: amounts, days, codes in words, and what is not known.

Belongs here: the text of one cell or heading. Does not belong here: markup, and which columns a table has
(`contents.py`).
"""

import re
from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import Any

from cape_pipeline.calendar_file import WORDINGS

#: Columns whose values are codes of this project with underscores, which people read as words.
CODED = frozenset(
    {
        "cape_status",
        "confidence",
        "coverage_finding",
        "credit_finding",
        "deadline_kind",
        "interest_unknown_reason",
        "liquidation_basis",
        "match_status",
        "opening_basis",
        "policy",
        "policy_point",
        "readiness",
        "reason_code",
        "recommended_path",
        "severity",
        "stage",
        "timing_policy",
        "undrafted_reason",
        "who_acts",
        "why",
    }
)
#: Numbers and names that are copied, so they stand in one piece.
COPIED = frozenset(
    {
        "about",
        "alert_code",
        "claim_number",
        "entry_month",
        "entry_number",
        "importer_number",
        "payee_number",
        "payment_month",
        "refund_number",
        "rule_id",
        "submitter_id",
    }
)
#: Long words without a blank.
LONG_WORDS = frozenset({"assumption_id", "cbp_mailbox", "file_name", "file_sha256", "raw_value", "trace_key"})
#: Sentences, which need room.
SENTENCES = frozenset(
    {
        "cause",
        "cbp_message",
        "default_reading",
        "detail",
        "expectation",
        "first_step",
        "meaning",
        "message",
        "next_action",
        "other_reading",
        "reading",
        "source_title",
        "statement",
        "title",
        "what_is_unknown",
        "where_from",
        "why",
    }
)
#: A few words, which should not stand one below the other.
NAMES = frozenset(
    {
        "deadline_kind",
        "description",
        "importer_name",
        "legal_basis",
        "path_reason",
        "recommended_path",
        "stage",
        "undrafted_reason",
    }
)
#: Codes whose bare words say too little: by column and code.
MEANINGS: Mapping[str, Mapping[str, str]] = {
    "why": {
        "already_accepted": "CBP has accepted it already",
        "filed_and_waiting": "on a filed declaration that waits for CBP’s answer",
        "excluded": "kept off by exclusions.csv",
        "importer_unknown": "no report names its importer",
        "not_by_this_submitter": "the chosen submitter may not file it",
        "other_rules_unmet": "CBP failed it, and other rules are not met either",
        "refiling_not_confirmed": "CBP failed it: confirm ready_to_refile in attestations.csv first",
        "unverified_facts": "a fact is neither stated in entry_facts.csv nor vouched for (cape run --attest FACT)",
        "stale_status": "its liquidation status is stale: run ES-003 again, or accept it (cape run --accept-stale)",
    },
    "coverage_finding": {
        "no_entries": "no entry, and no file is known to have asked for the month",
        "sudden_drop": "fewer than half of the usual entries",
        "too_many_quarantined": "more than 5 % of the rows set aside",
    },
    "deadline_kind": {kind: wording.title for kind, wording in WORDINGS.items()},
    "recommended_path": {"none": "nothing left to do"},
    "severity": {
        "right_at_risk": "right at risk",
        "money_missing": "money missing",
        "action_due": "action due",
        "information": "information",
    },
    "stage": {
        "cash": "cash: found at the bank",
        "certified": "certified: issued by CBP",
        "eligible_unfiled": "eligible, not filed",
    },
}
#: Headings that are not just the column's name in words.
HEADINGS = {
    "about": "About",
    "entry_count": "Entries",
    "failed_entry_count": "Entries that fail",
    "protective_entry_count": "Of them protective",
    "refund_count": "Refunds",
    "source_title": "Source",
    "unknown_entry_count": "Entries unknown",
}
#: Written so wherever they stand as a word.
SPELLED = {
    "ach": "ACH",
    "cape": "CAPE",
    "cbp": "CBP",
    "es003": "ES-003",
    "es022": "ES-022",
    "ieepa": "IEEPA",
    "psc": "PSC",
    "rev603": "REV-603",
    "sha256": "SHA-256",
}
UNKNOWN = "unknown"
MOST_LISTED = 10


def spelled(code: str) -> str:
    """A name with underscores as words: `file_cape` is `file CAPE`."""
    return " ".join(SPELLED.get(word, word) for word in code.split("_"))


def heading(column: str) -> str:
    """A column's name as a heading; amounts are in US dollars throughout, so that is not repeated."""
    if column in HEADINGS:
        return HEADINGS[column]
    words = spelled(re.sub(r"_usd|^is_|_count$|(?<=deadline)_date$", "", column))
    return words[:1].upper() + words[1:]


def is_amount(column: str) -> bool:
    """Whether the column holds US dollars."""
    return column.endswith("_usd")


def money(amount: Decimal) -> str:
    """US dollars with thousands separators and cents."""
    return f"{amount:,.2f}"


def written(column: str, value: Any) -> str:
    """A value of a column as text; None is the caller's, who knows what its absence means."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, Decimal):
        return money(value) if is_amount(column) else f"{value:,}"
    if isinstance(value, int):
        return f"{value:,}"
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, list):
        return _listed(value)
    text = str(value)
    if column in CODED:
        return MEANINGS.get(column, {}).get(text) or spelled(text)
    return text


def _listed(values: Sequence[Any]) -> str:
    more = f" and {len(values) - MOST_LISTED:,} more" if len(values) > MOST_LISTED else ""
    return ", ".join(str(value) for value in values[:MOST_LISTED]) + more
