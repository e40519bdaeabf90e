"""The column vocabulary: one name, one type, one meaning, in every table that has the column.

Belongs here: every column of the warehouse, once. Does not belong here: which table has which column (the other
modules of this package). Suffixes: `_usd` money, `_rate` a fraction (0.250000 is 25 %), `_date` a day in US Eastern.
"""

from typing import Literal

from cape_pipeline.warehouse.contract import Field

ENTRY_NUMBER_PATTERN = r"^[A-Z0-9]{3}[0-9]{8}$"
HEADING_PATTERN = r"^[0-9]{4}\.[0-9]{2}\.[0-9]{2}$"
MONTH_PATTERN = r"^(undated|20[0-9]{2}-(0[1-9]|1[0-2]))$"

#: Columns that tell who somebody is: numbers of importers, payees and bank accounts, traces of payments, and keys made
#: of them. Outside the warehouse their last four characters are shown (`cape_pipeline/warehouse/masking.py`).
SHOWN_BY_LAST_FOUR = frozenset({
    "ach_payer_id", "alert_key", "batch_id", "bond_number", "box28_number", "candidate_credits", "cf4811_number",
    "client_id", "credit_key", "draft_group", "es022_payee_number", "event_key", "exception_key", "foreign_exporter_id",
    "importer_key", "importer_number", "limit_key", "manufacturer_id", "payee_4811", "payee_candidates", "payee_key",
    "payee_number", "payee_numbers", "reconciliation_key", "rev603_payee_number", "subject", "submitter",
    "submitter_id", "submitter_key", "trace_key", "trace_number", "waterfall_of",
})  # fmt: skip
#: Names, addresses, and texts that may hold any of this, above all what somebody typed and rows as received: outside
#: the warehouse it is only shown that there is one. Where a text is published, its contract says `.in_full()`.
NOT_SHOWN = frozenset({
    "acknowledged_by", "acknowledged_note", "address", "attestations", "attested_by", "care_of", "cf4811_name",
    "company_name", "description", "designations", "evidence", "excluded_by", "exclusion_reason", "fact_effect",
    "fact_value", "filer_name", "findings", "importer_name", "message", "other_cells", "payee_name", "raw_row",
    "raw_value", "recorded_by",
})  # fmt: skip


def text(name: str, description: str, **checks: object) -> Field:
    return Field(name, "VARCHAR", description, shown=_shown(name), **checks)  # type: ignore[arg-type]


def texts(name: str, description: str) -> Field:
    return Field(name, "VARCHAR[]", description, shown=_shown(name))


def _shown(name: str) -> Literal["whole", "last_four", "nothing"]:
    if name in NOT_SHOWN:
        return "nothing"
    return "last_four" if name in SHOWN_BY_LAST_FOUR else "whole"


def day(name: str, description: str) -> Field:
    return Field(name, "DATE", description)


def usd(name: str, description: str, **checks: object) -> Field:
    return Field(name, "DECIMAL(18,2)", description, **checks)  # type: ignore[arg-type]


def rate(name: str, description: str, **checks: object) -> Field:
    return Field(name, "DECIMAL(9,6)", description, **checks)  # type: ignore[arg-type]


def whole(name: str, description: str, **checks: object) -> Field:
    return Field(name, "INTEGER", description, **checks)  # type: ignore[arg-type]


def flag(name: str, description: str) -> Field:
    return Field(name, "BOOLEAN", description)


# --- identity -------------------------------------------------------------------------------------------------------
entry_number = text("entry_number", "Entry summary number: 11 characters, no dashes", matches=ENTRY_NUMBER_PATTERN)
line_number = whole("line_number", "Entry summary line number", at_least=1)
tariff_ordinal = whole("tariff_ordinal", "Position of the tariff number within its line", at_least=1)
importer_number = text("importer_number", "Importer of record number as filed, with suffix")
importer_key = text("importer_key", "Importer number without separators and without a 00 suffix: what joins use")
filer_code = text("filer_code", "First three characters of the entry number: the filer", matches=r"^[A-Z0-9]{3}$")
entry_type_code = text("entry_type_code", "CBP entry type, two characters")
claim_number = text("claim_number", "CAPE claim number of the declaration, as CBP issued it")
refund_number = text("refund_number", "CBP's number of the refund (Refund Number in ES-022, Refund ID in REV-603)")
payee_number = text("payee_number", "Who is paid: the 4811 party where one is designated, else the importer")
partition_month = text("partition_month", "Month the row is built with: undated, or YYYY-MM", matches=MONTH_PATTERN)
entry_month = text("entry_month", "Calendar month of the entry date: YYYY-MM, or undated")
registry_version = text("registry_version", "Hash of the registry tables that decided this row")
as_of_date = day("as_of_date", "Valuation day: nothing dated after it is used")

# --- loads ----------------------------------------------------------------------------------------------------------
load_id = text("load_id", "sha256 of the received file", matches=r"^[0-9a-f]{64}$")
source_load_id = text("source_load_id", "sha256 of the file CBP's figures come from", matches=r"^[0-9a-f]{64}$")
load_number = whole("load_number", "Order in which the file was first received", at_least=1)
source_row = whole("source_row", "Row in the received file, counted from 1 as a spreadsheet shows it", at_least=1)
report_code = text("report_code", "Which report the file is")
file_name = text("file_name", "Name of the file, without its folder")
report_run_date = day("report_run_date", "Day the report was run, as the file states it; never the file's own time")

