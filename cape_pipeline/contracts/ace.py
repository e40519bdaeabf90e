"""What the tables of `ace` promise: one received row a row, with the file and row it came from.

Belongs here: the shape of what was received. Does not belong here: how files are read (`cape_pipeline/ace/`) or what
the rows mean.
"""

from cape_pipeline.contracts import fields as f
from cape_pipeline.warehouse.contract import Field, TableContract

RECEIVED = (f.load_id, f.source_row)
#: What may be vouched for: facts no report holds (P6), a stale status (P7), that the cause of a failure is gone (P4).
ATTESTED_FACTS = ("drawback", "surety_paid", "protest_scope", "recon_due_date", "stale_status", "ready_to_refile")
#: What the day of a deposit is read from, and so the basis it has.
DEPOSIT_SOURCES = ("bank_debit", "rev103", "user")
#: Every table of received rows keeps what no alias knows, so that nothing of a file is lost.
REPORT_ROW = (
    *RECEIVED,
    f.text("other_cells", "Filled cells of columns that no alias knows, as JSON of header to text").optional(),
)


class Loads(TableContract):
    """One received file, known by its content."""

    source = "received"
    fields = (
        f.load_id,
        f.load_number,
        f.report_code,
        f.file_name,
        f.report_run_date.optional(),
        f.text("report_run_date_basis", "Where the run date was stated; loads_file is the user's loads.csv").within(
            "parameters_sheet", "metadata_row", "file_name", "loads_file", "unknown"
        ),
        f.asked_from_date.optional(),
        f.asked_to_date.optional(),
        f.text("sheet_name", "Worksheet the rows were read from").optional(),
        f.whole("header_row", "Row of the file that holds the headers", at_least=1),
        f.columns_present,
        f.texts("columns_missing", "Known columns the file lacks, by their names here"),
        f.texts("columns_unknown", "Headers of the file that no alias knows, as printed"),
        f.whole("rows_read", "Data rows read", at_least=0),
        f.rows_loaded,
        f.rows_quarantined,
        f.whole(
            "rows_skipped", "Rows that are no data: empty lines, totals, footers, repeated headers", at_least=0
        ).optional(),
        f.usd(
            "control_total_usd", "Sum of the report's main amount over the loaded rows, to tie out to ACE"
        ).optional(),
        f.flag("is_raw_kept", "Whether the file itself is kept in the archive beside the warehouse").optional(),
        Field("loaded_at", "TIMESTAMP", "When the file was loaded (UTC)", volatile=True),
    )
    grain = ("load_id",)


class Quarantine(TableContract):
    """One reason why one received row could not be used."""

    source = "received"
    arrives_by = "load_id"
    fields = (
        *RECEIVED,
        f.report_code,
        f.entry_number.optional().meaning("Entry the row belongs to, where it can be read"),
        f.text("column_name", "Column at fault, by its name here; whole_row where the row itself is"),
        f.text("reason_code", "What is wrong with the value").within(
            "required_value_missing",
            "entry_number_shape",
            "digits_lost",
            "date_unreadable",
            "amount_unreadable",
            "number_unreadable",
            "code_unreadable",
            "value_not_in_vocabulary",
            "conflicting_row",
            "row_shape",
        ),
        f.text("raw_value", "The value as received, without outer blanks").optional(),
        f.detail.optional(),
        f.text("raw_row", "The whole row as received, as JSON of header to value"),
    )
    grain = ("load_id", "source_row", "column_name")


