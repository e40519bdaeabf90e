"""The tables of a packet: for each a SELECT over all declarations, the order of its rows, and what its columns mean.

Belongs here: which rows are quoted for a declaration. Does not belong here: their text as CSV (`csv_text.py`), and what
is no table (`readme.py`, `page.py`, `declaration_file.py`).

Every SELECT begins with declaration_id and joins packet_declarations, or packet_entries: declaration_id, entry_number
and row_number of the entries on them. A row about another entry than those of the declaration is never quoted.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

from cape_pipeline.contracts import CONTRACTS

#: Those whose packets are written: drafts first, then by the amount at stake.
DECLARATIONS = """
select declaration_id
from refunds.declarations
where $only is null or declaration_id = $only
order by status = 'drafted' desc, declared_principal_usd desc nulls last, declaration_id
limit $most
"""
ENTRIES = """
select members.declaration_id, members.entry_number, members.row_number, members.claim_outcome,
    eligibility.importer_number, eligibility.importer_key
from packet_declarations as packets
join refunds.declaration_entries as members on packets.declaration_id = members.declaration_id
left join entries.eligibility as eligibility on members.entry_number = eligibility.entry_number
"""


@dataclass(frozen=True, slots=True, eq=False)
class Member:
    """One table of the packet.

    `order` sorts the rows of one declaration; `tables` are asked, in turn, for the meaning of a column that `meanings`
    does not tell; `shown` are the columns of the printed page, none where the page has no such section.
    """

    name: str
    title: str
    select: str
    order: str
    tables: tuple[str, ...]
    meanings: Mapping[str, str] = field(default_factory=dict)
    shown: tuple[str, ...] = ()

    def meaning(self, column: str) -> str:
        """What a column says.

        Raises:
            KeyError: nobody says it.
        """
        if column in self.meanings:
            return self.meanings[column]
        for table_id in self.tables:
            for found in CONTRACTS[table_id].fields:
                if found.name == column:
                    return found.description
        raise KeyError(f"{self.name}: {column}")


OF_LOAD = {
    "sha256": "sha256 of the received file that holds the row; see inputs.csv",
    "file_name": "Name of that file",
    "source_row": "Row in that file, counted from 1 as a spreadsheet shows it",
}
OF_SOURCE = {
    "source_title": "Title of the document behind it",
    "source_reference": "Number of that document: CSMS, Federal Register, executive order, or the like",
    "source_address": "Where the document can be read",
}

ENTRIES_CSV = Member(
    "entries.csv",
    "Entry summaries on the declaration",
    """
with splits as (
    select rows.entry_number, list_sort(list(distinct rows.split_basis)) as split_bases,
        list_sort(list(distinct rows.split_confidence)) as split_confidences
    from lines.duty_splits as rows
    group by rows.entry_number
),
walks as (
    select accruals.entry_number,
        list_sort(list(distinct cast(accruals.deposit_date as varchar))
            filter (where accruals.deposit_date is not null)) as deposit_dates,
        list_sort(list(distinct accruals.deposit_date_basis)
            filter (where accruals.deposit_date_basis is not null)) as deposit_date_bases,
        max(accruals.accrual_end_date) as accrual_end_date, max(accruals.accrual_end_basis) as accrual_end_basis,
        max(accruals.interest_unknown_reason) as interest_unknown_reason
    from refunds.interest_accruals as accruals
    group by accruals.entry_number
)
select members.declaration_id, members.row_number, members.entry_number, members.claim_outcome,
    eligibility.importer_number, importers.importer_name, eligibility.filer_code, eligibility.entry_type_code,
    eligibility.entry_date, eligibility.cape_status, eligibility.recommended_path, eligibility.path_reason,
    eligibility.blocking_rules, eligibility.unverified_facts, eligibility.data_complete, baselines.baseline_basis,
    baselines.version_ordinal as baseline_version_ordinal, baselines.report_run_date as baseline_run_date,
    splits.split_bases, splits.split_confidences, amounts.programmes, amounts.anomaly_codes, amounts.paid_duty_usd,
    amounts.ieepa_low_usd, amounts.ieepa_high_usd, amounts.rests_on_assumption_usd, facts.prior_refund_usd,
    facts.duty_deposited, eligibility.refund_principal_usd, eligibility.refund_principal_high_usd,
    walks.deposit_dates, walks.deposit_date_bases, walks.accrual_end_date, walks.accrual_end_basis,
    interest.interest_usd, interest.interest_low_usd, interest.interest_high_usd, walks.interest_unknown_reason,
    eligibility.liquidation_status, eligibility.liquidation_date, eligibility.cape_deadline_date,
    eligibility.reliquidation_deadline_date, eligibility.protest_deadline_date, eligibility.court_deadline_date,
    eligibility.court_deadline_conservative_date, eligibility.protective_action, eligibility.protective_deadline_date,
    candidates.undrafted_reason, candidates.attestations, eligibility.claim_number, eligibility.accepted_date,
    eligibility.accepted_date_basis, eligibility.payee_number, payees.payee_basis, eligibility.refund_number,
    eligibility.refunded_principal_usd, eligibility.refunded_interest_usd, eligibility.open_principal_usd,
    eligibility.registry_version