# --- tariff rows ----------------------------------------------------------------------------------------------------
entry_date = day("entry_date", "Date of entry for consumption or of withdrawal: the day whose law applies")
entry_summary_date = day("entry_summary_date", "Entry summary date")
column_1_basis = text("column_1_basis", "Where the column 1 duty of a 15 % heading is known from")
split_confidence = text(
    "split_confidence",
    "How sure the split is: from filed rows, resting on an assumption, derived from rates, or a range",
    one_of=("filed", "assumed", "derived", "range"),
)
law_date = day(
    "law_date", "Day whose law decides the row: the date of entry, unless a policy or a zone status says otherwise"
)
law_date_basis = text("law_date_basis", "Why that day").within("privileged_foreign_date", "filing_date")
policy_point = text("policy_point", "Point on which guides and facts differ")
policy = text("policy", "Name of one reading of it")
country_of_origin = text("country_of_origin", "Country of origin code as filed")
hts_number = text("hts_number", "Tariff number as filed, digits only", matches=r"^[0-9]{4,10}$")
heading = text("heading", "First eight digits of the tariff number, dotted", matches=HEADING_PATTERN)
goods_value_usd = usd("goods_value_usd", "Entered value on this tariff row")
duty_usd = usd("duty_usd", "Duty as filed on this tariff row")
column_1_rate_filed = text("column_1_rate_filed", "Column 1 duty rate as the report prints it (3.7%, Free)")

# --- law ------------------------------------------------------------------------------------------------------------
effective_from = day("effective_from", "First day the rule applies")
effective_to = day("effective_to", "Last day the rule applies, inclusive; unknown end means still in force")
source = text("source", "Key of registry.sources")
locator = text("locator", "Where in the source a reader puts a finger")
recorded_date = day("recorded_date", "Day this row was written into the registry")
withdrawn_date = day("withdrawn_date", "Day this row was found wrong; a corrected row stands beside it")
confidence = text("confidence", "How well the row is supported")
programme = text("programme", "Duty programme the heading belongs to")
rate_kind = text("rate_kind", "How the rate is applied to the value")
imposes_duty = flag("imposes_duty", "Whether a duty could lawfully be collected under the heading in the window")

# --- status ---------------------------------------------------------------------------------------------------------
liquidation_status = text("liquidation_status", "Liquidation status as ACE reports it")
liquidation_date = day("liquidation_date", "Liquidation date, or reliquidation date where CBP reports one")
liquidation_report_code = text("liquidation_report_code", "Report that tells the liquidation")

# --- versions and baselines -----------------------------------------------------------------------------------------
version_ordinal = whole("version_ordinal", "Version of the entry summary as received, 1 = oldest", at_least=1)
data_complete = flag("data_complete", "Whether every received row of the entry could be used")
rows_hash = text(
    "rows_hash",
    "Order-free hash of all that the tables of lines read of the version's tariff rows: they change only if it does",
)

# --- claims ---------------------------------------------------------------------------------------------------------
accepted_date = day("accepted_date", "Day CBP accepted the entry on a declaration, or its stated proxy")
accepted_date_basis = text(
    "accepted_date_basis",
    "Where the acceptance date comes from",
    one_of=(
        "declarations",
        "claim_details_run_date",
        "es701_liquidation_date",
        "es022_liquidation_date",
        "unknown",
    ),
)

# --- amounts --------------------------------------------------------------------------------------------------------
paid_duty_usd = usd("paid_duty_usd", "Duty as declared on all tariff rows; paid only where the evidence says so")
ieepa_usd = usd("ieepa_usd", "IEEPA duty that is certain (equals ieepa_low_usd)")
ieepa_low_usd = usd("ieepa_low_usd", "Least the IEEPA duty can be")
ieepa_high_usd = usd("ieepa_high_usd", "Most the IEEPA duty can be")
undetermined_usd = usd("undetermined_usd", "ieepa_high_usd less ieepa_low_usd: IEEPA or not, unknown")
non_ieepa_usd = usd("non_ieepa_usd", "Duty that is certainly not IEEPA")
anomaly_codes = texts("anomaly_codes", "This project's codes of what is odd (documented in registry_seeds/README.md)")
DUTY_BUCKETS = (
    "ieepa",
    "ieepa_exempt",
    "section_232",
    "section_301",
    "section_201",
    "section_122",
    "chapter_98",
    "other_chapter_99",
    "column_1",
    "unknown_chapter_99",
)
duty_bucket = text("duty_bucket", "Which authority the duty was collected under", one_of=DUTY_BUCKETS)
registry_rate = rate("registry_rate", "Rate the registry has for the heading on the entry date")
applied_rate = rate("applied_rate", "Sum of the IEEPA rates on the line, less column 1 where netted")
column_1_applied_rate = rate("column_1_applied_rate", "Column 1 rate the split used")
stack_key = text("stack_key", "Origin and day of the law in one text")
floor_rate = rate("floor_rate", "All-in rate of a heading that replaces column 1 (15 %); unknown for other headings")