class Es003TariffLines(TableContract):
    """One tariff row of one entry summary line in one received ES-003."""

    source = "received"
    arrives_by = "load_id"
    fields = (
        *REPORT_ROW,
        f.entry_number,
        f.line_number,
        f.tariff_ordinal,
        f.entry_type_code.optional(),
        f.importer_number.optional(),
        f.importer_key.optional(),
        f.text("port_of_entry_code", "Port of entry").optional(),
        f.entry_date.optional(),
        f.entry_summary_date.optional(),
        f.day("entry_summary_create_date", "Initial entry summary create date").optional(),
        f.text("review_team_number", "CBP review team").optional(),
        f.country_of_origin.optional(),
        f.text("country_of_export", "Country of export code").optional(),
        f.text("manufacturer_id", "Manufacturer identification code").optional(),
        f.text("foreign_exporter_id", "Foreign exporter identification").optional(),
        f.text("line_spi_code", "Special programme indicator of the line").optional(),
        f.text("standard_visa_number", "Visa number").optional(),
        f.text("textile_category_code", "Textile category code").optional(),
        f.text("textile_category", "Textile category").optional(),
        f.hts_number,
        f.text("quantity_1", "First tariff quantity as printed").optional(),
        f.text("quantity_1_unit", "Unit of the first quantity").optional(),
        f.text("quantity_2", "Second tariff quantity as printed").optional(),
        f.text("quantity_2_unit", "Unit of the second quantity").optional(),
        f.text("quantity_3", "Third tariff quantity as printed").optional(),
        f.text("quantity_3_unit", "Unit of the third quantity").optional(),
        f.goods_value_usd.optional(),
        f.duty_usd.optional(),
        f.liquidation_status.optional(),
        f.liquidation_date.optional(),
        f.reconciliation_indicator.optional(),
        f.fta_reconciliation_indicator.optional(),
        f.reconciliation_issue_code.optional(),
        f.reconciliation_other_due_date.optional(),
        f.text("reconciliation_other_status", "Status of that reconciliation").optional(),
        f.text("reconciliation_other_entry_number", "Type 09 entry that reconciles it").optional(),
        f.reconciliation_fta_due_date.optional(),
        f.text("reconciliation_fta_status", "Status of the free trade reconciliation").optional(),
        f.text("reconciliation_fta_entry_number", "Type 09 entry of the free trade reconciliation").optional(),
        f.protest_number.optional(),
        f.protest_status.optional(),
        f.control_status.optional(),
        f.day("importation_date", "Date of importation").optional(),
        f.importer_name.optional(),
        f.text("filer_name", "Filer's name").optional(),
        f.psc_indicator.optional(),
        f.latest_psc_filed_date.optional(),
        f.column_1_rate_filed.optional(),
        f.text("bond_type", "Bond type").optional(),
        f.text("bond_number", "Bond number").optional(),
        f.text("surety_code", "Surety code").optional(),
    )
    grain = ("load_id", "source_row")


class Es003LineAmounts(TableContract):
    """What one received ES-003 repeats on every tariff row of a line, once: line totals and fees.

    Where the repetitions differ, each different set of amounts is one row.
    """

    source = "received"
    arrives_by = "load_id"
    fields = (
        *RECEIVED,
        f.entry_number,
        f.line_number,
        f.usd("line_goods_value_usd", "Entered value of the line").optional(),
        f.usd("line_duty_usd", "Duty of the line").optional(),
        f.usd("line_mpf_usd", "Merchandise processing fee of the line").optional(),
        f.usd("line_hmf_usd", "Harbor maintenance fee of the line").optional(),
    )
    grain = ("load_id", "source_row")


class Es003EntryAmounts(TableContract):
    """What one received ES-003 repeats on every tariff row of an entry, once: totals of the entry summary.

    Where the repetitions differ, each different set of amounts is one row.
    """

    source = "received"
    arrives_by = "load_id"
    fields = (
        *RECEIVED,
        f.entry_number,
        f.usd("total_paid_mpf_usd", "Merchandise processing fee paid on the entry").optional(),
        f.total_liquidated_duty_usd.optional(),
    )
    grain = ("load_id", "source_row")


