"""What the tables of `lines` promise: what each filed duty is, and how the stack of a line splits.

Belongs here: tariff rows, entry lines and their sums. Does not belong here: anything that depends on the valuation day.
"""

from cape_pipeline.contracts import fields as f
from cape_pipeline.warehouse.contract import TableContract

#: Which received rows count, and what stands on them, is in `rows_hash` of the baseline.
ROWS_OF_BASELINES = {
    "ace.es003_tariff_lines": "lines.entry_baselines",
    "ace.entry_version_loads": "lines.entry_baselines",
}
RAW_ROWS_OF_BASELINES = {"ace.es003_tariff_lines": "lines.entry_baselines"}
#: A decision follows from tariff number, date and origin of the row, by the rules of the registry.
ROWS_AND_DECISIONS = {**ROWS_OF_BASELINES, "lines.heading_decisions": "lines.entry_baselines"}
#: So are the lines of a broker's list.
LISTS_OF_BASELINES = {"ace.current_broker_lines": "lines.entry_baselines"}
#: A stack follows from origin and date of the line, by the rules of the registry.
STACKS_OF_BASELINES = {"lines.rate_stacks": "lines.entry_baselines"}


class EntryBaselines(TableContract):
    """One entry summary known from any report, and the version of it whose lines and money count."""

    independent_by = "entry_number"
    fields = (
        f.entry_number,
        f.partition_month,
        f.entry_month,
        f.filer_code,
        f.version_ordinal.optional().meaning("The baseline: the version whose rows count; unknown without one"),
        f.baseline_basis.within(
            "before_acceptance",
            "no_acceptance_newest",
            "acceptance_date_proxy",
            "later_run_still_carries_ieepa",
            "none_es022_only",
            "ieepa_vanished",
            "broker_lines",
        ),
        f.report_run_date.optional(),
        f.accepted_date.optional(),
        f.importer_number.optional(),
        f.importer_key.optional(),
        f.entry_type_code.optional(),
        f.entry_date.optional(),
        f.entry_summary_date.optional(),
        f.data_complete.meaning("Whether every received row of the entry could be used and none is missing"),
        f.rows_hash.optional().meaning(
            "Order-free hash of all that classified_lines and heading_decisions read of the baseline's tariff rows, so "
            "that the rows here change whenever what those read of the raw rows changes"
        ),
        f.usd("baseline_ieepa_heading_duty_usd", "Duty on IEEPA headings in the baseline").optional(),
        f.usd("newest_ieepa_heading_duty_usd", "Duty on IEEPA headings in the newest version").optional(),
    )
    grain = ("entry_number",)


class LawDates(TableContract):
    """One entry summary whose rows are judged by the law of another day than their date of entry."""

    fields = (f.entry_number, f.partition_month, f.law_date, f.law_date_basis)
    grain = ("entry_number",)


class HeadingDecisions(TableContract):
    """What the registry says of one tariff number on one day from one origin."""

    reads_through = ROWS_OF_BASELINES
    fields = (
        f.text("decision_key", "Tariff digits, day of the law and origin in one text"),
        f.partition_month,
        f.law_date.optional(),
        f.country_of_origin.optional(),
        f.heading,
        f.duty_bucket,
        f.programme.optional(),
        f.rate_kind.optional(),
        f.registry_rate.optional(),
        f.floor_rate.optional(),
        f.counts_as_certain,
        f.anomaly_codes,
        f.rule_source.optional(),
        f.rule_locator.optional(),
        f.effective_from.optional(),
        f.effective_to.optional(),
        f.registry_version,
    )
    grain = ("decision_key",)


class ClassifiedLines(TableContract):
    """One tariff row of an entry's baseline: which duty it is, and what is odd about it.

    By which rule, with its source, stands in row_contributions.
    """

    partition = "entry_month"
    reads_through = ROWS_AND_DECISIONS
    fields = (
        f.entry_number,
        f.line_number,
        f.tariff_ordinal,
        f.partition_month,
        f.entry_month,
        f.entry_date.optional(),
        f.law_date.optional(),
        f.importer_number.optional(),
        f.country_of_origin.optional(),
        f.hts_number,
        f.heading,
        f.goods_value_usd.optional(),
        f.duty_usd.optional(),
        f.line_value_usd.optional(),
        f.programme.optional(),
        f.duty_bucket,
        f.flag("is_ieepa_duty", "Whether the row carries duty collected under IEEPA"),
        f.counts_as_certain.meaning("Whether that duty is certain; else it counts in the high amount only"),
        f.rate_kind.optional(),
        f.registry_rate.optional(),
        f.floor_rate.optional(),
        f.usd("expected_duty_usd", "registry_rate on the line's value: a test of the row, never the refund").optional(),
        f.column_1_rate_filed.optional(),
        f.anomaly_codes,
        f.load_id,
        f.source_row,
        f.registry_version,
    )
    grain = ("entry_number", "line_number", "tariff_ordinal")