# --- facts of a case ------------------------------------------------------------------------------------------------
LIQUIDATION_STATES = ("unliquidated", "liquidated", "suspended", "extended", "under_review")
liquidation_state = text("liquidation_state", "What the printed liquidation status means", one_of=LIQUIDATION_STATES)
original_liquidation_date = day("original_liquidation_date", "Liquidation before any CAPE reliquidation")
reliquidation_date = day("reliquidation_date", "(Re)liquidation after acceptance, as CBP reports it")
status_as_of_date = day("status_as_of_date", "Run date of the report that gave the liquidation status")
recon_flag = flag(
    "recon_flag", "Whether the entry is flagged for reconciliation; blank is no, an absent column unknown"
)
recon_09_filed = flag("recon_09_filed", "Whether a type 09 reconciliation is on file")
recon_issue = text("recon_issue", "What is reconciled", one_of=("value", "class", "9802", "fta"))
later_entry_count = whole(
    "later_entry_count", "Of them dated after the day: they do not exist yet; their amounts are in no sum", at_least=0
)
recon_due_date = day("recon_due_date", "Due date of the reconciliation")
recon_due_date_basis = text(
    "recon_due_date_basis",
    "What the due date rests on",
    one_of=("user_fact", "reported", "21_months_after_entry_summary", "12_months_after_import"),
)
recon_exposure_usd = usd("recon_exposure_usd", "Duty that reconciling the entry would add, as the user estimates it")
PROTEST_STATES = (
    "open",
    "suspended",
    "approved",
    "denied",
    "denied_in_part",
    "withdrawn",
    "rejected",
    "none",
    "unknown",
)
protest_state = text(
    "protest_state", "State of the protest; none where a report or the user says so", one_of=PROTEST_STATES
)
protest_scope = text("protest_scope", "What the protest claims", one_of=("ieepa_only", "mixed", "unknown"))
protest_number = text("protest_number", "Protest number")
protest_filed_date = day("protest_filed_date", "Day the protest was filed")
protest_decision_date = day("protest_decision_date", "Day the decision on the protest was mailed")
protest_as_of_date = day("protest_as_of_date", "Day up to which the state of the protest is known")
adcvd_status = text(
    "adcvd_status",
    "Antidumping and countervailing state",
    one_of=("none", "suspended", "pending", "instructions_issued", "unknown"),
)
drawback = flag("drawback", "Whether the entry is designated on a drawback claim")
surety_paid = flag("surety_paid", "Whether a surety paid any of the IEEPA duty")
prior_refund_usd = usd("prior_refund_usd", "IEEPA duty already refunded by another route")
deposit_date = day("deposit_date", "Day the duty was deposited: interest starts to run after it")
deposit_date_basis = text(
    "deposit_date_basis",
    "What the deposit date rests on",
    one_of=("bank_debit", "rev103_paid", "user_fact", "monthly_statement_rule", "entry_summary_date_proxy"),
)
CAPE_STATUSES = (
    "eligible",
    "eligible_paid_on_liquidation",
    "accepted",
    "refunded",
    "ineligible",
    "no_ieepa",
    "review",
)
cape_status = text("cape_status", "Where the entry stands with CAPE as of the day", one_of=CAPE_STATUSES)
PATHS = (
    "file_cape",
    "await_refund",
    "withdraw_protest_then_cape",
    "await_protest",
    "await_phase",
    "file_protest",
    "court",
    "fix_and_refile",
    "file_recon_first",
    "await_liquidation",
    "dispute_refund",
    "manual_review",
    "none",
)
recommended_path = text("recommended_path", "What to do next", one_of=PATHS)
psc_deadline_date = day(
    "psc_deadline_date",
    "Last day for a post summary correction: 300 days after entry, and 15 days before a liquidation that is set; none"
    " once it has liquidated",
)
psc_deadline_basis = text(
    "psc_deadline_basis",
    "Which of the two limits comes first",
    one_of=("300_days_after_entry", "15_days_before_liquidation"),
)
path_reason = text("path_reason", "The line of the precedence that decided")
cape_status_before = text(
    "cape_status_before", "Status before; none where no report named the entry yet", one_of=CAPE_STATUSES
)
recommended_path_before = text("recommended_path_before", "Path before, likewise", one_of=PATHS)
refund_principal_usd = usd(
    "refund_principal_usd", "IEEPA duty that is certain to be refundable; unknown without a baseline"
)
refund_principal_high_usd = usd("refund_principal_high_usd", "Most that may be refundable")
refunded_principal_usd = usd("refunded_principal_usd", "Principal of the refunds CBP reports for the entry")
refunded_interest_usd = usd("refunded_interest_usd", "Interest of the refunds CBP reports for the entry")
MATCH_STATUSES = (
    "matched",
    "diverted",
    "rejected",
    "pending",
    "short",
    "over",
    "not_in_rev603",
    "not_in_es022",
    "ambiguous",
)
match_status = text("match_status", "How the refund stands against the bank", one_of=MATCH_STATUSES)
es022_usd = usd("es022_usd", "Principal and interest of the refund in ES-022")
es022_principal_usd = usd("es022_principal_usd", "Principal of the refund in ES-022")
es022_interest_usd = usd("es022_interest_usd", "Interest of the refund in ES-022")
rev603_usd = usd("rev603_usd", "Total of the refund in REV-603")
deposited_usd = usd("deposited_usd", "Cash found at the bank for the refund")
diverted_usd = usd(
    "diverted_usd", "Part diverted to an unpaid bill, from a bill or CBP's own figure, never a remainder"
)
rejected_usd = usd("rejected_usd", "Part returned or held by CBP")
pending_usd = usd("pending_usd", "Part on its way")
unexplained_usd = usd("unexplained_usd", "What is left of the refund after all evidence, signed")
refund_date = day("refund_date", "Refund date as CBP reports it")
trace_number = text("trace_number", "Check or ACH trace number")
refund_status = text("refund_status", "Refund status as printed")
refund_secondary_status = text("refund_secondary_status", "Refund secondary status as printed")
rule_id = text("rule_id", "This project's code of the rule (never CBP's)")
turning_date = day("turning_date", "First day on which the answer may be another one")
cause_code = text("cause_code", "This project's code of what turns on the day")
changed_date = day("changed_date", "Day on which the answer became another one")
cause_codes = texts("cause_codes", "This project's codes of all that turned on the day")
causes = texts("causes", "All that turned on the day, in words")
outcome = text("outcome", "Outcome of the rule", one_of=("pass", "fail", "unknown"))