class BrokerLines(TableContract):
    """One entry line in one received list of lines without chapter 99 rows, with its duty in all or by type.

    Fees stand beside the duties and are never part of them. A blank amount is one the list does not state.
    """

    source = "received"
    arrives_by = "load_id"
    fields = (
        *REPORT_ROW,
        f.entry_number,
        f.line_number,
        f.entry_date.optional(),
        f.importer_number.optional(),
        f.importer_key.optional(),
        f.entry_type_code.optional(),
        f.country_of_origin.optional(),
        f.hts_number,
        f.goods_value_usd.meaning("Entered value of the line").optional(),
        f.column_1_rate_filed.optional(),
        f.text("line_spi_code", "Special programme indicator of the line").optional(),
        f.paid_duty_usd.meaning("Duty of the line in all, as the list states it").optional(),
        f.usd("ieepa_duty_usd", "IEEPA duty in all, as the list states it").optional(),
        f.usd("ieepa_fentanyl_duty_usd", "IEEPA fentanyl duty, as the list states it").optional(),
        f.usd("ieepa_reciprocal_duty_usd", "IEEPA reciprocal duty, as the list states it").optional(),
        f.usd("ieepa_brazil_duty_usd", "IEEPA duty on Brazil, as the list states it").optional(),
        f.usd("ieepa_india_duty_usd", "IEEPA Russian-oil duty on India, as the list states it").optional(),
        f.section_301_duty_usd.optional(),
        f.section_232_duty_usd.optional(),
        f.section_201_duty_usd.optional(),
        f.section_122_duty_usd.optional(),
        f.column_1_duty_usd.optional(),
        f.other_duty_usd.optional(),
        f.usd("mpf_usd", "Merchandise processing fee, as the list states it").optional(),
        f.usd("hmf_usd", "Harbor maintenance fee, as the list states it").optional(),
    )
    grain = ("load_id", "source_row")


class Es022Entries(TableContract):
    """One entry of one CAPE claim in one received ES-022."""

    source = "received"
    arrives_by = "load_id"
    fields = (
        *REPORT_ROW,
        f.claim_number.optional(),
        f.claim_status.optional(),
        f.filer_code.optional(),
        f.importer_number.optional(),
        f.importer_key.optional(),
        f.text("cf4811_number", "Notify party designated on CBP Form 4811").optional(),
        f.text("cf4811_name", "Name of the notify party").optional(),
        f.entry_number,
        f.entry_date.optional(),
        f.liquidation_date.optional(),
        f.text("control_team_number", "CBP control team").optional(),
        f.text("center_id_code", "Center of Excellence code").optional(),
        f.text("center_id_name", "Center of Excellence name").optional(),
        f.refund_amount_usd.optional(),
        f.interest_amount_usd.optional(),
        f.refund_number.optional(),
        f.refund_date.meaning("Refund date").optional(),
        f.refund_status.optional(),
    )
    grain = ("load_id", "source_row")


class CapeClaimDetails(TableContract):
    """CBP's outcome for one entry of one claim in one received Claim Details file."""

    source = "received"
    arrives_by = "load_id"
    fields = (
        *REPORT_ROW,
        f.entry_number,
        f.claim_number.optional(),
        f.claim_entry_status.optional(),
        f.error_description.optional(),
    )
    grain = ("load_id", "source_row")


class Rev603Refunds(TableContract):
    """One refund in one received REV-603."""

    source = "received"
    arrives_by = "load_id"
    fields = (
        *REPORT_ROW,
        f.refund_number,
        f.payee_number.optional(),
        f.text("company_name", "Company name").optional(),
        f.text("care_of", "Care of").optional(),
        f.address.meaning("Address").optional(),
        f.refund_date.meaning("Refund date").optional(),
        f.refund_status.optional(),
        f.refund_secondary_status.optional(),
        f.refund_type.optional(),
        f.document_number.optional(),
        f.usd("total_refund_usd", "Total refund amount").optional(),
        f.trace_number.optional(),
        f.text("payment_method", "Check or ACH").optional(),
        f.text("center_id", "Center").optional(),
        f.text("team_number", "Team").optional(),
        f.text("port_code", "Port").optional(),
    )
    grain = ("load_id", "source_row")


