"""What becomes of the cells of each column that a report may have: kept, given a pseudonym, or only told to be there.

Belongs here: the lists of columns. Does not belong here: pseudonyms themselves (`pseudonyms.py`). A column that stands
in neither list is not known to be harmless, and `treatment_of` refuses it; a test asks for every column.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from cape_pipeline.ace.reports import ReportColumn
from cape_pipeline.redaction.pseudonyms import Pseudonyms

#: Where an original value is looked for in the finished copy: see `leaks.py`.
Search = Literal["number", "name", "note"]


@dataclass(frozen=True, slots=True)
class Treatment:
    """How a filled cell of a column is replaced, and as what its value is looked for afterwards.

    `pseudonym` makes the replacement; None for a column that is kept, of which only unreadable cells are replaced.
    """

    pseudonym: Callable[[Pseudonyms, str], str] | None = None
    search: Search | None = None


KEPT = Treatment()
DESCRIPTION = Treatment(Pseudonyms.redacted, "note")
FILE_NAME = Treatment(Pseudonyms.file_name)
ENTRY = Treatment(Pseudonyms.entry_number, "number")
IMPORTER = Treatment(Pseudonyms.importer_number, "number")
REFERENCE = Treatment(Pseudonyms.reference, "number")
TEXT_REFERENCE = Treatment(Pseudonyms.text_reference, "number")
NAME = Treatment(Pseudonyms.name, "name")
NOTE = Treatment(Pseudonyms.redacted, "note")

#: Columns whose values are replaced, by their names in `reports.toml`.
REPLACED = {
    "entry_number": ENTRY,
    "warehouse_entry_number": ENTRY,
    "reconciliation_other_entry_number": ENTRY,
    "reconciliation_fta_entry_number": ENTRY,
    "filer_code": Treatment(Pseudonyms.filer_code, "number"),
    "importer_number": IMPORTER,
    "cf4811_number": IMPORTER,
    "payee_number": IMPORTER,
    "payee_4811": IMPORTER,
    "box28_number": IMPORTER,
    "account_last_four": Treatment(Pseudonyms.last_four, "number"),
    "claim_number": REFERENCE,
    "refund_number": REFERENCE,
    "bill_number": REFERENCE,
    "statement_number": REFERENCE,
    "trace_number": Treatment(Pseudonyms.trace_number, "number"),
    "document_number": Treatment(Pseudonyms.document_number, "number"),
    "protest_number": TEXT_REFERENCE,
    "bond_number": TEXT_REFERENCE,
    "standard_visa_number": TEXT_REFERENCE,
    "manufacturer_id": TEXT_REFERENCE,
    "foreign_exporter_id": TEXT_REFERENCE,
    "ach_payer_id": TEXT_REFERENCE,
    "importer_name": NAME,
    "filer_name": NAME,
    "cf4811_name": NAME,
    "company_name": NAME,
    "care_of": NAME,
    "address": NAME,
    "payee_name": NAME,
    "client_id": NAME,
    "recorded_by": NAME,
    "attested_by": NAME,
    "excluded_by": NAME,
    "acknowledged_by": NAME,
    "submitter": Treatment(Pseudonyms.submitter, "name"),
    "alert_key": Treatment(Pseudonyms.alert_key, "name"),
    "evidence": NOTE,
    "exclusion_reason": NOTE,
    "acknowledged_note": NOTE,
    "description": DESCRIPTION,
    "file_name": FILE_NAME,
}
#: Texts and codes that stay as they are, because CBP's own words and codes decide; see README.md of this folder.
KEPT_TEXTS = frozenset({
    "bill_status", "bond_type", "cbp_status", "center_id", "center_id_code", "center_id_name", "claim_entry_status",
    "claim_status", "column_1_rate", "column_1_rate_filed", "control_status", "control_team_number",
    "country_of_export", "country_of_origin", "entry_type_code", "error_description", "fta_reconciliation_indicator",
    "line_spi_code", "liquidation_action", "liquidation_status", "payment_method", "payment_status", "port_code",
    "port_of_entry_code", "protest_status", "psc_indicator", "quantity_1", "quantity_1_unit", "quantity_2",
    "quantity_2_unit", "quantity_3", "quantity_3_unit", "reconciliation_fta_status", "reconciliation_indicator",
    "reconciliation_issue_code", "reconciliation_other_status", "refund_secondary_status", "refund_status",
    "refund_type", "reject_reason", "review_team_number", "surety_code", "team_number", "textile_category",
    "textile_category_code",
})  # fmt: skip
#: Kinds of cells that hold a day, a figure or a word of a list where they can be read at all.
PLAIN_KINDS = frozenset({"amount", "day", "flag", "hts_number", "vocabulary", "whole"})


def treatment_of(column: ReportColumn) -> Treatment:
    """What becomes of the cells of a report's column.

    Raises:
        KeyError: for a column of texts that neither list names.
    """
    if column.kind in PLAIN_KINDS or column.name in KEPT_TEXTS:
        return KEPT
    return REPLACED[column.name]
