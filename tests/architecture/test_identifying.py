"""Columns that tell who somebody is say so themselves, so that nothing shows them to whoever may only look at runs."""

import re

from cape_pipeline.contracts import CONTRACTS
from cape_pipeline.contracts.fields import NOT_SHOWN, SHOWN_BY_LAST_FOUR
from cape_pipeline.warehouse.lineage import StoredColumns, column_lineage
from cape_pipeline.warehouse.query import claims_of

SUSPICIOUS = re.compile(
    r"importer_(number|key)|(^|_)payee|_name$|^name|account|box28|4811|trace_(number|key)|_by$|address|^raw_|other_cells"
    r"|company|care_of|evidence|(^|_)note$|client|submitter|exporter|manufacturer|bond_number|designat"
    r"|attestation|^description$|^findings$|^fact_value$"
)
OURS = "a name that we, the law or the file's own form gave"
#: Suspicious columns that are shown, and why.
SHOWN = {
    "account_last_four": "no more than the last four characters is ever stored",
    "center_id_name": "a centre of CBP",
    "close_name": OURS,
    "column_name": OURS,
    "entry_type_name": OURS,
    "fact_name": OURS,
    "file_name": "how the team calls its own files, by which a fault is found; drafts are hidden",
    "holiday_name": OURS,
    "opening_close_name": OURS,
    "designation_state": OURS,
    "payee_basis": OURS,
    "payee_box28": OURS,
    "payee_box28_outcome": OURS,
    "payment_evidence": OURS,
    "sheet_name": "how the team calls its own worksheet",
    "submitter_type": OURS,
}
PUBLISHED = {
    ("registry.ieepa_headings", "description"),
    ("registry.sources", "address"),
    ("registry.cape_messages", "message"),
    ("entries.eligibility_findings", "message"),
    ("entries.turning_days", "message"),
    ("refunds.resubmissions", "message"),
}
#: Columns of claims that say which of two things was found, in the claim's own words.
WORDS_OF_CLAIMS = {"is_missing_at_the_bank", "is_unaccounted_for"}
TEXT = ("VARCHAR", "VARCHAR[]")


def texts() -> list[tuple[str, str, bool]]:
    """Table, column and whether it is masked, of every column of text."""
    return [
        (table_id, field.name, field.is_identifying)
        for table_id, contract in CONTRACTS.items()
        for field in contract.fields
        if field.sql_type in TEXT
    ]


def test_every_suspicious_column_is_masked_or_says_here_why_not() -> None:
    shown = {
        f"{table_id}.{name}"
        for table_id, name, is_masked in texts()
        if SUSPICIOUS.search(name) and not is_masked and name not in SHOWN and (table_id, name) not in PUBLISHED
    }
    assert shown == set()


def test_every_reason_here_is_still_needed() -> None:
    columns = {name for _, name, is_masked in texts() if not is_masked}
    assert set(SHOWN) - columns == set()
    assert {(table_id, name) for table_id, name, is_masked in texts() if not is_masked} >= PUBLISHED


def test_every_column_of_the_vocabularys_lists_is_a_column_of_some_table() -> None:
    assert (SHOWN_BY_LAST_FOUR | NOT_SHOWN) - {name for _, name, _ in texts()} == set()
    assert frozenset() == SHOWN_BY_LAST_FOUR & NOT_SHOWN


def test_no_column_is_shown_in_full_where_its_name_is_masked_elsewhere_unless_it_is_published() -> None:
    listed = SHOWN_BY_LAST_FOUR | NOT_SHOWN
    assert {(table_id, name) for table_id, name, is_masked in texts() if name in listed and not is_masked} == PUBLISHED


def test_a_claim_shows_what_identifies_somebody_under_a_name_that_its_table_masks() -> None:
    stored: StoredColumns = {}
    for contract in CONTRACTS.values():
        columns = {field.name: field.sql_type for field in contract.fields}
        stored.setdefault(contract.layer(), {})[contract.table()] = columns
    masked = {(table_id, name) for table_id, name, is_masked in texts() if is_masked}
    bare = [
        f"{table_id} {claim.name}: {name}"
        for table_id in CONTRACTS
        for claim in claims_of(table_id)
        for name, sources in column_lineage(claim.tree, stored).items()
        if masked & set(sources) and (table_id, name) not in masked and name not in WORDS_OF_CLAIMS
    ]
    assert bare == []
