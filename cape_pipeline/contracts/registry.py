"""What the tables of `registry` promise: one dated, cited rule a row.

Belongs here: the shape of the law as tables. Does not belong here: the rules themselves (`registry_seeds/`).

A row found wrong stays, with a withdrawn_date, beside the row that corrects it. `recorded_date` is therefore part of
every grain; among the rows whose withdrawn_date is unknown, no two rows of one rule share a day (the loader refuses
them), and those are the rows a query uses.
"""

from cape_pipeline.contracts import fields as f
from cape_pipeline.warehouse.contract import TableContract, Turns

CITED = (
    f.source,
    f.locator,
    f.recorded_date,
    f.withdrawn_date.optional(),
    f.confidence.within("confirmed", "secondary", "inferred", "unconfirmed").meaning(
        "confirmed: official text read or quoted alike by several; secondary: one credible account of it; inferred: a "
        "reading of this project; unconfirmed: practitioner knowledge or a claim without support"
    ),
)
HEADING_DIGITS = r"^[0-9]{8}$"
RATE_KINDS = (
    "ad_valorem_add",
    "ad_valorem_add_superseded_retro",
    "ad_valorem_in_lieu",
    "floor_inclusive",
    "suspended",
    "zero_exempt",
    "zero_exempt_companion",
    "zero_exempt_in_transit",
    "zero_exempt_partial",
)


class AsOf(TableContract):
    """The valuation day of the warehouse: exactly one row, read by every table that depends on the day."""

    source = "python"
    moves_keys_of = Turns("entries.turning_days", key="entry_number", on_day="turning_date")
    fields = (f.as_of_date,)
    grain = ("as_of_date",)


class Sources(TableContract):
    """One document the registry cites."""

    source = "python"
    fields = (
        f.source,
        f.title,
        f.text("publisher", "Who issued it"),
        f.text("reference", "Its number: CSMS, Federal Register, executive order, or the like").optional(),
        f.day("document_date", "Date of the document").optional(),
        f.address.in_full().optional(),
        f.recorded_date,
    )
    grain = ("source",)


class IeepaHeadings(TableContract):
    """One IEEPA chapter 99 heading in one window of days (both ends inclusive, US Eastern)."""

    source = "python"
    fields = (
        f.heading,
        f.description.in_full(),
        f.programme,
        f.texts("countries", "ISO country codes it applies to; the EU written out; ALL for every origin"),
        f.rate("rate", "Added rate; unknown where the rate is 15 % less column 1", at_least=0).optional(),
        f.text("rate_text", "The rate or rule as the seed states it"),
        f.rate_kind.within(*RATE_KINDS),
        f.imposes_duty,
        f.effective_from,
        f.effective_to,
        f.authority,
        f.text("csms", "CSMS messages that implement it, joined by |").optional(),
        *CITED,
    )
    grain = ("heading", "effective_from", "recorded_date")


class Chapter99Families(TableContract):
    """One range of chapter 98, 99 or ordinary tariff numbers that belong to one duty family in one window.

    Ranges nest and never cross: the family of a heading is the narrowest range in force that holds it.
    """

    source = "python"
    fields = (
        f.text("pattern", "Heading, range or template as the seed states it"),
        f.text(
            "heading_from",
            "First heading of the range, eight digits; unknown for patterns that are not headings",
            matches=HEADING_DIGITS,
        ).optional(),
        f.text("heading_to", "Last heading of the range, eight digits", matches=HEADING_DIGITS).optional(),
        f.text("family", "Name of the family"),
        f.duty_bucket.optional().meaning("Bucket its duty falls into; unknown for patterns that are not headings"),
        f.authority.meaning("Statute or notice behind it").optional(),
        f.effective_from.optional(),
        f.effective_to.optional(),
        *CITED,
    )
    grain = ("pattern", "recorded_date")