from packet_entries as members
left join entries.eligibility as eligibility on members.entry_number = eligibility.entry_number
left join entries.case_facts as facts on members.entry_number = facts.entry_number
left join entries.entry_payees as payees on members.entry_number = payees.entry_number
left join lines.entry_baselines as baselines on members.entry_number = baselines.entry_number
left join lines.entry_amounts as amounts on members.entry_number = amounts.entry_number
left join splits on members.entry_number = splits.entry_number
left join refunds.entry_interest as interest on members.entry_number = interest.entry_number
left join walks on members.entry_number = walks.entry_number
left join refunds.filing_candidates as candidates on members.entry_number = candidates.entry_number
left join ace.current_importers as importers on eligibility.importer_key = importers.importer_key
""",
    "row_number",
    (
        "refunds.declaration_entries",
        "entries.eligibility",
        "entries.case_facts",
        "lines.entry_baselines",
        "lines.entry_amounts",
        "refunds.entry_interest",
        "refunds.interest_accruals",
        "refunds.filing_candidates",
        "ace.current_importers",
    ),
    {
        "claim_outcome": "What CBP decided on the entry on this declaration; unknown on a draft",
        "baseline_version_ordinal": "Version of the entry summary whose rows count; see versions.csv",
        "baseline_run_date": "Run date of the report that version is from",
        "split_bases": "How its lines were split: from filed rows, netted, as a range, or derived from rates",
        "split_confidences": "How sure the splits of its lines are",
        "deposit_dates": "Days its interest starts on",
        "deposit_date_bases": "Where those days come from",
    },
    (
        "row_number",
        "entry_number",
        "importer_number",
        "entry_date",
        "cape_status",
        "recommended_path",
        "refund_principal_usd",
        "refund_principal_high_usd",
        "interest_usd",
        "claim_outcome",
        "refund_number",
        "refunded_principal_usd",
        "open_principal_usd",
    ),
)

VERSIONS_CSV = Member(
    "versions.csv",
    "Versions of the entry summaries as received",
    """
with files as (
    select versions.entry_number, versions.version_ordinal,
        list(loads.file_name order by loads.load_number) as file_names,
        list(loads.load_id order by loads.load_number) as sha256s
    from ace.entry_version_loads as versions
    join ace.loads as loads on versions.load_id = loads.load_id
    group by all
)
select members.declaration_id, versions.entry_number, versions.version_ordinal, versions.report_run_date,
    coalesce(versions.version_ordinal = baselines.version_ordinal, false) as is_baseline, baselines.baseline_basis,
    versions.line_count, versions.tariff_row_count, versions.quarantined_row_count, versions.filed_duty_usd,
    versions.ieepa_heading_duty_usd, versions.is_partial, versions.has_lost_ieepa_duty, versions.liquidation_status,
    versions.liquidation_date, versions.psc_indicator, versions.latest_psc_filed_date, files.file_names, files.sha256s
from packet_entries as members
join ace.entry_versions as versions on members.entry_number = versions.entry_number
left join lines.entry_baselines as baselines on members.entry_number = baselines.entry_number
left join files
    on versions.entry_number = files.entry_number and versions.version_ordinal = files.version_ordinal