# --- interest -------------------------------------------------------------------------------------------------------
principal_usd = usd("principal_usd", "Principal: the certain IEEPA duty, without interest")
interest_usd = usd("interest_usd", "Interest, rounded once, half up, to the cent for the entry; unknown with a reason")
accrual_end_date = day("accrual_end_date", "Last day interest runs")
ACCRUAL_END_BASES = (
    "actual_reliquidation",
    "forecast_from_acceptance",
    "as_if_accepted_on_as_of",
    "accrued_to_as_of",
    "refund_date",
)
accrual_end_basis = text("accrual_end_basis", "Which end the interest runs to", one_of=ACCRUAL_END_BASES)
RATE_CLASSES = ("corporate", "noncorporate")
rate_class = text("rate_class", "Interest rate class of the importer", one_of=RATE_CLASSES)
quarter_start = day("quarter_start", "First day of the calendar quarter")
annual_rate = rate("annual_rate", "Annual interest rate of the quarter", at_least=0)
expected_principal_usd = usd("expected_principal_usd", "Principal this pipeline expects; unknown without a baseline")
expected_interest_usd = usd(
    "expected_interest_usd", "Interest this pipeline expects; unknown where it cannot be computed"
)
timing_policy = text("timing_policy", "Named reading of registry.timing_policies")
declaration_id = text(
    "declaration_id",
    "CBP's claim number; else draft- or file- and a hash of its entry numbers, the same for a draft and its file",
)
FILE_LINKS = ("draft", "named", "same_entries", "uploaded", "external")
file_link = text(
    "file_link",
    "How claim and file are tied: draft of today; the user names the file; the uploaded file holds the same entries;"
    " uploaded and without a claim yet; external where no file is known",
    one_of=FILE_LINKS,
)
is_refiling = flag("is_refiling", "Whether it refiles entries that CBP failed before")
attestations = texts("attestations", "What is vouched for on it, as fact: name, day")
evidence = text("evidence", "What supports the facts: file, message or e-mail reference")
exclusion_reason = text("exclusion_reason", "Why it is kept off")
excluded_by = text("excluded_by", "Who keeps it off")
excluded_on = day("excluded_on", "Day that was decided")
file_sha256 = text(
    "file_sha256",
    "sha256 of the declaration file: as drafted, with CRLF line ends, or as uploaded where that is known",
)
cbp_status = text("cbp_status", "Status of the claim or the upload as the portal shows it")
SUBMITTER_TYPES = ("importer", "broker")
submitter_type = text("submitter_type", "Who submits the declaration", one_of=SUBMITTER_TYPES)
submitter_id = text("submitter_id", "Importer number or filer code of who submits it")
UNDRAFTED_REASONS = (
    "already_accepted",
    "filed_and_waiting",
    "excluded",
    "importer_unknown",
    "not_by_this_submitter",
    "other_rules_unmet",
    "refiling_not_confirmed",
    "unverified_facts",
    "stale_status",
)
undrafted_reason = text(
    "undrafted_reason",
    "Why the entry is on no draft, the first that applies; unknown reason means that it is on one",
    one_of=UNDRAFTED_REASONS,
)