class InterestRates(TableContract):
    """Interest rates of one calendar quarter, as fractions a year (0.060000 is 6 %)."""

    source = "python"
    fields = (
        f.quarter_start.meaning("First day of the quarter"),
        f.day("quarter_end", "Last day of the quarter"),
        f.rate("underpayment_rate", "Underpayments, as a fraction", at_least=0),
        f.rate("overpayment_corporate_rate", "Refunds to corporations, as a fraction", at_least=0),
        f.rate("overpayment_noncorporate_rate", "Refunds to all others, as a fraction", at_least=0),
        *CITED,
    )
    grain = ("quarter_start", "recorded_date")


class CapeRules(TableContract):
    """One rule of who may be on a CAPE declaration, in one window of filing days; the codes are this project's own."""

    source = "python"
    fields = (
        f.rule_id.meaning("This project's code of the rule: never CBP's"),
        f.title.meaning("The rule as one sentence"),
        f.cbp_message.optional(),
        f.text("fact_needed", "Fact the rule needs").optional(),
        f.text("where_in_ace", "Where in ACE that fact is found").optional(),
        f.effective_from,
        f.effective_to.optional(),
        *CITED,
    )
    grain = ("rule_id", "effective_from", "recorded_date")


class ValidationRules(TableContract):
    """One rule a CAPE declaration is checked by before it is uploaded; the codes are this project's own."""

    source = "python"
    fields = (
        f.rule_id.meaning(
            "This project's code of the rule, never CBP's: VAL-F for the file, VAL-E for entries, VAL-I for identity"
        ),
        f.title.meaning("The rule as one sentence: what holds where it is met"),
        f.severity.within("reject", "warn").meaning(
            "reject: CBP says that it refuses such a file or entry; warn: only a guide says so, or nobody can tell yet"
        ),
        f.cbp_message.optional(),
        f.text("what_to_do", "What to do where the rule is broken"),
        *CITED,
    )
    grain = ("rule_id", "recorded_date")


class EntryTypes(TableContract):
    """How CAPE treats one entry type in one window of filing days."""

    source = "python"
    fields = (
        f.entry_type_code,
        f.text("entry_type_name", "Name of the type"),
        f.cape_treatment.within("accepted", "accepted_paid_on_liquidation", "rejected", "ad_cvd_rule", "unknown"),
        f.flag("recon_flag_allowed", "Whether CAPE takes it although flagged for reconciliation"),
        f.duty_deposited,
        f.flag("ieepa_psc_barred", "Whether CBP bars post summary corrections of IEEPA numbers on it"),
        f.effective_from,
        f.effective_to.optional(),
        *CITED,
    )
    grain = ("entry_type_code", "effective_from", "recorded_date")


class CapeMessages(TableContract):
    """One message CBP prints beside a failed entry, with what can be done about it, in one window of days."""

    source = "python"
    fields = (
        f.message.in_full(),
        f.text("meaning", "What it means"),
        f.remedy.within(
            "psc",
            "wait_then_refile",
            "refile_unchanged_once",
            "remove_cause",
            "protest_or_court",
            "await_phase",
            "unknown",
        ),
        f.successors.optional(),
        f.effective_from,
        f.effective_to.optional(),
        *CITED,
    )
    grain = ("message", "effective_from", "recorded_date")


class TimingPolicies(TableContract):
    """One named reading of when CBP pays."""

    source = "python"
    fields = (
        f.timing_policy.meaning("Name of the reading"),
        f.text("clock_start", "Day the clock starts from").within("acceptance", "liquidation"),
        f.whole("days_from", "Earliest day", at_least=0),
        f.whole("days_to", "Latest day", at_least=0),
        f.whole("liquidation_days_to", "Days after liquidation within which the law wants payment").optional(),
        f.text("reading", "Who reads it so, and how well it is supported"),
        *CITED,
    )
    grain = ("timing_policy", "recorded_date")


class Policies(TableContract):
    """One named reading of a point on which guides and facts differ."""

    source = "python"
    fields = (
        f.policy_point,
        f.policy,
        f.text("policy_value", "Day, range of headings or rate the reading stands for, where it has one").optional(),
        f.flag("is_default", "Whether it is the best supported reading, used unless another is chosen"),
        f.text("reading", "Who reads it so, and how well it is supported"),
        *CITED,
    )
    grain = ("policy_point", "policy", "recorded_date")