""",
    "entry_number, version_ordinal",
    ("ace.entry_versions", "lines.entry_baselines"),
    {
        "is_baseline": "Whether it is the version whose rows count",
        "file_names": "Received files it is made of",
        "sha256s": "sha256 of those files, in the same order",
    },
)

ROWS_CSV = Member(
    "rows.csv",
    "Filed tariff rows, and what each contributed",
    """
with quoted as (
    select rows.entry_number, rows.line_number, rows.tariff_ordinal, 'tariff_row' as row_kind, rows.hts_number,
        rows.heading, rows.country_of_origin, rows.entry_date, rows.law_date, rows.goods_value_usd,
        rows.line_value_usd, rows.duty_usd, parts.programme, parts.duty_bucket, parts.rate_kind, parts.registry_rate,
        parts.floor_rate, parts.effective_from, parts.effective_to, parts.authority, parts.rule_source,
        parts.rule_locator, parts.rule_title, parts.ieepa_low_usd, parts.ieepa_high_usd, parts.contribution_reason,
        parts.anomaly_codes, rows.load_id, rows.source_row
    from lines.classified_lines as rows
    join lines.row_contributions as parts
        on rows.entry_number = parts.entry_number
       and rows.line_number = parts.line_number
       and rows.tariff_ordinal = parts.tariff_ordinal

    union all by name

    select listed.entry_number, listed.line_number, 'broker_line' as row_kind, listed.hts_number,
        listed.country_of_origin, listed.entry_date, listed.goods_value_usd,
        listed.goods_value_usd as line_value_usd, splits.paid_duty_usd as duty_usd,
        array_to_string(splits.programmes, ' ') as programme, splits.ieepa_low_usd, splits.ieepa_high_usd,
        'known from a list of lines only: the stated duty is split by the rates of the registry'
            as contribution_reason,
        splits.anomaly_codes, listed.load_id, listed.source_row
    from ace.current_broker_lines as listed
    join lines.rate_derived_splits as splits
        on listed.entry_number = splits.entry_number and listed.line_number = splits.line_number
)
select members.declaration_id, quoted.entry_number, quoted.line_number, quoted.tariff_ordinal, quoted.row_kind,
    quoted.hts_number, quoted.heading, quoted.country_of_origin, quoted.entry_date, quoted.law_date,
    quoted.goods_value_usd, quoted.line_value_usd, quoted.duty_usd, quoted.programme, quoted.duty_bucket,
    quoted.rate_kind, quoted.registry_rate, quoted.floor_rate, quoted.effective_from, quoted.effective_to,
    quoted.authority, quoted.rule_source, quoted.rule_locator, quoted.ieepa_low_usd, quoted.ieepa_high_usd,
    quoted.contribution_reason, quoted.anomaly_codes, splits.split_basis, splits.split_confidence,
    splits.rests_on_assumption, loads.file_name, loads.load_id as sha256, quoted.source_row, loads.report_run_date
from packet_entries as members
join quoted on members.entry_number = quoted.entry_number
left join lines.duty_splits as splits
    on quoted.entry_number = splits.entry_number and quoted.line_number = splits.line_number
left join ace.loads as loads on quoted.load_id = loads.load_id
""",
    "entry_number, line_number, tariff_ordinal",
    ("lines.row_contributions", "lines.classified_lines", "lines.duty_splits", "ace.loads"),
    {
        **OF_LOAD,
        "row_kind": "tariff_row: a row of ES-003; broker_line: a line of a list without chapter 99 rows",
        "ieepa_low_usd": "Its part of the certain IEEPA duty; unknown where the duty is blank",
        "ieepa_high_usd": "Its part of the most the IEEPA duty can be",
    },
    (
        "entry_number",
        "line_number",
        "tariff_ordinal",
        "hts_number",
        "duty_usd",
        "ieepa_low_usd",
        "ieepa_high_usd",
        "contribution_reason",
        "file_name",
        "source_row",
    ),
)

RULES_CSV = Member(
    "rules.csv",
    "Rules of who may be on a declaration, and their outcome",
    """
select members.declaration_id, findings.entry_number, findings.rule_id, findings.outcome, findings.message,
    findings.effective_from, findings.effective_to, findings.source, findings.locator, sources.title as source_title,
    sources.address as source_address