class Rev613RejectedRefunds(TableContract):
    """One rejected or held refund in one received REV-613."""

    source = "received"
    arrives_by = "load_id"
    fields = (
        *REPORT_ROW,
        f.refund_number,
        f.payee_number.optional(),
        f.refund_date.meaning("Refund date").optional(),
        f.rejected_usd.meaning("Amount rejected or held").optional(),
        f.text("reject_reason", "Reason as printed").optional(),
    )
    grain = ("load_id", "source_row")


class Rev615RefundEntries(TableContract):
    """One entry of one refund in one received REV-615."""

    source = "received"
    arrives_by = "load_id"
    fields = (
        *REPORT_ROW,
        f.claim_number.optional(),
        f.entry_number,
        f.refund_number,
        f.refund_amount_usd.optional(),
        f.interest_amount_usd.optional(),
        f.refund_secondary_status.optional(),
        f.trace_number.optional(),
    )
    grain = ("load_id", "source_row")


class Es701Liquidations(TableContract):
    """One entry on one received ES-701: CBP's courtesy notice that it liquidates or has liquidated."""

    source = "received"
    arrives_by = "load_id"
    fields = (
        *REPORT_ROW,
        f.entry_number,
        f.importer_number.optional(),
        f.importer_key.optional(),
        f.entry_date.optional(),
        f.liquidation_date.optional(),
        f.text("liquidation_action", "Kind of liquidation as printed").optional(),
        f.refund_amount_usd.optional(),
        f.interest_amount_usd.optional(),
        f.day("notice_date", "Day of the courtesy notice").optional(),
    )
    grain = ("load_id", "source_row")


class Rev103Statements(TableContract):
    """One entry on one daily statement in one received REV-103: the proof and the day of its deposit."""

    source = "received"
    arrives_by = "load_id"
    fields = (
        *REPORT_ROW,
        f.entry_number,
        f.statement_number.optional(),
        f.day("statement_date", "Day the statement was paid or printed").optional(),
        f.day("monthly_payment_due_date", "Due date of the periodic monthly statement").optional(),
        f.text("payment_status", "Monthly payment status as printed").optional(),
        f.usd("statement_amount_usd", "Amount on the statement").optional(),
    )
    grain = ("load_id", "source_row")


class BankDeposits(TableContract):
    """One line of one received bank file, with its sign."""

    source = "received"
    arrives_by = "load_id"
    fields = (
        *REPORT_ROW,
        f.value_date,
        f.description.meaning("Bank's description").optional(),
        f.amount_usd,
        f.trace_number.meaning("ACH trace number").optional(),
        f.account_last_four.optional(),
    )
    grain = ("load_id", "source_row")


class Importers(TableContract):
    """One importer number in one received importers.csv."""

    source = "received"
    arrives_by = "load_id"
    fields = (
        *REPORT_ROW,
        f.importer_number,
        f.importer_key,
        f.importer_name.meaning("Name").optional(),
        f.client_id.optional(),
        f.rate_class.optional(),
        f.payee_4811.optional(),
        f.ach_enrolled.optional(),
        f.flag("periodic_monthly_statement", "Whether duty is paid by periodic monthly statement").optional(),
        f.ace_top_account.optional(),
        f.ace_sub_account.optional(),
        f.ach_enrolled_date.optional(),
        f.routing_fedach_ok.optional(),
        f.address_ok.optional(),
        f.email_on_file.optional(),
        f.ach_payer_id.optional(),
        f.last_checked_date.optional(),
    )
    grain = ("load_id", "source_row")


class Payees(TableContract):
    """One notify party designated for one importer's refunds (CBP Form 4811) in one received payees.csv."""

    source = "received"
    arrives_by = "load_id"
    fields = (
        *REPORT_ROW,
        f.importer_number,
        f.importer_key,
        f.payee_number.meaning("Number of the notify party"),
        f.text("payee_name", "Name of the notify party").optional(),
        f.designation_from_date.optional(),
        f.designation_to_date.optional(),
        f.last_transaction_date.optional(),
        f.ach_enrolled.meaning("Whether the notify party is set up for ACH refunds; blank: unknown").optional(),
        f.routing_fedach_ok.optional(),
        f.last_checked_date.optional(),
        f.evidence.optional(),
    )
    grain = ("load_id", "source_row")