class ChosenPolicies(TableContract):
    """One reading the run chose in place of the default; empty where every default is in force."""

    source = "python"
    fields = (f.policy_point, f.policy)
    grain = ("policy_point",)


class ChosenSubmitters(TableContract):
    """One submitter the run drafts declarations for; empty where every importer submits its own entries."""

    source = "python"
    fields = (
        f.whole("submitter_order", "Place in the order in which they were named: the first takes an entry", at_least=1),
        f.submitter_type,
        f.submitter_id,
        f.text("submitter_key", "Importer number as joins use it, or filer code"),
    )
    grain = ("submitter_order",)


class PoliciesInForce(TableContract):
    """The reading in force of every point on which guides and facts differ: one row, read by what it decides."""

    fields = (
        f.day("default_ieepa_first_day", "First day of IEEPA duties by the default reading"),
        f.day("ieepa_first_day", "First day of IEEPA duties by the reading in force"),
        f.day("default_ieepa_last_day", "Last day of IEEPA duties by the default reading"),
        f.day("ieepa_last_day", "Last day of IEEPA duties by the reading in force"),
        f.text("first_ieepa_heading", "First heading that counts as IEEPA, as eight digits"),
        f.text("last_ieepa_heading", "Last heading that counts as IEEPA, as eight digits"),
        f.text("law_date_policy", "Reading of the day whose law decides"),
        f.text("zone_goods_policy", "Reading of that day for goods from a foreign-trade zone"),
        f.text("fifteen_percent_policy", "Reading of what comes back of a 15 % heading"),
        f.text("interest_rates_policy", "Reading of the interest rates"),
        f.rate("interest_rate_of_2026_q2", "Rate of the second quarter of 2026, where a reading sets it").optional(),
        f.text("interest_end_policy", "Reading of the day interest ends"),
        f.text("interest_start_policy", "Reading of the day interest starts"),
        f.text("interest_ten_thousand_policy", "Reading of the lower rate above 10,000 dollars"),
        f.text("interest_day_count_policy", "Reading of which end days bear interest"),
        f.text("interest_divisor_policy", "Reading of what the annual rate is divided by"),
        f.text("interest_compounding_policy", "Reading of whether interest bears interest"),
        f.text("interest_rounding_policy", "Reading of where cents are made"),
        f.text("interest_rounding_mode_policy", "Reading of how cents are made"),
        f.text("interest_beyond_rates_policy", "Reading of what happens past the last published quarter"),
        f.timing_policy.meaning("Reading of when CBP pays"),
        f.text("variance_materiality_policy", "Reading of which variance is worth a request to CBP"),
        f.rate("variance_materiality_rate", "Share of the refund to exceed, where a reading sets it").optional(),
        f.text("liquidation_run_policy", "Reading of the day a foreseen liquidation falls on"),
        f.texts("other_than_default", "Every point=policy in force that is not the default"),
    )
    grain = ("default_ieepa_first_day",)


class IeepaWindowsInForce(TableContract):
    """One window of an IEEPA heading, as the readings in force state it."""

    source = "view"
    fields = (
        f.heading,
        f.text("hts_digits", "The heading as eight digits", matches=HEADING_DIGITS),
        f.day("registry_effective_from", "First day of the window in registry.ieepa_headings"),
        f.effective_from,
        f.effective_to,
        f.flag("is_taken_for_ieepa", "Whether the heading is in the range that counts as IEEPA"),
        f.programme,
        f.rate_kind.within(*RATE_KINDS),
        f.rate("rate", "Added rate; unknown where the rate is 15 % less column 1", at_least=0).optional(),
        f.floor_rate.optional(),
        f.imposes_duty,
        f.texts("countries", "ISO country codes it applies to; the EU written out; ALL for every origin"),
        f.source,
        f.locator,
    )
    grain = ("heading", "registry_effective_from")