from packet_entries as members
join entries.eligibility_findings as findings on members.entry_number = findings.entry_number
left join registry.sources as sources on findings.source = sources.source
""",
    "entry_number, rule_id",
    ("entries.eligibility_findings",),
    OF_SOURCE,
)

LAW_CSV = Member(
    "law.csv",
    "Heading windows and interest rates that were used",
    """
with headings as (
    select members.declaration_id, parts.heading, parts.programme, parts.rate_kind, parts.registry_rate as rate,
        parts.floor_rate, parts.effective_from, parts.effective_to, parts.authority, parts.rule_source as source,
        parts.rule_locator as locator, count(*) as used_count,
        if(count(*) = count(parts.ieepa_low_usd), sum(parts.ieepa_low_usd), null) as ieepa_low_usd
    from packet_entries as members
    join lines.row_contributions as parts on members.entry_number = parts.entry_number
    where parts.rule_source is not null
    group by all
),
published as (
    select quarter_start, quarter_end, underpayment_rate, overpayment_corporate_rate, overpayment_noncorporate_rate,
        source, locator
    from registry.interest_rates
    where withdrawn_date is null
),
quarters as (
    select members.declaration_id, segments.quarter_start, segments.annual_rate, accruals.rate_class,
        segments.is_rate_carried_forward, count(*) as used_count
    from packet_entries as members
    join refunds.interest_segments as segments on members.entry_number = segments.entry_number
    join refunds.interest_accruals as accruals
        on segments.entry_number = accruals.entry_number and segments.deposit_sequence = accruals.deposit_sequence
    group by all
)
select found.declaration_id, found.law_kind, found.heading, found.programme, found.rate_kind, found.rate,
    found.floor_rate, found.rate_class, found.effective_from, found.effective_to, found.authority, found.source,
    found.locator, sources.title as source_title, sources.reference as source_reference,
    sources.address as source_address, cast(found.used_count as integer) as used_count,
    cast(found.ieepa_low_usd as decimal(18, 2)) as ieepa_low_usd
from (
    select declaration_id, 'heading' as law_kind, heading, programme, rate_kind, rate, floor_rate, effective_from,
        effective_to, authority, source, locator, used_count, ieepa_low_usd
    from headings

    union all by name

    select quarters.declaration_id,
        if(quarters.is_rate_carried_forward, 'interest_rate_carried_forward', 'interest_rate') as law_kind,
        quarters.annual_rate as rate, quarters.rate_class, quarters.quarter_start as effective_from,
        cast(quarters.quarter_start + interval 3 month - interval 1 day as date) as effective_to,
        published.source, published.locator, quarters.used_count
    from quarters
    left join published
        on published.quarter_start = (
            select max(known.quarter_start) from published as known where known.quarter_start <= quarters.quarter_start
        )
) as found
left join registry.sources as sources on found.source = sources.source
""",
    "law_kind, heading, effective_from, rate_class, rate, programme, locator",
    ("lines.row_contributions", "refunds.interest_accruals", "registry.ieepa_headings"),
    {
        **OF_SOURCE,
        "law_kind": "heading: a window of a tariff heading; interest_rate: the rate of a calendar quarter",
        "rate": "Added rate of the heading, or annual rate of interest, as a fraction",
        "floor_rate": "All-in rate of a heading that replaces column 1",
        "source": "Key of the source in the registry",
        "locator": "Where in the source a reader puts a finger",
        "used_count": "Tariff rows it decided, or deposits and quarters it was used for",
        "ieepa_low_usd": "Certain IEEPA duty of the rows under the heading; unknown where one of them states no duty",
    },
    ("law_kind", "heading", "programme", "rate", "effective_from", "effective_to", "source_title", "locator"),
)

POLICIES_CSV = Member(
    "policies.csv",
    "Readings in force where guides and facts differ",
    """
select packets.declaration_id, policies.policy_point, policies.policy, policies.policy_value, policies.is_default,
    policies.reading, policies.source, policies.locator, sources.title as source_title,
    sources.address as source_address
from packet_declarations as packets
cross join registry.policies as policies
left join registry.chosen_policies as chosen on policies.policy_point = chosen.policy_point
left join registry.sources as sources on policies.source = sources.source
where policies.withdrawn_date is null
  and if(chosen.policy is null, policies.is_default, policies.policy = chosen.policy)
