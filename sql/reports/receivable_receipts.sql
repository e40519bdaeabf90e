-- What came in for every entry in every refund as of the day: the refund's cash at the bank, and what a bill shows as
-- diverted, in proportion to the principal and interest CBP states for its entries, whole cents by the largest
-- remainder. Cash of a refund whose amounts by entry are not all known stays with no entry.
-- Grain: entry_number, refund_number.

with

refunds as (

    select
        refund_number,
        cast(deposited_usd * 100 as hugeint) as deposited_cents,
        cast(diverted_usd * 100 as hugeint) as diverted_cents,
        bank_value_date
    from payments.rev603_reconciliation
    where refund_number is not null
      and (deposited_usd <> 0 or diverted_usd <> 0)

),

parts as (

    select
        entry_number,
        refund_number,
        'principal' as part,
        cast(cbp_principal_usd * 100 as hugeint) as part_cents
    from payments.entry_refunds
    where refund_number is not null

    union all

    select
        entry_number,
        refund_number,
        'interest' as part,
        cast(cbp_interest_usd * 100 as hugeint) as part_cents
    from payments.entry_refunds
    where refund_number is not null

),

totals as (

    select
        refund_number,
        sum(part_cents) as total_cents
    from parts
    group by refund_number
    having count(*) = count(part_cents)
       and min(part_cents) >= 0
       and sum(part_cents) > 0

),

-- nearly every refund comes in as CBP states it: then each part gets its own cents, and nothing is left to share out
told_parts as (

    select
        parts.entry_number,
        parts.refund_number,
        parts.part,
        parts.part_cents,
        totals.total_cents,
        refunds.deposited_cents,
        refunds.diverted_cents,
        refunds.bank_value_date,
        coalesce(refunds.deposited_cents = totals.total_cents and refunds.diverted_cents = 0, false) as is_as_stated
    from parts
    join refunds
        on parts.refund_number = refunds.refund_number
    join totals
        on parts.refund_number = totals.refund_number

),

shares as (

    select
        entry_number,
        refund_number,
        part,
        deposited_cents,
        diverted_cents,
        bank_value_date,
        abs(deposited_cents) * part_cents // total_cents as deposited_share,
        abs(deposited_cents) * part_cents % total_cents as deposited_remainder,
        abs(diverted_cents) * part_cents // total_cents as diverted_share,
        abs(diverted_cents) * part_cents % total_cents as diverted_remainder
    from told_parts
    where not is_as_stated

),

ranked as (

    select
        entry_number,
        refund_number,
        part,
        bank_value_date,
        deposited_cents,
        deposited_share,
        diverted_share,
        abs(deposited_cents) - sum(deposited_share) over (partition by refund_number) as deposited_left,
        abs(diverted_cents) - sum(diverted_share) over (partition by refund_number) as diverted_left,
        row_number() over (
            partition by refund_number order by deposited_remainder desc, entry_number, part desc
        ) as deposited_rank,
        row_number() over (
            partition by refund_number order by diverted_remainder desc, entry_number, part desc
        ) as diverted_rank
    from shares

),

applied as (

    select
        entry_number,
        refund_number,
        part,
        bank_value_date,
        sign(deposited_cents) * (deposited_share + if(deposited_rank <= deposited_left, 1, 0)) as received_cents,
        diverted_share + if(diverted_rank <= diverted_left, 1, 0) as offset_cents
    from ranked

    union all

    select
        entry_number,
        refund_number,
        part,
        bank_value_date,
        part_cents as received_cents,
        0 as offset_cents
    from told_parts
    where is_as_stated

)

select
    entry_number,
    refund_number,
    max(bank_value_date) as bank_value_date,
    cast(sum(received_cents) filter (where part = 'principal') * 0.01 as decimal(18, 2)) as received_principal_usd,
    cast(sum(received_cents) filter (where part = 'interest') * 0.01 as decimal(18, 2)) as received_interest_usd,
    cast(sum(offset_cents) filter (where part = 'principal') * 0.01 as decimal(18, 2)) as offset_principal_usd,
    cast(sum(offset_cents) filter (where part = 'interest') * 0.01 as decimal(18, 2)) as offset_interest_usd
from applied
group by entry_number, refund_number
