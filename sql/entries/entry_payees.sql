-- Who is paid for every entry summary, by the first evidence there is: the 4811 party ES-022 names, the payee of its
-- refund in REV-603, the party in box 28 whose designation holds on the day; else the importer. Where box 28 is not
-- known and a designation holds, either may be paid: the payee is then ambiguous, and importer and notify parties are
-- shown.
-- Grain: entry_number.

with

es022_parties as (

    select
        rows.entry_number,
        arg_max(
            rows.cf4811_number,
            (coalesce(loads.report_run_date, date '2000-01-01'), loads.load_number, rows.source_row)
        ) as payee_number
    from ace.es022_entries as rows
    join ace.readable_loads as loads
        on rows.load_id = loads.load_id
    cross join registry.as_of as day
    where importer_key(rows.cf4811_number) is not null
      and (rows.refund_date is null or rows.refund_date <= day.as_of_date)
    group by all

),

-- an entry in several refunds is paid to whom its newest refund is
rev603_parties as (

    select
        refunded.entry_number,
        arg_max(
            refunds.payee_number, (coalesce(refunds.refund_date, date '2000-01-01'), refunds.refund_number)
        ) as payee_number
    from entries.refunded_entries as refunded
    join entries.reported_refunds as refunds
        on refunded.refund_number = refunds.refund_number
    where importer_key(refunds.payee_number) is not null
    group by all

),

-- box 28 is known where the user's files state it alike; a blank cell of the column says that nobody stands in it
boxes as (

    select rows.entry_number
    from ace.entry_facts as rows
    join ace.readable_loads as loads
        on rows.load_id = loads.load_id
    where list_contains(loads.columns_present, 'box28_number')
    group by all
    having count(distinct rows.box28_number) <= 1

),

parties as (

    select
        importer_key,
        list(payee_number order by payee_key) as payee_numbers
    from entries.payee_designations
    where designation_state = 'valid'
    group by all

),

-- the keys of the numbers are made here, where a number that many entries have is still looked at once
numbered as (

    select
        entry_number,
        importer_number,
        importer_key,
        importer_key(importer_number) as importer_number_key,
        box28_number,
        importer_key(box28_number) as box28_key
    from entries.status_facts

),

weighed as (

    select
        status.entry_number,
        status.importer_number,
        status.importer_number_key,
        es022.payee_number as es022_payee_number,
        rev603.payee_number as rev603_payee_number,
        designated.payee_number as designated_payee_number,
        status.box28_number is not null
        and designated.payee_number is null
        and status.box28_key is distinct from status.importer_key as is_box28_not_designated,
        status.box28_number is null and boxes.entry_number is null as is_box28_unknown,
        coalesce(parties.payee_numbers, []) as notify_party_numbers
    from numbered as status
    left join es022_parties as es022
        on status.entry_number = es022.entry_number
    left join rev603_parties as rev603
        on status.entry_number = rev603.entry_number
    left join entries.payee_designations as designated
        on status.importer_key = designated.importer_key
       and status.box28_key = designated.payee_key
       and designated.designation_state = 'valid'
    left join boxes
        on status.entry_number = boxes.entry_number
    left join parties
        on status.importer_key = parties.importer_key

),

decided as (

    select
        entry_number,
        importer_number,
        importer_number_key,
        es022_payee_number,
        rev603_payee_number,
        designated_payee_number,
        is_box28_not_designated,
        notify_party_numbers,
        case
            when es022_payee_number is not null then 'es022'
            when rev603_payee_number is not null then 'rev603'
            when designated_payee_number is not null then 'designated'
            when is_box28_unknown and len(notify_party_numbers) > 0 then 'ambiguous'
            else 'importer'
        end as payee_basis
    from weighed

),

named as (

    select
        entry_number,
        importer_number,
        importer_number_key,
        case payee_basis
            when 'es022' then es022_payee_number
            when 'rev603' then rev603_payee_number
            when 'designated' then designated_payee_number
            -- one notify party stands for the entry; with several none of them is likelier than the importer
            when 'ambiguous' then if(len(notify_party_numbers) = 1, notify_party_numbers[1], importer_number)
            else importer_number
        end as payee_number,
        payee_basis,
        payee_basis = 'ambiguous' as is_payee_ambiguous,
        if(
            payee_basis = 'ambiguous',
            list_filter(list_prepend(importer_number, notify_party_numbers), lambda number: number is not null),
            []
        ) as payee_candidates,
        is_box28_not_designated,
        es022_payee_number,
        rev603_payee_number
    from decided

)

select
    entry_number,
    payee_number,
    if(payee_number = importer_number, importer_number_key, importer_key(payee_number)) as payee_key,
    payee_basis,
    is_payee_ambiguous,
    payee_candidates,
    is_box28_not_designated,
    es022_payee_number,
    rev603_payee_number
from named
