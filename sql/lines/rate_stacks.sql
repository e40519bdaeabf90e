-- What goods of one origin can bear on one day: every combination of the IEEPA rates of the registry with the
-- Section 301 and 232 rates that can stand beside them. Programmes add; of one programme one rate applies, or none
-- where the goods are exempt. A paid total is tested by these; they never replace an amount that was filed.
-- Reciprocal duty never applies to origins that have an exemption of their own (9903.01.26, .27, .29) nor to a value
-- that bears Section 232. From 7 August 2025 on the 10 % of 9903.01.25 is for origins without a heading in 9903.02, and
-- until 4 October 2025 for goods of the others that were in transit. Where the origin is unknown, or the date, no
-- stack can be told, unless no programme collects on the day.
-- Grain: stack_key, stack_number.

with

listed as (

    select distinct
        rows.country_of_origin,
        coalesce(aliases.country_code, rows.country_of_origin) as origin,
        coalesce(law_dates.law_date, rows.entry_date, baselines.entry_date) as law_date,
        concat_ws(
            '|',
            coalesce(rows.country_of_origin, 'unknown'),
            coalesce(
                strftime(coalesce(law_dates.law_date, rows.entry_date, baselines.entry_date), '%Y-%m-%d'), 'undated'
            )
        ) as stack_key
    from ace.current_broker_lines as rows
    join lines.entry_baselines as baselines
        on rows.entry_number = baselines.entry_number
    left join lines.law_dates as law_dates
        on rows.entry_number = law_dates.entry_number
    left join registry.origin_aliases as aliases
        on rows.country_of_origin = aliases.origin_alias
       and aliases.withdrawn_date is null
    where baselines.baseline_basis = 'broker_lines'

),

in_force as (

    select
        listed.stack_key,
        listed.law_date,
        headings.heading,
        headings.programme,
        headings.imposes_duty,
        coalesce(headings.rate, 0) as rate,
        headings.floor_rate,
        case
            when starts_with(headings.programme, 'fentanyl') then 'fentanyl'
            -- a finding of transshipment takes the place of the country's rate
            when headings.programme in ('reciprocal', 'transshipment') then 'reciprocal'
            when headings.programme = 'brazil' then 'brazil'
            else 'other'
        end as slot,
        coalesce(list_contains(headings.countries, listed.origin), false) as names_the_origin,
        list_contains(headings.countries, 'ALL') as is_for_all
    from listed
    join registry.ieepa_windows_in_force as headings
        on listed.law_date between headings.effective_from and headings.effective_to
    where headings.is_taken_for_ieepa

),

-- by origin and day: whether any programme collects at all, and what the registry says of reciprocal duty
scopes as (

    select
        stack_key,
        bool_or(imposes_duty) as is_collected_at_all,
        bool_or(names_the_origin and heading in ('9903.01.26', '9903.01.27', '9903.01.29')) as is_never_reciprocal,
        bool_or(names_the_origin and starts_with(heading, '9903.02.') and slot = 'reciprocal') as has_country_heading
    from in_force
    group by all

),

stackable as (

    select
        listed.stack_key,
        listed.country_of_origin,
        listed.origin,
        listed.law_date
    from listed
    left join scopes
        on listed.stack_key = scopes.stack_key
    where listed.law_date is not null
      and (listed.origin is not null or not coalesce(scopes.is_collected_at_all, false))

),

ieepa_options as (

    select distinct
        in_force.stack_key,
        in_force.slot,
        in_force.programme,
        in_force.rate,
        in_force.floor_rate
    from in_force
    join scopes
        on in_force.stack_key = scopes.stack_key
    where in_force.imposes_duty
      and (in_force.names_the_origin or in_force.is_for_all)
      and not (in_force.slot = 'reciprocal' and scopes.is_never_reciprocal)
      and not (
          in_force.heading = '9903.01.25'
          and scopes.has_country_heading
          and in_force.law_date > date '2025-10-04'
      )

    union all

    select
        stackable.stack_key,
        slots.slot,
        null as programme,
        0 as rate,
        null as floor_rate
    from stackable
    cross join unnest(['fentanyl', 'reciprocal', 'brazil', 'other']) as slots(slot)

),

other_options as (

    select
        stackable.stack_key,
        rates.duty_bucket,
        rates.rate,
        rates.rate_kind = 'floor_inclusive' as is_inclusive,
        rates.hts_prefixes
    from stackable
    join registry.other_duty_rates as rates
        on stackable.law_date >= rates.effective_from
       and (rates.effective_to is null or stackable.law_date <= rates.effective_to)
       and (list_contains(rates.countries, stackable.origin) or list_contains(rates.countries, 'ALL'))
    where rates.withdrawn_date is null

    union all

    select
        stackable.stack_key,
        buckets.duty_bucket,
        0 as rate,
        false as is_inclusive,
        null as hts_prefixes
    from stackable
    cross join unnest(['section_301', 'section_232']) as buckets(duty_bucket)

),

stacked as (

    select distinct
        stackable.stack_key,
        stackable.country_of_origin,
        stackable.law_date,
        cast(fentanyl.rate + reciprocal.rate + brazil.rate + other.rate as decimal(9, 6)) as ieepa_added_rate,
        reciprocal.floor_rate,
        reciprocal.programme is not null as has_reciprocal,
        cast(section_301.rate as decimal(9, 6)) as section_301_rate,
        cast(section_232.rate as decimal(9, 6)) as section_232_rate,
        section_232.is_inclusive as is_section_232_inclusive,
        section_232.hts_prefixes as section_232_prefixes,
        list_sort(
            list_filter(
                [fentanyl.programme, reciprocal.programme, brazil.programme, other.programme],
                lambda programme: programme is not null
            )
        ) as programmes
    from stackable
    join ieepa_options as fentanyl
        on stackable.stack_key = fentanyl.stack_key
       and fentanyl.slot = 'fentanyl'
    join ieepa_options as reciprocal
        on stackable.stack_key = reciprocal.stack_key
       and reciprocal.slot = 'reciprocal'
    join ieepa_options as brazil
        on stackable.stack_key = brazil.stack_key
       and brazil.slot = 'brazil'
    join ieepa_options as other
        on stackable.stack_key = other.stack_key
       and other.slot = 'other'
    join other_options as section_301
        on stackable.stack_key = section_301.stack_key
       and section_301.duty_bucket = 'section_301'
    join other_options as section_232
        on stackable.stack_key = section_232.stack_key
       and section_232.duty_bucket = 'section_232'
    where section_232.rate = 0
       or reciprocal.programme is null

)

select
    stack_key,
    cast(
        row_number() over (
            partition by stack_key
            order by
                ieepa_added_rate, floor_rate nulls first, section_301_rate, section_232_rate, is_section_232_inclusive,
                section_232_prefixes nulls first, programmes
        ) as integer
    ) as stack_number,
    partition_month_of(law_date) as partition_month,
    law_date,
    country_of_origin,
    ieepa_added_rate,
    floor_rate,
    has_reciprocal,
    section_301_rate,
    section_232_rate,
    is_section_232_inclusive,
    section_232_prefixes,
    programmes,
    $registry_version as registry_version
from stacked