""",
    "policy_point, policy",
    ("registry.policies",),
    OF_SOURCE,
    ("policy_point", "policy", "policy_value", "is_default", "reading"),
)

ASSUMPTIONS_CSV = Member(
    "assumptions.csv",
    "Assumptions that amounts rest on",
    """
with resting as (
    select members.declaration_id, splits.rests_on_assumption as assumption_id,
        count(distinct splits.entry_number) as entry_count, count(*) as line_count,
        sum(splits.ieepa_low_usd) as rests_on_assumption_usd
    from packet_entries as members
    join lines.duty_splits as splits on members.entry_number = splits.entry_number
    where splits.rests_on_assumption is not null
    group by all
)
select resting.declaration_id, resting.assumption_id, cast(resting.entry_count as integer) as entry_count,
    cast(resting.line_count as integer) as line_count,
    cast(resting.rests_on_assumption_usd as decimal(18, 2)) as rests_on_assumption_usd, assumptions.statement,
    assumptions.default_reading, assumptions.other_reading, assumptions.source, assumptions.locator,
    sources.title as source_title, sources.address as source_address
from resting
left join registry.assumptions as assumptions
    on resting.assumption_id = assumptions.assumption_id and assumptions.withdrawn_date is null
left join registry.sources as sources on assumptions.source = sources.source
""",
    "assumption_id, locator",
    ("registry.assumptions", "lines.entry_amounts", "refunds.declarations"),
    {
        **OF_SOURCE,
        "entry_count": "Entries of the declaration with a line that rests on it",
        "line_count": "Lines that rest on it",
        "rests_on_assumption_usd": "Certain IEEPA duty of those lines",
    },
    ("assumption_id", "rests_on_assumption_usd", "line_count", "statement", "default_reading", "other_reading"),
)

INTEREST_CSV = Member(
    "interest.csv",
    "The walk of the interest by calendar quarter",
    """
select members.declaration_id, accruals.entry_number, accruals.deposit_sequence, accruals.principal_usd,
    accruals.deposit_date, accruals.deposit_date_basis, accruals.deposit_earliest_date, accruals.deposit_latest_date,
    accruals.interest_start_rule, accruals.accrual_end_date, accruals.accrual_end_basis, accruals.accrual_end_reason,
    accruals.rate_class, accruals.is_rate_class_stated, accruals.accrual_days, segments.quarter_start, segments.days,
    segments.annual_rate, segments.opening_usd as quarter_opening_usd, segments.interest_usd as quarter_interest_usd,
    segments.closing_usd as quarter_closing_usd, segments.is_rate_carried_forward, accruals.interest_usd,
    accruals.interest_low_usd, accruals.interest_high_usd, accruals.interest_unknown_reason
from packet_entries as members
join refunds.interest_accruals as accruals on members.entry_number = accruals.entry_number
left join refunds.interest_segments as segments
    on accruals.entry_number = segments.entry_number and accruals.deposit_sequence = segments.deposit_sequence
""",
    "entry_number, deposit_sequence, quarter_start",
    ("refunds.interest_accruals", "refunds.interest_segments"),
    {
        "quarter_opening_usd": "Principal and interest before the quarter, unrounded",
        "quarter_interest_usd": "Interest of the quarter, unrounded",
        "quarter_closing_usd": "Principal and interest after the quarter, unrounded",
        "interest_usd": "Interest of the whole deposit, on each of its quarters alike; unknown with a reason",
    },
    (
        "entry_number",
        "principal_usd",
        "deposit_date",
        "accrual_end_date",
        "rate_class",
        "quarter_start",
        "days",
        "annual_rate",
        "quarter_interest_usd",
        "interest_usd",
    ),
)

FACTS_CSV = Member(
    "facts.csv",
    "Facts that rest on the user's word, and the amounts that rest on them",
    """
select members.declaration_id, facts.entry_number, facts.stated_in, facts.fact_name, facts.fact_value,
    facts.relied_on_for, facts.fact_effect, facts.relying_principal_usd, facts.relying_interest_usd,
    facts.is_contradicted, facts.recorded_on, facts.recorded_by, facts.evidence, facts.file_name,
    facts.load_id as sha256, facts.source_row