class SpecificDuties(TableContract):
    """Column 1 duty of one line under a 15 % heading, reckoned from a specific or compound rate and the quantity."""

    partition = "entry_month"
    reads_through = RAW_ROWS_OF_BASELINES
    fields = (
        f.entry_number,
        f.line_number,
        f.column_1_basis.within("printed", "entry_facts"),
        f.partition_month,
        f.text("column_1_rate_text", "The rate as printed or stated"),
        f.usd("specific_duty_usd", "Column 1 duty at that rate, rounded once"),
    )
    grain = ("entry_number", "line_number", "column_1_basis")


class DutySplits(TableContract):
    """One entry line: its filed duty split by the authority it was collected under; the parts sum to the total."""

    partition = "entry_month"
    fields = (
        f.entry_number,
        f.line_number,
        f.partition_month,
        f.entry_month,
        f.entry_date.optional(),
        f.importer_number.optional(),
        f.country_of_origin.optional(),
        f.line_value_usd.optional(),
        f.paid_duty_usd,
        f.ieepa_usd,
        f.ieepa_low_usd,
        f.ieepa_high_usd,
        f.undetermined_usd,
        f.non_ieepa_usd,
        f.usd("section_232_usd", "Duty under Section 232"),
        f.usd("section_301_usd", "Duty under Section 301"),
        f.usd("section_201_usd", "Duty under Section 201"),
        f.usd("section_122_usd", "Duty under Section 122"),
        f.usd("chapter_98_usd", "Duty on chapter 98 rows"),
        f.usd("other_chapter99_usd", "Duty on all other and on unknown chapter 99 rows"),
        f.usd("column_1_usd", "Ordinary duty, with the column 1 share taken out of a 15 % heading"),
        f.applied_rate.optional(),
        f.column_1_applied_rate.optional(),
        f.column_1_basis.within("printed", "entry_facts", "filed_base_row").optional(),
        f.text("split_basis", "How the split was made").within(
            "filed_rows", "replacement_net", "replacement_range", "rate_derived"
        ),
        f.split_confidence,
        f.text("rests_on_assumption", "Assumption of registry.assumptions the split rests on").optional(),
        f.programmes,
        f.anomaly_codes,
        f.absent_duty_row_count,
        f.registry_version,
    )
    grain = ("entry_number", "line_number")


class RowContributions(TableContract):
    """One tariff row of an entry's baseline: what it gave to the IEEPA duty of its line, by which rule, and why."""

    source = "view"
    fields = (
        f.entry_number,
        f.line_number,
        f.tariff_ordinal,
        f.partition_month,
        f.heading,
        f.programme.optional(),
        f.duty_bucket,
        f.duty_usd.optional(),
        f.rate_kind.optional(),
        f.registry_rate.optional(),
        f.floor_rate.optional(),
        f.effective_from.optional().meaning("First day of the window of the heading that decides"),
        f.effective_to.optional().meaning("Last day of that window, inclusive"),
        f.authority.optional(),
        f.rule_source.optional(),
        f.rule_locator.optional(),
        f.text("rule_title", "Title of the document behind the decision").optional(),
        f.ieepa_low_usd.optional().meaning("Its part of the line's ieepa_low_usd; unknown where the duty is blank"),
        f.ieepa_high_usd.optional().meaning("Its part of the line's ieepa_high_usd; unknown where the duty is blank"),
        f.text("contribution_reason", "Why it gave that much"),
        f.anomaly_codes,
    )
    grain = ("entry_number", "line_number", "tariff_ordinal")


class BrokerLineDuties(TableContract):
    """One entry line known from a broker's list only: the duty stated on it, and how much of that is open."""

    partition = "entry_month"
    reads_through = LISTS_OF_BASELINES
    fields = (
        f.entry_number,
        f.line_number,
        f.partition_month,
        f.entry_month,
        f.entry_date.optional(),
        f.importer_number.optional(),
        f.entry_type_code.optional(),
        f.country_of_origin.optional(),
        f.hts_number,
        f.line_value_usd.optional(),
        f.stack_key,
        f.rate("known_column_1_rate", "Column 1 rate as printed, else as the user states it").optional(),
        f.column_1_basis.within("printed", "entry_facts").meaning("Where known_column_1_rate comes from").optional(),
        f.flag(
            "may_be_free_of_column_1",
            "Whether the line claims a preference that may have freed it of the printed rate, and states no such duty",
        ),
        f.column_1_duty_usd.optional(),
        f.section_301_duty_usd.optional(),
        f.section_232_duty_usd.optional(),
        f.section_201_duty_usd.optional(),
        f.section_122_duty_usd.optional(),
        f.other_duty_usd.optional(),
        f.usd("other_types_usd", "Sum of the stated duties that are neither IEEPA nor column 1; zero where none is"),
        f.flag("has_types", "Whether the list states any duty by its type"),
        f.flag("is_ieepa_stated", "Whether the list states IEEPA duty, in all or by programme"),
        f.usd("most_stated_ieepa_usd", "IEEPA duty as stated; of two statements that differ the greater").optional(),
        f.paid_duty_usd.meaning(
            "Total the list states, else the sum of the types it states; zero where it states none"
        ),
        f.usd(
            "open_usd",
            "IEEPA duty as stated, else what is left of the total for it and for every type that is not stated",
        ).optional(),
        f.flag("is_contradictory", "Whether the stated amounts do not add up"),
    )
    grain = ("entry_number", "line_number")