class EntryFacts(TableContract):
    """The user's own facts about one entry in one received entry_facts.csv."""

    source = "received"
    arrives_by = "load_id"
    fields = (
        *REPORT_ROW,
        f.entry_number,
        f.deposit_date.meaning("Day the duty was deposited").optional(),
        f.adcvd_status.optional(),
        f.drawback.optional(),
        f.protest_number.optional(),
        f.protest_filed_date.optional(),
        f.protest_status.meaning("State of the protest")
        .within("open", "suspended", "approved", "denied", "denied_in_part", "withdrawn", "rejected", "none", "unknown")
        .optional(),
        f.protest_decision_date.meaning("Day the decision was mailed").optional(),
        f.protest_scope.optional(),
        f.recon_09_filed.optional(),
        f.recon_issue.optional(),
        f.recon_due_date.optional(),
        f.recon_exposure_usd.optional(),
        f.surety_paid.optional(),
        f.text("column_1_rate", "Column 1 rate of the goods, as a percentage or fraction").optional(),
        f.prior_refund_usd.optional(),
        f.box28_number.optional(),
        f.warehouse_entry_number.optional(),
        f.day("privileged_foreign_date", "Day privileged foreign status was fixed").optional(),
        f.account_last_four.meaning("Last four characters of the bank account").optional(),
        f.evidence.optional(),
        f.day("recorded_on", "Day the facts were recorded").optional(),
        f.text("recorded_by", "Who recorded them").optional(),
    )
    grain = ("load_id", "source_row")


class Deposits(TableContract):
    """One deposit of duty on one entry in one received deposits.csv: when it was paid and how much of it was IEEPA."""

    source = "received"
    arrives_by = "load_id"
    fields = (
        *REPORT_ROW,
        f.entry_number,
        f.deposit_date.meaning("Day this deposit was paid"),
        f.amount_usd.meaning("Whole amount of the deposit").optional(),
        f.ieepa_usd.meaning("IEEPA duty in the deposit; blank for an only deposit: the whole principal").optional(),
        f.deposit_kind.meaning("What the deposit was").optional(),
        f.statement_number.optional(),
        f.source.meaning("What the day was read from; blank counts as user").within(*DEPOSIT_SOURCES).optional(),
    )
    grain = ("load_id", "source_row")


class Declarations(TableContract):
    """One CAPE claim in one received declarations.csv, as the portal's Claim Status tab shows it."""

    source = "received"
    arrives_by = "load_id"
    fields = (
        *REPORT_ROW,
        f.claim_number.meaning("CAPE claim number; blank for a file that CBP refused or has not answered").optional(),
        f.file_name.meaning("Name of the file that was uploaded").optional().hidden(),
        f.filed_date.optional(),
        f.accepted_date.meaning("Day CBP accepted it").optional(),
        f.cbp_status.meaning(
            "Status as the portal shows it, or rejected_file, or abandoned for a file you never uploaded"
        ).optional(),
        f.text("submitter", "Who uploaded it: importer:NUMBER or broker:FILERCODE").optional(),
    )
    grain = ("load_id", "source_row")


class UploadedDeclarations(TableContract):
    """One entry number in one declaration file as it was uploaded to CAPE, whether or not CBP answered."""

    source = "received"
    arrives_by = "load_id"
    fields = (*REPORT_ROW, f.entry_number)
    grain = ("load_id", "source_row")


class Attestations(TableContract):
    """One fact that a person vouches for in one received attestations.csv, because no report holds it."""

    source = "received"
    arrives_by = "load_id"
    fields = (
        *REPORT_ROW,
        f.text("attested_fact", "What is vouched for").within(*ATTESTED_FACTS),
        f.importer_number.meaning("Importer whose entries it holds for; blank: every importer's").optional(),
        f.importer_key.optional(),
        f.entry_number.meaning("Entry it holds for; blank: every entry of the importer").optional(),
        f.text("attested_by", "Who vouches for it"),
        f.day("attested_on", "Day it was vouched for"),
        f.evidence.optional(),
    )
    grain = ("load_id", "source_row")