from packet_entries as members
join reports.user_fact_reliance as facts on members.entry_number = facts.entry_number
""",
    "relied_on_for = 'nothing', entry_number, stated_in, fact_name, relied_on_for, sha256, source_row",
    ("reports.user_fact_reliance",),
    OF_LOAD,
    (
        "entry_number",
        "stated_in",
        "fact_name",
        "fact_value",
        "relied_on_for",
        "relying_principal_usd",
        "relying_interest_usd",
        "recorded_on",
        "recorded_by",
        "evidence",
    ),
)

RESULTS_CSV = Member(
    "results.csv",
    "What CBP answered for each entry",
    """
with newest as (
    select details.entry_number, coalesce(details.claim_number, 'unknown') as claim_number, details.load_id,
        details.source_row
    from ace.cape_claim_details as details
    join ace.readable_loads as loads on details.load_id = loads.load_id
    qualify row_number() over (
        partition by details.entry_number, coalesce(details.claim_number, 'unknown')
        order by loads.report_run_date desc nulls last, loads.load_number desc, details.claim_entry_status
    ) = 1
)
select members.declaration_id, members.entry_number, outcomes.claim_number, members.claim_outcome,
    outcomes.claim_entry_status, outcomes.error_description, outcomes.claim_status, outcomes.filed_date,
    outcomes.accepted_date, outcomes.accepted_date_basis, outcomes.claim_details_run_date,
    resubmissions.meaning, resubmissions.remedy, resubmissions.resubmission_state, resubmissions.first_step,
    loads.file_name, loads.load_id as sha256, newest.source_row
from packet_entries as members
join ace.claim_outcomes as outcomes
    on members.entry_number = outcomes.entry_number and members.declaration_id = outcomes.claim_number
left join newest on outcomes.entry_number = newest.entry_number and outcomes.claim_number = newest.claim_number
left join ace.loads as loads on newest.load_id = loads.load_id
left join refunds.resubmissions as resubmissions
    on outcomes.entry_number = resubmissions.entry_number and outcomes.claim_number = resubmissions.claim_number
""",
    "entry_number",
    ("ace.claim_outcomes", "refunds.resubmissions"),
    {**OF_LOAD, "claim_outcome": "What CBP decided, as of the day; unknown where it has not, or its word is not known"},
    ("entry_number", "claim_outcome", "claim_entry_status", "error_description", "accepted_date", "file_name"),
)

REFUNDS_CSV = Member(
    "refunds.csv",
    "Refunds and payments of the entries",
    """
with importers_of_packets as (
    select declaration_id, list(distinct importer_key) as importer_keys
    from packet_entries
    group by declaration_id
),
importers_of_refunds as (
    select refunded.refund_number, list(distinct eligibility.importer_key) as importer_keys,
        bool_or(eligibility.importer_key is null) as has_unknown_importer
    from entries.refunded_entries as refunded
    left join entries.eligibility as eligibility on refunded.entry_number = eligibility.entry_number
    group by refunded.refund_number
)
select members.declaration_id, paid.entry_number, paid.refund_number, paid.claim_number, paid.payee_number,
    paid.liquidation_date, paid.expected_principal_usd, paid.expected_interest_usd, paid.cbp_principal_usd,
    paid.cbp_interest_usd, paid.principal_variance_usd, paid.interest_variance_usd, paid.interest_variance_days,
    paid.late_interest_usd, paid.cause, paid.is_material, loads.file_name, loads.load_id as sha256, paid.source_row,
    refunds.match_status, refunds.refund_date, refunds.refund_status, refunds.refund_secondary_status,
    refunds.trace_number, refunds.bank_value_date, refunds.entry_count as refund_entry_count,
    if(is_its_own, refunds.rev603_usd, null) as rev603_usd,
    if(is_its_own, refunds.deposited_usd, null) as deposited_usd,
    if(is_its_own, refunds.diverted_usd, null) as diverted_usd,
    if(is_its_own, refunds.rejected_usd, null) as rejected_usd,
    if(is_its_own, refunds.unexplained_usd, null) as unexplained_usd,
    case
        when paid.refund_number is null then 'in no refund yet'
        when not is_its_own then 'the refund also pays entries of other importers, or of one that is not known'
    end as refund_withheld_reason