class QuantityUnits(TableContract):
    """One unit that duty rates are printed with, and the code a quantity in it is reported under."""

    source = "python"
    fields = (
        f.text("printed_unit", "Unit as rates print it: lower case, without blanks and final dot"),
        f.text("unit_code", "Unit code of the reported quantity"),
        *CITED,
    )
    grain = ("printed_unit", "recorded_date")


class OtherDutyRates(TableContract):
    """One rate of a duty that is not IEEPA and can stand in a paid total beside it, in one window of entry days.

    It tells what a total may be made of, never what a row is: wider than the law where the law goes by lists of goods.
    """

    source = "python"
    fields = (
        f.text("other_duty", "This project's name of the duty: never CBP's"),
        f.duty_bucket.within("section_301", "section_232"),
        f.texts("countries", "ISO country codes it applies to; the EU written out; ALL for every origin"),
        f.rate("rate", "Added rate; unknown where the rate is 15 % less column 1", at_least=0).meaning(
            "Added rate; with rate_kind floor_inclusive the total that includes column 1 duty"
        ),
        f.rate_kind.within("ad_valorem_add", "floor_inclusive"),
        f.texts("hts_prefixes", "Beginnings of the tariff numbers it can apply to; unknown means any").optional(),
        f.effective_from,
        f.effective_to.optional(),
        *CITED,
    )
    grain = ("other_duty", "effective_from", "recorded_date")


class FederalHolidays(TableContract):
    """One federal holiday, on the day it is observed."""

    source = "python"
    fields = (
        f.day("holiday_date", "Day the holiday is observed"),
        f.holiday_name,
        *CITED,
    )
    grain = ("holiday_date", "recorded_date")


class CalendarDays(TableContract):
    """One calendar day: whether business is done on it, and the next day on which it is."""

    fields = (
        f.day("calendar_date", "The day"),
        f.is_weekend,
        f.holiday_name.meaning("Federal holiday observed on it").optional(),
        f.flag("is_business_day", "Neither a weekend nor a federal holiday"),
        f.whole("working_day_of_month", "Which working day of its month it is", at_least=1).optional(),
        f.next_business_day.optional(),
        f.day(
            "liquidation_run_on_or_after",
            "The day itself or the first after it on which liquidations run: Monday to Thursday, no federal holiday",
        ).optional(),
    )
    grain = ("calendar_date",)


class ProgrammeDates(TableContract):
    """When one IEEPA programme was published and first collected.

    The conservative court date of an entry is two years from the earlier of the two days.
    """

    source = "python"
    fields = (
        f.programme,
        f.day("publication_date", "Day the order was published in the Federal Register"),
        f.day("first_collection_date", "First day the duty of the programme was collected"),
        *CITED,
    )
    grain = ("programme", "recorded_date")


class Assumptions(TableContract):
    """One point the law leaves open, with the reading used here and the other one."""

    source = "python"
    fields = (
        f.text("assumption_id", "Name of the assumption, as the amounts that rest on it cite it"),
        f.text("statement", "What is open"),
        f.text("default_reading", "How it is read here"),
        f.text("other_reading", "How else it could be read"),
        *CITED,
    )
    grain = ("assumption_id", "recorded_date")


class AnomalyCodes(TableContract):
    """One code of what can be odd about filed rows, in words; the codes are this project's own, never CBP's."""

    source = "python"
    fields = (
        f.text("anomaly_code", "Code as it stands in anomaly_codes"),
        f.text("anomaly_meaning", "What was found"),
        f.text("anomaly_effect", "What it does to the amounts"),
        *CITED,
    )
    grain = ("anomaly_code", "recorded_date")