class Exclusions(TableContract):
    """One entry that a person keeps off every declaration, in one received exclusions.csv."""

    source = "received"
    arrives_by = "load_id"
    fields = (
        *REPORT_ROW,
        f.entry_number,
        f.exclusion_reason.optional(),
        f.excluded_by.optional(),
        f.excluded_on.optional(),
    )
    grain = ("load_id", "source_row")


class Bills(TableContract):
    """One unpaid or offset bill of one importer in one received bills.csv: the evidence for a diverted refund."""

    source = "received"
    arrives_by = "load_id"
    fields = (
        *REPORT_ROW,
        f.bill_number,
        f.importer_number.optional(),
        f.importer_key.optional(),
        f.amount_usd.meaning("Amount taken for the bill: from the refund named, else the whole of the bill"),
        f.bill_status.optional(),
        f.bill_date.optional(),
        f.refund_number.meaning("Refund it was taken from, where CBP says so").optional(),
    )
    grain = ("load_id", "source_row")


class Materiality(TableContract):
    """What one importer, one client or everybody takes for immaterial, in one received materiality.csv."""

    source = "received"
    arrives_by = "load_id"
    fields = (
        *REPORT_ROW,
        f.importer_number.meaning("Importer it is for; neither importer nor client: everybody").optional(),
        f.importer_key.optional(),
        f.client_id.meaning("Client it is for").optional(),
        f.principal_usd.meaning("Difference in the principal of an entry; blank: 0.00").optional(),
        f.interest_usd.meaning("Difference in the interest of an entry; blank: 0.05").optional(),
        f.whole("interest_days", "Days of interest the difference may be equal to; blank: 1", at_least=0).optional(),
        f.usd("refund_usd", "Difference of a refund, from REV-603 to the bank; blank: 0.00").optional(),
        Field(
            "refund_pct",
            "DECIMAL(18,2)",
            "Difference of a refund in percent of what was computed; blank: not asked",
        ).optional(),
    )
    grain = ("load_id", "source_row")


class AlertAcknowledgements(TableContract):
    """One alert that a person has seen to, in one received alerts_ack.csv."""

    source = "received"
    arrives_by = "load_id"
    fields = (
        *REPORT_ROW,
        f.alert_key.meaning("Alert as alert_key names it: its code, a blank, and the entry, refund or other thing"),
        f.acknowledged_by,
        f.acknowledged_on,
        f.acknowledged_note.optional(),
        f.day("until_date", "Last day it stays acknowledged; blank: for good").optional(),
    )
    grain = ("load_id", "source_row")


class LoadRunDates(TableContract):
    """The run date of one file in one received loads.csv, for files that state none themselves."""

    source = "received"
    arrives_by = "load_id"
    fields = (
        *REPORT_ROW,
        f.file_name.meaning("Name of the file that states no run date"),
        f.report_run_date.meaning("Day the report was run, as the user knows it"),
    )
    grain = ("load_id", "source_row")


class ReadableLoads(TableContract):
    """One received file that may be read as of the day: not stated to be run later, not replaced by its newer self."""

    fields = (
        f.load_id,
        f.load_number,
        f.report_code,
        f.file_name,
        f.report_run_date.optional(),
        f.columns_present,
    )
    grain = ("load_id",)


class EntryVersionLoads(TableContract):
    """One received ES-003 that holds rows of an entry, and the version of the entry summary it belongs to."""

    fields = (
        f.entry_number,
        f.load_id,
        f.load_number,
        f.report_run_date.optional(),
        f.version_ordinal,
        f.whole("run_ordinal", "Run of the report within the version's day, 1 = oldest", at_least=1),
    )
    grain = ("entry_number", "load_id")