# --- in several tables ------------------------------------------------------------------------------------------------
title = text("title", "Title of the document")
severity = text("severity", "How bad it is")
#: From the worst down.
ALERT_SEVERITIES = ("right_at_risk", "money_missing", "action_due", "information")
SEVERITY_OF_ALERT = (
    "right_at_risk: a right lapses; money_missing: money that should be there is not; action_due: somebody has to act;"
    " information: good to know"
)
client_id = text("client_id", "Broker's client the number belongs to")
alert_code = text("alert_code", "This project's code of the alert, never CBP's; see registry.alert_codes")
alert_key = text("alert_key", "Alert code and the entry, refund or other thing it concerns, with a blank between")
cbp_mailbox = text("cbp_mailbox", "Mailbox of CBP for the matter, where guides or CBP name one")
acknowledged_by = text("acknowledged_by", "Who has seen to the alert")
acknowledged_on = day("acknowledged_on", "Day it was seen to")
acknowledged_note = text("acknowledged_note", "What was decided")
cbp_message = text("cbp_message", "CBP's own message when the rule fails, where one is published")
description = text("description", "What the heading covers")
authority = text("authority", "Executive orders and notices behind it")
duty_deposited = flag("duty_deposited", "Whether duty is deposited on the entry itself, or only on later withdrawals")
message = text("message", "CBP's text, upper case")
holiday_name = text("holiday_name", "Its name")
is_weekend = flag("is_weekend", "Saturday or Sunday")
next_business_day = day("next_business_day", "First business day after it; unknown at the end of the calendar")
address = text("address", "Where it can be read")
cape_treatment = text("cape_treatment", "What CAPE does with it")
remedy = text("remedy", "What can be done")
successors = texts("successors", "Messages CBP gives in its place since it was split; unknown where it was not")
columns_present = texts("columns_present", "Known columns the file has, by their names here")
value_date = day("value_date", "Value date of the credit")
amount_usd = usd("amount_usd", "Amount; credits positive, debits negative")
last_load_number = whole("last_load_number", "Newest load that holds rows of the version", at_least=1)
line_count = whole("line_count", "Distinct lines", at_least=0)
quarantined_row_count = whole("quarantined_row_count", "Rows of the entry that could not be used", at_least=0)
contradicted_facts = texts("contradicted_facts", "Facts on which the files disagree; such a fact is unknown")
detail = text("detail", "What was expected instead")
asked_from_date = day("asked_from_date", "First entry date the report was asked for, as its prompts state it")
asked_to_date = day("asked_to_date", "Last entry date the report was asked for, as its prompts state it")
rows_loaded = whole("rows_loaded", "Rows that became rows of a table; equal rows of one key became one", at_least=0)
rows_quarantined = whole("rows_quarantined", "Rows set aside, each with its reason", at_least=0)
tariff_row_count = whole("tariff_row_count", "Distinct tariff rows", at_least=0)
filed_duty_usd = usd("filed_duty_usd", "Sum of the duty on its rows")
ieepa_heading_duty_usd = usd("ieepa_heading_duty_usd", "Sum of the duty on rows of headings 9903.01 and 9903.02")
reconciliation_indicator = text("reconciliation_indicator", "Reconciliation flag as printed")
fta_reconciliation_indicator = text("fta_reconciliation_indicator", "Free trade reconciliation flag as printed")
reconciliation_issue_code = text("reconciliation_issue_code", "Reconciliation issue code")
reconciliation_other_due_date = day(
    "reconciliation_other_due_date", "Due date of the value, class or 9802 reconciliation"
)
reconciliation_fta_due_date = day("reconciliation_fta_due_date", "Due date of the free trade reconciliation")
protest_status = text("protest_status", "Protest status as printed")
control_status = text("control_status", "Control status as printed")
importer_name = text("importer_name", "Importer's name")
psc_indicator = text("psc_indicator", "Post summary correction indicator")
latest_psc_filed_date = day("latest_psc_filed_date", "Day the latest post summary correction was filed")
total_liquidated_duty_usd = usd(
    "total_liquidated_duty_usd", "Total liquidated duty of the entry; unknown where its repetitions differ"
)
section_301_duty_usd = usd("section_301_duty_usd", "Section 301 duty, as the list states it")
section_232_duty_usd = usd("section_232_duty_usd", "Section 232 duty, as the list states it")
section_201_duty_usd = usd("section_201_duty_usd", "Section 201 duty, as the list states it")
section_122_duty_usd = usd("section_122_duty_usd", "Section 122 duty, as the list states it")
column_1_duty_usd = usd("column_1_duty_usd", "Column 1 duty, as the list states it")
other_duty_usd = usd("other_duty_usd", "Any other duty, as the list states it")
claim_status = text("claim_status", "Claim status as printed")
refund_amount_usd = usd("refund_amount_usd", "Refund Amount as printed: principal")
interest_amount_usd = usd("interest_amount_usd", "Interest Amount as printed")
claim_entry_status = text("claim_entry_status", "STATUS as printed")
error_description = text("error_description", "ERROR_DESCRIPTION as printed")
refund_type = text("refund_type", "Refund type as printed")
document_number = text("document_number", "Document the refund belongs to")
account_last_four = text("account_last_four", "Last four characters of the account")
payee_4811 = text("payee_4811", "Notify party that receives the refunds")
ach_enrolled = flag("ach_enrolled", "Whether ACH refunds are set up")
box28_number = text("box28_number", "Notify party in box 28 of the entry summary")
warehouse_entry_number = text("warehouse_entry_number", "Warehouse entry that a withdrawal belongs to")
filed_date = day("filed_date", "Day the declaration was uploaded")
claim_outcome = text("claim_outcome", "What CBP decided")
counts_as_certain = flag("counts_as_certain", "Whether duty on the row is certain to be what its bucket says")
programmes = texts("programmes", "IEEPA programmes on the line")
absent_duty_row_count = whole(
    "absent_duty_row_count", "Rows whose duty the export leaves blank though the heading imposes one"
)
baseline_basis = text("baseline_basis", "Why that version is the baseline")
rule_source = text("rule_source", "Key of registry.sources behind the decision")
rule_locator = text("rule_locator", "Where in that source")
line_value_usd = usd("line_value_usd", "Entered value of the whole line")
is_check_digit_right = flag(
    "is_check_digit_right", "Whether the entry number's check digit is the one its other digits ask for"
)
is_statement_unpaid = flag("is_statement_unpaid", "Whether the newest REV-103 shows the entry's statement as not paid")
is_accepted = flag("is_accepted", "Whether the entry is on an accepted declaration")
accepted_claim_count = whole(
    "accepted_claim_count", "Claims that accepted the entry; more than one cannot be", at_least=0
)
last_cape_claim_number = text("last_cape_claim_number", "Claim of that verdict")
last_cape_date = day("last_cape_date", "Day CBP's newest verdict was reported, else the day the claim was filed")
cape_deadline_date = day("cape_deadline_date", "Day 80: the last day CAPE takes the entry")
reliquidation_deadline_date = day(
    "reliquidation_deadline_date", "Day 90: CBP's own limit to reliquidate, not the user's to file"
)
protest_deadline_date = day("protest_deadline_date", "Day 180: the last day to protest")
last_cape_result = text("last_cape_result", "CBP's newest verdict")
last_cape_message = text("last_cape_message", "CBP's message beside it")
refund_class = text("refund_class", "Whether it is a CAPE refund")
entry_count = whole("entry_count", "Entries in it", at_least=0)
bank_value_date = day("bank_value_date", "Newest value date of its cash")
bank_credit_count = whole("bank_credit_count", "Credits that make up its cash", at_least=0)
projected_liquidation_date = day(
    "projected_liquidation_date", "A liquidation date that has not come, or stands beside another status"
)
open_principal_usd = usd("open_principal_usd", "Certain principal not yet refunded")
principal_unknown_count = whole(
    "principal_unknown_count", "Entries whose principal is unknown; no sum beside it holds them", at_least=0
)
is_rate_class_stated = flag(
    "is_rate_class_stated", "Whether the user states the class; else corporate, the lower, is used"
)
days = whole("days", "Days of the quarter that accrue", at_least=0)
batch_id = text("batch_id", "Payee and liquidation date in one text")
liquidation_basis = text("liquidation_basis", "Whether CBP reports the date or it is foreseen")
undated_reason = text("undated_reason", "Why no liquidation date can be foreseen")
total_usd = usd("total_usd", "Principal and interest")
cause = text("cause", "Why they differ")
next_action = text("next_action", "What to do about it")
DEADLINE_KINDS = (
    "cape_opening",
    "cape_filing",
    "cbp_reliquidation",
    "protest",
    "court",
    "court_conservative",
    "protest_denied_court",
    "reconciliation_due",
    "psc",
    "deemed_liquidation",
)
deadline_kind = text("deadline_kind", "What ends on the day, or opens on it", one_of=DEADLINE_KINDS)
deadline_date = day("deadline_date", "Last day on which it can still be done, or first where it opens")
recommended_date = day("recommended_date", "Day by which it should be done, where that is earlier than the last one")
deadline_basis = text(
    "deadline_basis",
    "What the day is counted from",
    one_of=(
        "first_day_of_cape",
        "day_80_after_liquidation",
        "day_80_after_stale_report",
        "day_90_after_liquidation",
        "day_180_after_liquidation",
        "day_180_after_deemed_liquidation",
        "two_years_after_deposit",
        "two_years_after_entry",
        "two_years_after_programme_start",
        "day_180_after_denial",
        "user_fact",
        "reported",
        "21_months_after_entry_summary",
        "12_months_after_import",
        "300_days_after_entry",
        "15_days_before_liquidation",
        "one_year_after_entry",
    ),
)
who_acts = text(
    "who_acts",
    "Who has to act by the day; cbp is CBP's own limit and no day to file by",
    one_of=("filer", "cbp", "nobody"),
)
legal_basis = text("legal_basis", "Statute or statement of CBP that sets the day")
protective_action = text("protective_action", "What keeps the right alive beside the path", one_of=("file_protest",))
protective_deadline_date = day("protective_deadline_date", "Last day for the protective action")

