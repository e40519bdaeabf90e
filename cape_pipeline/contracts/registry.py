"""What the tables of `registry` promise: one dated, cited rule a row.

Belongs here: the shape of the law as tables. Does not belong here: the rules themselves (`registry_seeds/`).

A row found wrong stays, with a withdrawn_date, beside the row that corrects it. `recorded_date` is therefore part of
every grain; among the rows whose withdrawn_date is unknown, no two rows of one rule share a day (the loader refuses
them), and those are the rows a query uses.
"""

from cape_pipeline.contracts import fields as f
from cape_pipeline.warehouse.contract import TableContract

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
        f.address.optional(),
        f.recorded_date,
    )
    grain = ("source",)


class IeepaHeadings(TableContract):
    """One IEEPA chapter 99 heading in one window of days (both ends inclusive, US Eastern)."""

    source = "python"
    fields = (
        f.heading,
        f.description,
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
        f.text("cbp_message", "CBP's own message when the rule fails, where one is published").optional(),
        f.text("fact_needed", "Fact the rule needs").optional(),
        f.text("where_in_ace", "Where in ACE that fact is found").optional(),
        f.effective_from,
        f.effective_to.optional(),
        *CITED,
    )
    grain = ("rule_id", "effective_from", "recorded_date")


class EntryTypes(TableContract):
    """How CAPE treats one entry type in one window of filing days."""

    source = "python"
    fields = (
        f.entry_type_code,
        f.text("entry_type_name", "Name of the type"),
        f.cape_treatment.within("accepted", "accepted_paid_on_liquidation", "rejected", "ad_cvd_rule", "unknown"),
        f.flag("recon_flag_allowed", "Whether CAPE takes it although flagged for reconciliation"),
        f.duty_deposited,
        f.effective_from,
        f.effective_to.optional(),
        *CITED,
    )
    grain = ("entry_type_code", "effective_from", "recorded_date")


class CapeMessages(TableContract):
    """One message CBP prints beside a failed entry, with what can be done about it, in one window of days."""

    source = "python"
    fields = (
        f.message,
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
        f.flag("is_default", "Whether it is used unless another is named"),
        f.text("reading", "Who reads it so, and how well it is supported"),
        *CITED,
    )
    grain = ("timing_policy", "recorded_date")


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
        f.flag("is_weekend", "Saturday or Sunday"),
        f.holiday_name.meaning("Federal holiday observed on it").optional(),
        f.flag("is_business_day", "Neither a weekend nor a federal holiday"),
        f.whole("working_day_of_month", "Which working day of its month it is", at_least=1).optional(),
        f.day("next_business_day", "First business day after it; unknown at the end of the calendar").optional(),
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


class OriginAliases(TableContract):
    """One origin code that reports print for a country known under another code (Canadian provinces and the like)."""

    source = "python"
    fields = (
        f.text("origin_alias", "Code as reports print it"),
        f.text("country_code", "ISO country code it stands for"),
        *CITED,
    )
    grain = ("origin_alias", "recorded_date")