class EntryVersions(TableContract):
    """One version of an entry summary as received: the rows of all files of one run date, united."""

    fields = (
        f.entry_number,
        f.version_ordinal,
        f.report_run_date.optional(),
        f.last_load_number,
        f.tariff_row_count,
        f.line_count,
        f.whole("commodity_row_count", "Rows of chapters 1 to 97", at_least=0),
        f.quarantined_row_count,
        f.flag("is_partial", "Whether it lacks lines or commodity rows that another version has, without a correction"),
        f.flag("has_lost_ieepa_duty", "Whether it lacks IEEPA duty that an older version has, without a correction"),
        f.flag("has_differing_undated_versions", "Whether undated versions of the entry differ in their rows"),
        f.rows_hash,
        f.filed_duty_usd.optional(),
        f.ieepa_heading_duty_usd.optional(),
        f.importer_number.optional(),
        f.importer_key.optional(),
        f.entry_type_code.optional(),
        f.entry_date.optional(),
        f.entry_summary_date.optional(),
        f.flag("has_liquidation_status_column", "Whether the export has Liquidation Status"),
        f.liquidation_status.optional(),
        f.flag("has_liquidation_date_column", "Whether the export has Liquidation Date"),
        f.liquidation_date.optional(),
        f.flag("has_reconciliation_column", "Whether the export has a reconciliation indicator"),
        f.reconciliation_indicator.optional(),
        f.flag("has_fta_reconciliation_column", "Whether the export has a free trade reconciliation indicator"),
        f.fta_reconciliation_indicator.optional(),
        f.reconciliation_issue_code.optional(),
        f.flag("has_reconciliation_due_date_column", "Whether the export has a due date of reconciliation"),
        f.reconciliation_other_due_date.optional(),
        f.reconciliation_fta_due_date.optional(),
        f.flag("has_reconciliation_entry_column", "Whether the export names the type 09 entries"),
        f.text("reconciliation_entry_number", "Type 09 entry that reconciles the entry").optional(),
        f.flag("has_protest_column", "Whether the export has Protest Status"),
        f.protest_status.optional(),
        f.protest_number.optional(),
        f.control_status.optional(),
        f.psc_indicator.optional(),
        f.latest_psc_filed_date.optional(),
        f.total_liquidated_duty_usd.meaning("Total liquidated duty of the entry").optional(),
    )
    grain = ("entry_number", "version_ordinal")


class CurrentBrokerLines(TableContract):
    """One entry line in the newest list that holds the entry: per entry one list counts, as a whole."""

    fields = (
        f.entry_number,
        f.line_number,
        f.load_id,
        f.load_number,
        f.report_run_date.optional(),
        f.flag("has_lost_lines", "Whether an older list of the entry has a line that the newest lacks"),
        f.source_row,
        *(field for field in BrokerLines.fields if field not in (*REPORT_ROW, f.entry_number, f.line_number)),
    )
    grain = ("entry_number", "line_number")


class Coverage(TableContract):
    """One calendar month of one importer's entries: what the received ES-003 files hold of it, and what is missing."""

    fields = (
        f.importer_key.meaning("Importer number as joins use it; unknown where no row of the entry states one"),
        f.importer_number.optional(),
        f.entry_month,
        f.whole("load_count", "ES-003 files that hold rows of its entries", at_least=0),
        f.day("first_report_run_date", "Oldest run date of those files").optional(),
        f.day("last_report_run_date", "Newest run date of those files").optional(),
        f.flag(
            "is_asked_for",
            "Whether the prompts of the files asked for every day of it; unknown where no file states its prompts",
        ).optional(),
        f.asked_from_date.meaning("Oldest entry date asked for without a break into or within the month").optional(),
        f.asked_to_date.meaning("Newest entry date so asked for, none after the report's own run").optional(),
        f.entry_count.meaning("Entry summaries dated in it"),
        f.whole(
            "entries_three_months_before",
            "Entry summaries of the three calendar months before; unknown where one of them lies before the first",
            at_least=0,
        ).optional(),
        f.tariff_row_count.meaning("Tariff rows of the newest complete version of each entry"),
        f.filed_duty_usd.meaning("Sum of the duty stated on those rows").optional(),
        f.ieepa_heading_duty_usd.meaning("Sum of the duty on those of headings 9903.01 and 9903.02").optional(),
        f.whole("duty_unknown_count", "Entries none of whose rows states a duty; no sum holds them", at_least=0),
        f.texts("filer_codes", "Filers of its entries"),
        f.rows_loaded.meaning("Received rows of its entries that could be used, over all files"),
        f.rows_quarantined.meaning("Received rows of its entries that were set aside, over all files"),
        f.rate("quarantined_share", "Share of its received rows that were set aside", at_least=0, at_most=1).optional(),
        f.text("coverage_finding", "What makes the month look incomplete")
        .within("no_entries", "no_entries_though_asked", "sudden_drop", "too_many_quarantined")
        .optional(),
    )
    grain = ("importer_key", "entry_month")