# --- payees ---------------------------------------------------------------------------------------------------------
PAYEE_BASES = ("es022", "rev603", "designated", "ambiguous", "importer")
payee_key = text("payee_key", "Payee number without separators and without a 00 suffix: what joins use")
payee_basis = text("payee_basis", "What the payee rests on", one_of=PAYEE_BASES)
is_payee_ambiguous = flag(
    "is_payee_ambiguous", "Whether importer or notify party is paid cannot be told: box 28 of the entry is not known"
)
is_box28_not_designated = flag(
    "is_box28_not_designated",
    "Whether box 28 names a party other than the importer without a designation that holds: CBP then pays the importer",
)
designation_from_date = day("designation_from_date", "First day the notify party is designated; blank: not stated")
designation_to_date = day("designation_to_date", "Last day it is designated, inclusive; blank: open")
last_transaction_date = day(
    "last_transaction_date", "Last transaction that names the notify party: three years later the designation lapses"
)
ace_top_account = flag("ace_top_account", "Whether the company has an ACE portal top account; blank: unknown")
ace_sub_account = flag(
    "ace_sub_account", "Whether the number, with its suffix, has an importer sub-account in ACE; blank: unknown"
)
ach_enrolled_date = day("ach_enrolled_date", "Day the ACH refund authorisation was made")
routing_fedach_ok = flag("routing_fedach_ok", "Whether the bank's routing number takes FedACH payments; blank: unknown")
address_ok = flag("address_ok", "Whether the address on file has the format its country asks for; blank: unknown")
email_on_file = flag(
    "email_on_file", "Whether CBP has an e-mail address on file for the physical address (Form 5106); blank: unknown"
)
ach_payer_id = text("ach_payer_id", "ACH payer ID, which one filing guide wants at the upload and CBP does not name")
last_checked_date = day("last_checked_date", "Day these settings were last looked at in ACE")

# --- forecasts ------------------------------------------------------------------------------------------------------
LIQUIDATION_TRACKS = ("liquidated", "unliquidated", "own_cycle")
liquidation_track = text(
    "liquidation_track",
    "How the entry stood when CAPE accepted it: liquidated, unliquidated, or left to its own cycle (suspended,"
    " extended, under review, warehouse, status unknown)",
    one_of=LIQUIDATION_TRACKS,
)
forecast_liquidation_date = day(
    "forecast_liquidation_date", "(Re)liquidation foreseen from the acceptance, or as if accepted on the as-of day"
)
forecast_basis = text(
    "forecast_basis",
    "Day the forecast counts from: the acceptance as the user states it, a proxy for it, or the as-of day",
    one_of=("acceptance", "proxy", "as_of"),
)
is_forecast_passed = flag(
    "is_forecast_passed", "Whether the day foreseen lies before the as-of day and no report shows the (re)liquidation"
)
payment_from_date = day("payment_from_date", "First day payment is expected")
payment_to_date = day("payment_to_date", "Last day payment is expected")
refund_numbers = texts("refund_numbers", "Refunds CBP reports for its entries")
importer_count = whole("importer_count", "Importer numbers its entries belong to", at_least=0)

# --- deposits and their interest ------------------------------------------------------------------------------------
statement_number = text("statement_number", "Daily statement number")
DEPOSIT_KINDS = ("original", "psc", "bill", "reconciliation")
deposit_kind = text(
    "deposit_kind", "What the deposit was; unknown where no list of deposits names it", one_of=DEPOSIT_KINDS
)
deposit_sequence = whole("deposit_sequence", "Which of the entry's deposits it is, in order of their days", at_least=1)
deposit_earliest_date = day(
    "deposit_earliest_date", "First day the deposit may have been made, as far as the basis of its day tells"
)
deposit_latest_date = day(
    "deposit_latest_date",
    "Last day the deposit may have been made, as far as the basis of its day tells: the least interest runs from here",
)
INTEREST_START_RULES = (
    "payment_date",
    "listed_deposits",
    "one_listed_day",
    "deposits_unlike_principal",
    "not_listed",
    "entry_summary_date",
    "entry_date",
)
interest_start_rule = text(
    "interest_start_rule",
    "Why interest starts when it does: the day of payment; each listed deposit from its own day; all from the one"
    " listed day; listed deposits that do not add up to the principal, so from no day; not listed under the policy that"
    " takes only listed deposits; the entry summary date or the date of entry under the policies that take them",
    one_of=INTEREST_START_RULES,
)
is_interest_for_review = flag(
    "is_interest_for_review",
    "Whether its interest needs a person: the entry has deposits on several days, for which 19 CFR 24.36(a)(1)(i) to"
    " (iii) may hold exceptions, or its listed deposits do not add up to the principal",
)
accrual_end_reason = text(
    "accrual_end_reason",
    "Why interest is shown to the as-of day only: the liquidation foreseen has passed unseen, none can be foreseen, or"
    " the entry is neither accepted nor eligible",
)
interest_low_usd = usd("interest_low_usd", "Least interest that class and day of deposit leave")
interest_high_usd = usd("interest_high_usd", "Most interest that class and day of deposit leave")
is_rate_carried_forward = flag(
    "is_rate_carried_forward", "Whether a rate was carried past the last published quarter, as the policy asks"
)
ten_thousand_base_usd = usd(
    "ten_thousand_base_usd",
    "Principal of the entry or payment whose first 10,000 dollars bear the full rate; 0 where no policy asks for that",
)

