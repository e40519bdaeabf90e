-- The signed way from what was computed to the cash, over the refunds that count, for every payee and in all. Each
-- amount is the sum of its own evidence; that they close is claimed, not made. What cannot be compared stands apart:
-- refunds without an expected amount, without ES-022, and without REV-603.
-- Grain: waterfall_of.

with

counted as (

    select
        coalesce(payee_number, 'payee unknown') as payee_number,
        expected_principal_usd,
        expected_interest_usd,
        expected_usd,
        entry_variance_usd,
        es022_usd,
        consolidation_variance_usd,
        rev603_usd,
        diverted_usd,
        rejected_usd,
        pending_usd,
        deposited_usd,
        unexplained_usd,
        netted_offset_usd
    from payments.rev603_reconciliation
    where is_counted

),

sums as (

    select
        coalesce('payee ' || payee_number, 'all payees') as waterfall_of,
        payee_number,
        count(*) as refund_count,
        -- an expected amount enters where ES-022 states one to compare it with
        coalesce(sum(expected_principal_usd) filter (where entry_variance_usd is not null), 0)
            as expected_principal_usd,
        coalesce(sum(expected_interest_usd) filter (where entry_variance_usd is not null), 0) as expected_interest_usd,
        coalesce(sum(entry_variance_usd), 0) as entry_variance_usd,
        coalesce(sum(es022_usd) filter (where entry_variance_usd is null), 0) as not_expected_usd,
        coalesce(sum(es022_usd), 0) as es022_usd,
        coalesce(sum(consolidation_variance_usd), 0) as consolidation_variance_usd,
        coalesce(sum(rev603_usd) filter (where es022_usd is null), 0) as not_in_es022_usd,
        coalesce(sum(es022_usd) filter (where rev603_usd is null), 0) as not_in_rev603_usd,
        coalesce(sum(rev603_usd), 0) as rev603_usd,
        coalesce(sum(diverted_usd), 0) as diverted_usd,
        coalesce(sum(rejected_usd), 0) as rejected_usd,
        coalesce(sum(pending_usd), 0) as pending_usd,
        coalesce(sum(deposited_usd), 0) as deposited_usd,
        coalesce(sum(unexplained_usd), 0) as unexplained_usd,
        coalesce(sum(netted_offset_usd), 0) as netted_offset_usd,
        count(*) filter (where rev603_usd is null and es022_usd is null) as amount_unknown_count
    from counted
    group by grouping sets ((payee_number), ())

)

select
    sums.waterfall_of,
    sums.payee_number,
    cast(sums.refund_count as integer) as refund_count,
    cast(sums.expected_principal_usd as decimal(18, 2)) as expected_principal_usd,
    cast(sums.expected_interest_usd as decimal(18, 2)) as expected_interest_usd,
    cast(sums.entry_variance_usd as decimal(18, 2)) as entry_variance_usd,
    cast(sums.not_expected_usd as decimal(18, 2)) as not_expected_usd,
    cast(sums.es022_usd as decimal(18, 2)) as es022_usd,
    cast(sums.consolidation_variance_usd as decimal(18, 2)) as consolidation_variance_usd,
    cast(sums.not_in_es022_usd as decimal(18, 2)) as not_in_es022_usd,
    cast(sums.not_in_rev603_usd as decimal(18, 2)) as not_in_rev603_usd,
    cast(sums.rev603_usd as decimal(18, 2)) as rev603_usd,
    cast(sums.diverted_usd as decimal(18, 2)) as diverted_usd,
    cast(sums.rejected_usd as decimal(18, 2)) as rejected_usd,
    cast(sums.pending_usd as decimal(18, 2)) as pending_usd,
    cast(sums.deposited_usd as decimal(18, 2)) as deposited_usd,
    cast(sums.unexplained_usd as decimal(18, 2)) as unexplained_usd,
    cast(sums.netted_offset_usd as decimal(18, 2)) as netted_offset_usd,
    cast(sums.amount_unknown_count as integer) as amount_unknown_count,
    day.as_of_date
from sums
cross join registry.as_of as day