class AlertCodes(TableContract):
    """One code of what somebody should look at: how bad, by which clock, what to do; the codes are our own."""

    source = "python"
    fields = (
        f.alert_code,
        f.severity.within(*f.ALERT_SEVERITIES).meaning(f.SEVERITY_OF_ALERT),
        f.text("alert_meaning", "What is the matter, for any entry or refund it may befall"),
        f.whole("clock_days", "Days of its clock; none where it stands as soon as it is seen", at_least=0).optional(),
        f.text("clock_rule", "before: from that many days before the day; from: on that day after it; after: past it")
        .within("before", "from", "after")
        .optional(),
        f.text("counted_from", "Day the clock counts from, or to").optional(),
        f.whole("due_days", "Days from the same day within which somebody has to act", at_least=0).optional(),
        f.text("yields_to", "Code that takes its place once both stand for the same entry or refund").optional(),
        f.next_action,
        f.cbp_mailbox.optional(),
        f.text("whose_reading", "Whose word the clock or the finding is; own: this project's").within(
            "cbp", "law", "guide", "own"
        ),
        *CITED,
    )
    grain = ("alert_code", "recorded_date")


class OriginAliases(TableContract):
    """One origin code that reports print for a country known under another code (Canadian provinces and the like)."""

    source = "python"
    fields = (
        f.text("origin_alias", "Code as reports print it"),
        f.text("country_code", "ISO country code it stands for"),
        *CITED,
    )
    grain = ("origin_alias", "recorded_date")


class RefundTypes(TableContract):
    """One word that tells in REV-603's Refund Type of which kind a refund is; CBP publishes no list of the texts."""

    source = "python"
    fields = (
        f.text("type_words", "Words of the printed type, upper case, one blank for all but letters and digits"),
        f.refund_class.within("cape", "other").meaning("Kind of refund; words of a CAPE refund outrank all others"),
        *CITED,
    )
    grain = ("type_words", "recorded_date")


class BankOriginators(TableContract):
    """How a line at the bank is known to be CBP's or Treasury's: exactly one row, of the run's settings."""

    source = "python"
    fields = (
        f.text("originator_pattern", "Regular expression that the line's description, in upper case, holds a match of"),
    )
    grain = ("originator_pattern",)


class DeclarationForms(TableContract):
    """How drafted declarations are written: exactly one row, of the run's settings."""

    source = "python"
    fields = (f.text("line_ending", "How the lines of a drafted declaration end").within("crlf", "lf"),)
    grain = ("line_ending",)


class StackingRules(TableContract):
    """What a duty needs or excludes on the same line, in one window of days; the names are this project's own.

    needs: a row with duty of the programme wants a row, with or without duty, of one of those beside it. excludes: a
    row with duty of the programme yields to a row with duty of one of those beside it. A line of unknown
    origin is under the rules for every origin, those with exceptions included.
    """

    source = "python"
    fields = (
        f.text("stacking_rule", "This project's name of the rule: never CBP's"),
        f.text("kind", "Whether the duty needs what stands beside it, or yields to it").within("needs", "excludes"),
        f.programme.meaning("Programme, or family of registry.chapter99_families, that carries the duty"),
        f.texts("countries", "ISO country codes it applies to; the EU written out; ALL for every origin"),
        f.texts("countries_excepted", "Origins out of ALL that the rule leaves alone").optional(),
        f.texts("beside", "Programmes or families that it needs or yields to"),
        f.effective_from,
        f.effective_to,
        *CITED,
    )
    grain = ("stacking_rule", "effective_from", "recorded_date")


class PreferenceClaims(TableContract):
    """What a special programme indicator on a line means for one programme, in one window of days."""

    source = "python"
    fields = (
        f.text("spi_code", "Special programme indicator as filed on the line"),
        f.text("agreement", "Trade agreement that the indicator claims"),
        f.texts("countries", "ISO country codes it applies to; the EU written out; ALL for every origin"),
        f.text("claim_effect", "What the claim does to the duty of the programme").within(
            "exempts", "exempts_listed_goods", "lowers_column_1"
        ),
        f.programme.meaning("Programme, or family of registry.chapter99_families, that the claim bears on"),
        f.text("pattern", "Heading, range or template as the seed states it").meaning(
            "Headings by which the claim takes effect"
        ),
        f.effective_from,
        f.effective_to,
        *CITED,
    )
    grain = ("spi_code", "programme", "effective_from", "recorded_date")