class ClaimOutcomes(TableContract):
    """CBP's newest word on one entry of one CAPE claim, from Claim Details, ES-022, ES-701 and the user's files."""

    independent_by = "entry_number"
    fields = (
        f.entry_number,
        f.claim_number.meaning("CAPE claim number; 'unknown' where the export has none"),
        f.claim_outcome.within("accepted", "failed", "unknown"),
        f.claim_entry_status.meaning("STATUS of Claim Details as printed").optional(),
        f.error_description.optional(),
        f.claim_status.meaning("Claim status of ES-022 as printed").optional(),
        f.filed_date.optional(),
        f.accepted_date.optional(),
        f.accepted_date_basis,
        f.day("claim_details_run_date", "Run date of the newest Claim Details with the entry").optional(),
        f.last_load_number.meaning("Newest load that speaks of it"),
    )
    grain = ("entry_number", "claim_number")


class CurrentEntryFacts(TableContract):
    """The user's own facts about one entry as they stand: the newest of each file name, united over the files."""

    fields = (
        f.entry_number,
        *(field for field in EntryFacts.fields if field not in (*REPORT_ROW, f.entry_number)),
        f.contradicted_facts,
    )
    grain = ("entry_number",)


class CurrentImporters(TableContract):
    """What the user's files say of one importer number as they stand."""

    fields = (
        f.importer_key,
        *(field for field in Importers.fields if field not in (*REPORT_ROW, f.importer_key)),
        f.contradicted_facts,
    )
    grain = ("importer_key",)


class Closes(TableContract):
    """One period that was closed: what was frozen under its name, from which inputs, by which release and readings."""

    source = "python"
    fields = (
        f.close_name,
        f.period_end.meaning("Last day of the period; its figures are as of that day"),
        f.day("known_by_date", "Reports that state a later run date were not read"),
        f.opening_close_name.optional(),
        f.text("code_version", "Release of the product and hash of its code and SQL"),
        f.registry_version.meaning("Hash of the registry tables that decided its figures"),
        f.text("settings_sha256", "sha256 of the readings in force"),
        f.text("inputs_sha256", "sha256 of the list of files that were read"),
        f.text("manifest_sha256", "sha256 of the close's manifest, which holds the sha256 of its other files"),
        f.entry_count,
        f.closing_usd,
    )
    grain = ("close_name",)


class ClosedEntries(TableContract):
    """One entry in one close: its stage and its balances as they were frozen."""

    source = "python"
    fields = (
        f.close_name,
        f.importer_key,
        f.importer_number.optional(),
        f.entry_number,
        f.receivable_stage,
        f.is_recognised,
        f.principal_usd.meaning("Certain principal at the close").optional(),
        f.accrued_interest_usd.meaning("Interest accrued by the close; unknown with a reason").optional(),
        f.recognised_principal_usd,
        f.recognised_interest_usd,
        f.received_principal_usd,
        f.received_interest_usd,
        f.offset_principal_usd,
        f.offset_interest_usd,
        f.closing_principal_usd,
        f.closing_interest_usd,
    )
    grain = ("close_name", "importer_key", "entry_number")
