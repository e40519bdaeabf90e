-- What this report does not know, and where it would come from.
with told as (
    select
        1 as told_order,
        'entries whose principal is unknown: no ES-003 from before CAPE removed the duty holds them' as what_is_unknown,
        count(*) filter (where refund_principal_usd is null) as how_many,
        null::decimal(18, 2) as amount_usd,
        'load an older ES-003 that holds the entries' as where_from
    from entries.eligibility
    union all
    select
        2,
        'entries whose principal is a range: IEEPA or not is undecided for the part above the certain one',
        count(*) filter (where refund_principal_high_usd > refund_principal_usd),
        sum(refund_principal_high_usd - refund_principal_usd) filter (where refund_principal_high_usd > refund_principal_usd),
        'state column_1_rate in entry_facts.csv, or add Column 1 Current Primary Duty Rate to ES-003'
    from entries.eligibility
    union all
    select
        3,
        'entries with interest that cannot be computed yet',
        count(*) filter (where interest.interest_usd is null),
        null,
        'see the reasons under Interest'
    from entries.eligibility as eligibility
    left join refunds.entry_interest as interest on eligibility.entry_number = interest.entry_number
    where coalesce(eligibility.refund_principal_usd, 1) > 0
    union all
    select
        4,
        'entries in manual review: a deciding fact is in no report',
        count(*) filter (where recommended_path = 'manual_review'),
        sum(open_principal_usd) filter (where recommended_path = 'manual_review'),
        'cape explain ENTRY names the fact'
    from entries.eligibility
    union all
    select
        5,
        'entries with facts that nobody has stated or vouched for',
        count(*) filter (where len(unverified_facts) > 0),
        sum(open_principal_usd) filter (where len(unverified_facts) > 0),
        'state them in entry_facts.csv, or vouch for them (cape run --attest)'
    from entries.eligibility
    union all
    select
        6,
        'entries whose liquidation status is more than 30 days old',
        count(*) filter (where status_age_days > 30),
        sum(open_principal_usd) filter (where status_age_days > 30),
        'run ES-003 again'
    from entries.eligibility
    union all
    select
        7,
        'payments whose day cannot be foreseen',
        count(*) filter (where payment_to_date is null),
        sum(total_usd) filter (where payment_to_date is null),
        'the reason stands in the batch'
    from refunds.refund_batches
    where len(refund_numbers) = 0
    union all
    select
        8,
        'payments whose payee is in doubt',
        count(*) filter (where is_payee_ambiguous),
        sum(total_usd) filter (where is_payee_ambiguous),
        'ES-022 decides once CBP issues the refund; payees.csv tells the designation'
    from refunds.refund_batches
    where len(refund_numbers) = 0
    union all
    select
        9,
        'files that state no run date',
        undated_load_count,
        null,
        'say it in loads.csv'
    from reports.position
    union all
    select
        10,
        'received rows that could not be used',
        quarantined_row_count,
        null,
        'see Exceptions and quarantine'
    from reports.position
    union all
    select
        11,
        'months of an importer that the exports may not cover',
        count(*) filter (where coverage_finding in ('no_entries', 'sudden_drop', 'too_many_quarantined')),
        null,
        'see Coverage'
    from ace.coverage
    union all
    select
        12,
        'entries dated after the day: counted, and in no sum',
        later_entry_count,
        null,
        'they are in a report of their own day'
    from reports.position
)
select what_is_unknown, how_many, amount_usd, where_from
from told
where how_many > 0
order by told_order