from (
    select members.declaration_id, members.entry_number, payers.refund_number,
        not coalesce(payers.has_unknown_importer, true) and list_has_all(own.importer_keys, payers.importer_keys)
            as is_its_own
    from packet_entries as members
    join importers_of_packets as own on members.declaration_id = own.declaration_id
    join payments.entry_refunds as rows on members.entry_number = rows.entry_number
    left join importers_of_refunds as payers on rows.refund_number = payers.refund_number
) as members
join payments.entry_refunds as paid
    on members.entry_number = paid.entry_number and members.refund_number is not distinct from paid.refund_number
left join payments.rev603_reconciliation as refunds on paid.refund_number = refunds.refund_number
left join ace.loads as loads on paid.source_load_id = loads.load_id
""",
    "entry_number, refund_number",
    ("payments.entry_refunds", "payments.rev603_reconciliation"),
    {
        **OF_LOAD,
        "refund_entry_count": "Entries the refund pays, those of other declarations included",
        "rev603_usd": "Total of the refund in REV-603; see refund_withheld_reason where it is not quoted",
        "refund_withheld_reason": "Why the amounts of the refund as a whole are not quoted",
    },
    (
        "entry_number",
        "refund_number",
        "refund_date",
        "expected_principal_usd",
        "cbp_principal_usd",
        "expected_interest_usd",
        "cbp_interest_usd",
        "match_status",
        "bank_value_date",
        "cause",
    ),
)

SET_ASIDE_CSV = Member(
    "set_aside.csv",
    "Received rows of the entries that could not be used",
    """
select members.declaration_id, aside.entry_number, aside.report_code, aside.column_name, aside.reason_code,
    aside.raw_value, aside.detail, loads.file_name, loads.load_id as sha256, aside.source_row