class RateStacks(TableContract):
    """One stack of duties that goods of one origin can bear on one day, by the rates of the registry."""

    reads_through = LISTS_OF_BASELINES
    fields = (
        f.stack_key,
        f.whole("stack_number", "Number of the stack within its key", at_least=1),
        f.partition_month,
        f.law_date,
        f.country_of_origin.optional(),
        f.rate("ieepa_added_rate", "Sum of the IEEPA rates that are added to column 1", at_least=0),
        f.floor_rate.meaning("Rate of a 15 % heading in the stack, which includes column 1 duty").optional(),
        f.flag("has_reciprocal", "Whether a reciprocal duty is in the stack"),
        f.rate("section_301_rate", "Section 301 rate in the stack", at_least=0),
        f.rate("section_232_rate", "Section 232 rate in the stack", at_least=0),
        f.flag("is_section_232_inclusive", "Whether the Section 232 rate includes column 1 duty"),
        f.texts(
            "section_232_prefixes", "Beginnings of the tariff numbers the stack can apply to; unknown means any"
        ).optional(),
        f.programmes.meaning("IEEPA programmes in the stack"),
        f.registry_version,
    )
    grain = ("stack_key", "stack_number")


class RateFits(TableContract):
    """One entry line known from a broker's list only: what the stacks that make its stated duty agree on."""

    partition = "entry_month"
    reads_through = STACKS_OF_BASELINES
    fields = (
        f.entry_number,
        f.line_number,
        f.partition_month,
        f.flag("is_free_of_ieepa", "Whether no stack of the line's origin and day holds an IEEPA duty"),
        f.texts("possible_programmes", "IEEPA programmes in any stack of its origin and day"),
        f.usd(
            "most_allowed_usd", "Most IEEPA duty any stack gives on its value; unknown without value or stack"
        ).optional(),
        f.whole("fit_count", "Stacks that fit, each counted with every column 1 rate it fits with", at_least=0),
        f.usd("least_fit_usd", "Least IEEPA duty by a stack that fits").optional(),
        f.usd("most_fit_usd", "Most IEEPA duty by a stack that fits").optional(),
        f.flag("hides_column_1", "Whether a stack that fits holds column 1 duty of an unknown amount"),
        f.flag("restores_column_1", "Whether a 15 % heading that fits has column 1 duty taken out of what is stated"),
        f.usd("fit_column_1_usd", "Most column 1 duty within the open amount by a stack that fits").optional(),
        f.usd("fit_section_301_usd", "Section 301 duty; unknown unless all that fit agree on it and on 232").optional(),
        f.usd("fit_section_232_usd", "Section 232 duty; unknown unless all that fit agree on it and on 301").optional(),
        f.texts("fit_programmes", "IEEPA programmes in the stacks that fit"),
        f.applied_rate.meaning(
            "Sum of IEEPA rates, less column 1 where netted, on which all that fit agree"
        ).optional(),
        f.column_1_applied_rate.meaning("Column 1 rate on which all that fit agree").optional(),
        f.registry_version,
    )
    grain = ("entry_number", "line_number")


class RateDerivedSplits(TableContract):
    """One entry line known from a broker's list only: its stated duty split by the rates of the registry."""

    partition = "entry_month"
    fields = DutySplits.fields
    grain = ("entry_number", "line_number")


class EntryAmounts(TableContract):
    """One entry summary with a baseline: its duty summed over its lines."""

    partition = "entry_month"
    fields = (
        f.entry_number,
        f.partition_month,
        f.whole("line_count", "Distinct lines", at_least=1).meaning("Lines of the entry"),
        f.paid_duty_usd,
        f.ieepa_low_usd,
        f.ieepa_high_usd,
        f.undetermined_usd,
        f.non_ieepa_usd,
        f.usd("rests_on_assumption_usd", "Part of ieepa_low_usd that rests on a named assumption"),
        f.programmes.meaning("IEEPA programmes on the entry"),
        f.anomaly_codes,
        f.absent_duty_row_count,
        f.registry_version,
    )
    grain = ("entry_number",)
