-- Every refund of REV-603 as its newest row shows it as of the day, of whatever kind. The words of the printed type tell
-- the kind; words of a CAPE refund outrank all others, and a type none of whose words is known is of unknown kind.
-- Grain: refund_number.

with

newest as (

    select
        refunds.refund_number,
        refunds.load_id,
        refunds.source_row,
        refunds.payee_number,
        refunds.refund_date,
        refunds.refund_status,
        refunds.refund_secondary_status,
        refunds.refund_type,
        regexp_replace(upper(refunds.refund_type), '[^A-Z0-9]+', ' ', 'g') as type_words,
        refunds.document_number,
        refunds.total_refund_usd as rev603_usd,
        refunds.trace_number,
        ltrim(regexp_replace(upper(refunds.trace_number), '[^A-Z0-9]', '', 'g'), '0') as trace_key
    from ace.rev603_refunds as refunds
    join ace.readable_loads as loads
        on refunds.load_id = loads.load_id
    cross join registry.as_of as day
    where refunds.refund_date is null
       or refunds.refund_date <= day.as_of_date
    qualify row_number() over (
        partition by refunds.refund_number
        order by loads.report_run_date desc nulls last, loads.load_number desc, refunds.source_row desc
    ) = 1

),

known_types as (

    select
        newest.type_words,
        if(bool_or(types.refund_class = 'cape'), 'cape', 'other') as refund_class
    from (select distinct type_words from newest where type_words is not null) as newest
    join registry.refund_types as types
        on contains(newest.type_words, types.type_words)
    where types.withdrawn_date is null
    group by newest.type_words

),

on_rev613 as (

    select distinct rows.refund_number
    from ace.rev613_rejected_refunds as rows
    join ace.readable_loads as loads
        on rows.load_id = loads.load_id

)

select
    newest.refund_number,
    newest.payee_number,
    importer_key(newest.payee_number) as payee_key,
    newest.refund_date,
    newest.refund_status,
    newest.refund_secondary_status,
    newest.refund_type,
    coalesce(known_types.refund_class, 'unknown') as refund_class,
    newest.document_number,
    newest.rev603_usd,
    newest.trace_number,
    nullif(newest.trace_key, '') as trace_key,
    on_rev613.refund_number is not null as is_returned,
    on_rev613.refund_number is not null
    or coalesce(contains(upper(newest.refund_secondary_status), 'RETURN'), false) as is_said_returned,
    coalesce(contains(upper(newest.refund_secondary_status), 'DIVERT'), false) as is_said_diverted,
    newest.load_id,
    newest.source_row
from newest
left join known_types
    on newest.type_words = known_types.type_words
left join on_rev613
    on newest.refund_number = on_rev613.refund_number