# --- reconciliation -------------------------------------------------------------------------------------------------
credit_key = text("credit_key", "Account, value date, amount and trace in one text")
credit_count = whole("credit_count", "Equal lines there are", at_least=1)
trace_key = text("trace_key", "Trace number without separators and leading zeros")
is_returned = flag("is_returned", "Whether REV-613 lists it")
REFUND_CLASSES = ("cape", "other", "unknown")
reissue_of = text("reissue_of", "Returned refund that this one replaces")
reissued_as = text("reissued_as", "Refund that replaces this returned one; only the last of a chain counts in totals")
last_refund_number = text("last_refund_number", "Last refund of the chain of reissues: the one that counts")
REFUND_AMOUNT_BASES = ("principal_only", "includes_interest", "assumed_principal_only", "undecidable")
refund_amount_basis = text(
    "refund_amount_basis",
    "Whether the Refund Amount of the file holds interest: by its own figures principal_only or includes_interest;"
    " assumed_principal_only, as CBP says, where nothing tells; undecidable where the figures contradict each other,"
    " so that the principal is unknown",
    one_of=REFUND_AMOUNT_BASES,
)
REFUND_TOTAL_BASES = ("gross", "net", "assumed_gross", "undecidable")
refund_total_basis = text(
    "refund_total_basis",
    "Whether the totals of the file stand before (gross) or after (net) offsets, by its diverted refunds that a bill"
    " names; assumed_gross where nothing tells; undecidable where they contradict each other",
    one_of=REFUND_TOTAL_BASES,
)
bill_number = text("bill_number", "CBP's number of the bill")
bill_status = text("bill_status", "Status of the bill as printed; a cancelled or void one supports nothing")
bill_date = day("bill_date", "Day of the bill")
bill_numbers = texts("bill_numbers", "Bills tied to the refund")
netted_offset_usd = usd(
    "netted_offset_usd", "Offset that REV-603's total already leaves out, from a bill: it is not taken off again"
)
returned_usd = usd("returned_usd", "Amount REV-613 shows as returned or held")
candidate_refunds = texts("candidate_refunds", "Refunds that could be what the credit pays, where none certainly is")
candidate_credits = texts("candidate_credits", "Credits that could pay the refund, where none certainly does")
MATCH_BASES = (
    "trace",
    "shared_trace",
    "amount",
    "principal_and_interest",
    "pieces_of_one_day",
    "payee_and_refund_date",
    "two_refunds",
)
match_basis = text(
    "match_basis",
    "How credit and refund were found: trace and shared_trace by the trace number; without one by money and days:"
    " amount, one credit of the refund's total; principal_and_interest, two credits; pieces_of_one_day, credits of one"
    " day that sum to a refund too large for one; payee_and_refund_date, one credit of all refunds of a payee and"
    " refund date; two_refunds, one credit of two refunds of a payee",
    one_of=MATCH_BASES,
)
is_certain = flag("is_certain", "Whether the match is the only one both ways; else it is a candidate and no cash")
CREDIT_FINDINGS = (
    "one_refund",
    "part_of_refund",
    "several_refunds",
    "ambiguous",
    "unmatched",
    "not_cbp",
    "reversed",
    "other_debit",
)
credit_finding = text(
    "credit_finding",
    "What the credit is: one_refund; part_of_refund, one refund in several credits; several_refunds, one credit of"
    " several refunds; ambiguous, more than one possibility; unmatched; not_cbp by its description; reversed, taken"
    " back wholly within its trace; other_debit, a debit that takes back no credit",
    one_of=CREDIT_FINDINGS,
)
explained_usd = usd("explained_usd", "Part that is known to pay refunds, or to be taken back")
credit_total_usd = usd("credit_total_usd", "Amount of all equal lines together")
ENTRY_CAUSES = (
    "not_yet_refunded",
    "partial_liquidation",
    "no_baseline",
    "basis_undecidable",
    "cbp_amount_missing",
    "netting",
    "principal_below_expected",
    "principal_above_expected",
    "expected_interest_unknown",
    "rounding",
    "late_interest",
    "interest_days",
    "interest_below_expected",
    "interest_above_expected",
    "payee_differs",
    "sum_agrees",
    "agrees",
)
ENTRY_CAUSES_IN_WORDS = (
    "The first that applies. not_yet_refunded: in no refund; partial_liquidation: in none, its liquidation is"
    " suspended, extended, under review or that of a warehouse entry; no_baseline: nothing to compare with;"
    " basis_undecidable: the file does not tell whether its amount holds interest; cbp_amount_missing; sum_agrees: in"
    " several refunds, which together agree; netting: the principal differs by what other duty of the entry changed;"
    " principal_below_expected, principal_above_expected; expected_interest_unknown; rounding: up to 5 cents of"
    " interest; late_interest: above by the interest for paying late; interest_days: equal to whole days of interest;"
    " interest_below_expected, interest_above_expected; payee_differs: the amounts agree, REV-603 pays another party"
    " than ES-022 names; agrees"
)
variance_causes = texts(
    "variance_causes",
    "All that is found to explain a difference. offset: a bill was paid out of it; diverted_unsupported: diverted,"
    " and no bill supports all of it; netting: other duty of an entry changed; partial_acceptance: CBP failed other"
    " entries of its claims; partial_liquidation: other entries of its claims are suspended, extended, under review or"
    " of a warehouse; payee_differs: REV-603 pays another party than ES-022 names; ach_rejected: returned or held;"
    " reissued: issued again; timing: issued within the last three business days; interest_days: whole days of"
    " interest; late_interest: the interest for paying late; rounding: up to 5 cents an entry; principal_differs;"
    " interest_differs; basis_undecidable: whether ES-022's amount holds interest; credits_ambiguous; cash_differs;"
    " reports_differ: one report lacks it, or they state other amounts",
)
interest_variance_days = whole(
    "interest_variance_days",
    "Days of interest that the variance is equal to, signed; unknown where it is equal to no whole number of days up"
    " to 60",
)
is_material = flag("is_material", "Whether the variance exceeds what the importer takes for immaterial")
materiality_basis = text(
    "materiality_basis",
    "Where the thresholds come from: the importer's row of materiality.csv, its client's, the row for all, or the"
    " defaults",
    one_of=("importer", "client", "everybody", "default"),
)