from packet_entries as members
join ace.quarantine as aside on members.entry_number = aside.entry_number
join ace.readable_loads as readable on aside.load_id = readable.load_id
join ace.loads as loads on aside.load_id = loads.load_id
""",
    "entry_number, sha256, source_row, column_name",
    ("ace.quarantine",),
    OF_LOAD,
    ("entry_number", "report_code", "column_name", "reason_code", "raw_value", "file_name", "source_row"),
)


def _rows_by_entry() -> str:
    """For every received table that names entries: the loads that hold rows of those of a packet."""
    tables = [
        contract.table_id()
        for contract in CONTRACTS.values()
        if contract.source == "received" and {"load_id", "entry_number"} <= set(contract.column_names())
    ]
    return "\n    union all\n".join(
        f"    select members.declaration_id, rows.load_id, rows.source_row, '{table_id}' as found_in"  # noqa: S608
        f" from packet_entries as members join {table_id} as rows on members.entry_number = rows.entry_number"
        for table_id in tables
    )


INPUTS = """
with by_entry as (
BY_ENTRY
),
importers_of_packets as (
    select distinct declaration_id, importer_key from packet_entries where importer_key is not null
),
refunds_of_packets as (
    select distinct members.declaration_id, unnest([refunded.refund_number, refunded.reported_refund_number])
        as refund_number
    from packet_entries as members
    join entries.refunded_entries as refunded on members.entry_number = refunded.entry_number
),
by_other_keys as (
    select owners.declaration_id, rows.load_id, rows.source_row, 'ace.importers' as found_in
    from importers_of_packets as owners
    join ace.importers as rows on owners.importer_key = rows.importer_key
    union all
    select owners.declaration_id, rows.load_id, rows.source_row, 'ace.payees' as found_in
    from importers_of_packets as owners
    join ace.payees as rows on owners.importer_key = rows.importer_key
    union all
    select packets.declaration_id, rows.load_id, rows.source_row, 'ace.attestations' as found_in
    from packet_declarations as packets
    join ace.attestations as rows
        on rows.entry_number is null
       and (rows.importer_key is null or exists (
            select 1 from importers_of_packets as owners
            where owners.declaration_id = packets.declaration_id and owners.importer_key = rows.importer_key
        ))
    union all
    select owners.declaration_id, rows.load_id, rows.source_row, 'ace.rev603_refunds' as found_in
    from refunds_of_packets as owners
    join ace.rev603_refunds as rows on owners.refund_number = rows.refund_number
    union all
    select owners.declaration_id, rows.load_id, rows.source_row, 'ace.rev613_rejected_refunds' as found_in
    from refunds_of_packets as owners
    join ace.rev613_rejected_refunds as rows on owners.refund_number = rows.refund_number
    union all
    select owners.declaration_id, rows.load_id, rows.source_row, 'ace.bills' as found_in
    from refunds_of_packets as owners
    join ace.bills as rows on owners.refund_number = rows.refund_number
    union all
    select owners.declaration_id, rows.load_id, rows.source_row, 'ace.bank_deposits' as found_in
    from (select credit_key, load_id, source_row, unnest(refund_numbers) as refund_number from payments.bank_credits)
        as rows
    join refunds_of_packets as owners on rows.refund_number = owners.refund_number
    union all
    select filed.declaration_id, rows.load_id, rows.source_row, 'ace.declarations' as found_in
    from packet_declarations as packets
    join refunds.filed_declarations as filed on packets.declaration_id = filed.declaration_id
    join ace.declarations as rows
        on filed.claim_number = rows.claim_number
        or (rows.claim_number is null and filed.file_name = rows.file_name)
    union all
    select filed.declaration_id, rows.load_id, rows.source_row, 'ace.uploaded_declarations' as found_in
    from packet_declarations as packets
    join refunds.filed_declarations as filed on packets.declaration_id = filed.declaration_id
    join ace.uploaded_declarations as rows on filed.file_sha256 = rows.load_id
),
used as (
    select declaration_id, load_id, list_sort(list(distinct found_in)) as found_in,
        count(distinct source_row) as rows_concerned
    from (select * from by_entry union all select * from by_other_keys)
    group by declaration_id, load_id
),
dated as (
    select distinct used.declaration_id, rows.load_id
    from used
    join ace.loads as loads on used.load_id = loads.load_id and loads.report_run_date_basis = 'loads_file'
    join ace.load_run_dates as rows on loads.file_name = rows.file_name
)
select found.declaration_id, loads.load_id as sha256, loads.file_name, loads.report_code, loads.report_run_date,
    loads.report_run_date_basis, cast(found.rows_concerned as integer) as rows_concerned, found.found_in,
    loads.rows_read, loads.rows_loaded, loads.rows_quarantined, loads.rows_skipped, loads.control_total_usd,
    case
        when loads.is_raw_kept is null then 'not known whether raw input is retained'
        when loads.is_raw_kept then 'retained'
        else 'raw input not retained'
    end as raw_input
from (
    select declaration_id, load_id, rows_concerned, found_in from used
    union all
    select dated.declaration_id, dated.load_id, null as rows_concerned, ['ace.load_run_dates'] as found_in
    from dated
    where (dated.declaration_id, dated.load_id) not in (select (declaration_id, load_id) from used)
) as found
join ace.readable_loads as readable on found.load_id = readable.load_id
join ace.loads as loads on found.load_id = loads.load_id
""".replace("BY_ENTRY", _rows_by_entry())

INPUTS_CSV = Member(
    "inputs.csv",
    "Received files that hold rows behind this declaration",
    INPUTS,
    "report_code, file_name, sha256",
    ("ace.loads",),
    {
        "sha256": "sha256 of the received file",
        "rows_concerned": "Rows of it that concern entries, importers, refunds or the claim of this declaration",
        "found_in": "Tables of the warehouse those rows stand in",
        "raw_input": "Whether the file itself is kept in the archive beside the warehouse",
    },
    ("file_name", "report_code", "report_run_date", "rows_concerned", "rows_loaded", "raw_input", "sha256"),
)

MEMBERS = (
    ASSUMPTIONS_CSV,
    ENTRIES_CSV,
    FACTS_CSV,
    INPUTS_CSV,
    INTEREST_CSV,
    LAW_CSV,
    POLICIES_CSV,
    REFUNDS_CSV,
    RESULTS_CSV,
    ROWS_CSV,
    RULES_CSV,
    SET_ASIDE_CSV,
    VERSIONS_CSV,
)