# --- the books ------------------------------------------------------------------------------------------------------
RECEIVABLE_STAGES = (
    "cash",
    "certified",
    "accepted",
    "eligible_unfiled",
    "protest_or_court",
    "doubtful",
    "none",
)
receivable_stage = text(
    "stage",
    "How certain the receivable is: settled in cash; in a refund CBP certified; accepted by CAPE; may be filed; by"
    " protest or court; doubtful; none",
    one_of=RECEIVABLE_STAGES,
)
stage_reason = text("stage_reason", "What puts the entry into the stage")
period_end = day("period_end", "Last day of the period")
accrued_through_date = day(
    "accrued_through_date", "Last day interest is booked for: the (re)liquidation, the refund, or the as-of day"
)
through_date = day("through_date", "Day up to which it is told")
accrued_interest_usd = usd(
    "accrued_interest_usd",
    "Interest accrued to the day, never to a forecast end: the least that class and day of deposit leave",
)
accrued_interest_high_usd = usd(
    "accrued_interest_high_usd", "Most interest that class and day of deposit leave by then"
)
range_above_low_usd = usd("range_above_low_usd", "What may come above the certain principal of an open entry")
received_principal_usd = usd("received_principal_usd", "Principal received in cash up to the day")
received_interest_usd = usd("received_interest_usd", "Interest received in cash up to the day")
offset_principal_usd = usd("offset_principal_usd", "Principal set off against a bill up to the day")
offset_interest_usd = usd("offset_interest_usd", "Interest set off against a bill up to the day")
is_recognised = flag("is_recognised", "Whether it stands in the books: a stage other than none, and a known amount")
recognised_principal_usd = usd(
    "recognised_principal_usd", "Principal as measured: what came in for a settled entry, else the certain part or more"
)
recognised_interest_usd = usd(
    "recognised_interest_usd", "Interest as measured: what came in for a settled entry, else what accrued or more"
)
open_interest_usd = usd("open_interest_usd", "Interest as measured less cash and offset")
rests_on_assumption_usd = usd("rests_on_assumption_usd", "Part of ieepa_low_usd that rests on a named assumption")
closing_principal_usd = usd("closing_principal_usd", "Principal in the books at the end of the period")
closing_interest_usd = usd("closing_interest_usd", "Interest in the books at the end of the period")
opening_principal_usd = usd("opening_principal_usd", "Principal in the books at the close before")
opening_interest_usd = usd("opening_interest_usd", "Interest in the books at the close before")
newly_recognised_principal_usd = usd("newly_recognised_principal_usd", "Principal recognised for the first time")
newly_recognised_interest_usd = usd(
    "newly_recognised_interest_usd", "Interest recognised with it: what had accrued before the period"
)
period_interest_usd = usd("period_interest_usd", "Interest of the period, from the close before to the day")
cash_principal_usd = usd("cash_principal_usd", "Principal received at the bank; negative: it reduces the receivable")
cash_interest_usd = usd("cash_interest_usd", "Interest received at the bank; negative: it reduces the receivable")
offset_movement_usd = usd("offset_movement_usd", "Set off against bills; negative: it reduces the receivable")
remeasured_principal_usd = usd("remeasured_principal_usd", "Change of the principal of entries recognised before")
remeasured_interest_usd = usd("remeasured_interest_usd", "Change of their interest that is not interest of the period")
written_off_usd = usd("written_off_usd", "What left the books: entries without IEEPA duty or without a right any more")
opening_usd = usd("opening_usd", "Principal and interest in the books at the close before")
newly_recognised_usd = usd("newly_recognised_usd", "Principal and interest recognised for the first time")
remeasured_usd = usd("remeasured_usd", "Principal and interest of entries recognised before, measured anew")
closing_usd = usd("closing_usd", "Principal and interest in the books at the end of the period")
opening_date = day("opening_date", "Day of the close before; unknown where nothing was closed")
opening_basis = text(
    "opening_basis",
    "Where the opening comes from: the close before, or nothing, because nothing was closed",
    one_of=("closed_period", "first_recognition"),
)
interest_unknown_count = whole(
    "interest_unknown_count", "Entries with a principal whose interest is unknown", at_least=0
)
close_name = text("close_name", "Name under which a period was closed", matches=r"^[A-Za-z0-9][A-Za-z0-9._-]*$")
opening_close_name = text("opening_close_name", "Close the opening comes from; unknown where nothing was closed before")
books_interest_unknown_reason = text(
    "interest_unknown_reason",
    "Why there is no interest",
    one_of=(
        "principal_unknown",
        "policy_tells_no_month",
        "deposit_date_unknown",
        "deposits_unlike_principal",
        "deposit_after_end",
        "rates_not_published",
    ),
)
rate_class_high = text(
    "rate_class_high", "Class of the upper bound where the importer's class is unknown", one_of=RATE_CLASSES
)

refund_key = text("refund_key", "The refund number, or none")

# --- late payment ---------------------------------------------------------------------------------------------------
payment_date = day("payment_date", "Day the refund was paid; unknown while it is not")
payment_basis = text(
    "payment_basis",
    "What the day of payment rests on: the bank's value date, else the refund date CBP reports",
    one_of=("bank_value_date", "refund_date"),
)
rejected_since_date = day(
    "rejected_since_date", "Day from which REV-613 shows the refund rejected: no late interest is due from then on"
)
days_to_payment = whole(
    "days_to_payment", "Days from (re)liquidation to the payment, while unpaid to the as-of day", at_least=0
)
excluded_days = whole(
    "excluded_days", "Of these, days on which the refund was rejected: its ACH data were missing (91 FR 21)", at_least=0
)
late_periods = whole("late_periods", "Whole 30-day periods that bear interest, without the excluded days", at_least=0)
late_end_date = day("late_end_date", "Last day that bears late interest, without the excluded days")
