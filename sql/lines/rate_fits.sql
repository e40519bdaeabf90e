-- Which stacks of lines.rate_stacks make the duty that a broker's list states of a line, and what those agree on. A
-- stack fits within 0.5 % or one cent: where the list states the IEEPA duty, the stack must give it; where it states a
-- total, column 1 duty and the other duties of the stack are taken off. The duty of a 15 % heading holds column 1 duty
-- unless that stands apart. A line with a preference may have paid the printed column 1 rate or none.
-- Grain: entry_number, line_number.

with

line_duties as (

    select
        duties.entry_number,
        duties.line_number,
        duties.partition_month,
        duties.stack_key,
        duties.hts_number,
        duties.line_value_usd,
        duties.is_ieepa_stated,
        duties.open_usd,
        duties.column_1_duty_usd,
        duties.section_301_duty_usd,
        duties.section_232_duty_usd,
        if(
            duties.may_be_free_of_column_1,
            [duties.known_column_1_rate, cast(0 as decimal(9, 6))],
            [duties.known_column_1_rate]
        ) as column_1_rates
    from lines.broker_line_duties as duties
    -- a line counts where its baseline stands now
    join lines.entry_baselines as baselines
        on duties.entry_number = baselines.entry_number
       and duties.partition_month = baselines.partition_month
    where list_contains($months, duties.partition_month)

),

expected as (

    select
        lines.entry_number,
        lines.line_number,
        lines.is_ieepa_stated,
        lines.open_usd,
        lines.column_1_duty_usd,
        options.due_rate,
        stacks.floor_rate,
        stacks.programmes,
        stacks.ieepa_added_rate
        + if(stacks.floor_rate is null, 0, greatest(stacks.floor_rate - options.due_rate, 0)) as ieepa_rate,
        cents(lines.line_value_usd, options.due_rate) as due_usd,
        cents(lines.line_value_usd, stacks.ieepa_added_rate) as added_usd,
        cents(lines.line_value_usd, stacks.floor_rate) as floor_usd,
        if(lines.column_1_duty_usd > 0, lines.column_1_duty_usd, due_usd) as standing_due_usd,
        added_usd + if(
            stacks.floor_rate is null, 0, greatest(floor_usd - coalesce(standing_due_usd, 0), 0)
        ) as ieepa_usd,
        case
            when stacks.floor_rate is null and lines.column_1_duty_usd is not null then 0
            when stacks.floor_rate is not null and lines.column_1_duty_usd > 0 then 0
            else coalesce(due_usd, 0)
        end as open_column_1_usd,
        cents(lines.line_value_usd, stacks.section_301_rate) as section_301_usd,
        if(
            stacks.is_section_232_inclusive,
            greatest(cents(lines.line_value_usd, stacks.section_232_rate) - coalesce(standing_due_usd, 0), 0),
            cents(lines.line_value_usd, stacks.section_232_rate)
        ) as section_232_usd,
        -- a stated duty is tested by no rate of its own; Section 232 and reciprocal duty exclude each other
        (stacks.section_301_rate = 0 or (not lines.is_ieepa_stated and lines.section_301_duty_usd is null))
        and (stacks.section_232_rate = 0 or (not lines.is_ieepa_stated and lines.section_232_duty_usd is null))
        and not (stacks.has_reciprocal and coalesce(lines.section_232_duty_usd, 0) <> 0) as is_candidate
    from line_duties as lines
    cross join unnest(lines.column_1_rates) as options(due_rate)
    join lines.rate_stacks as stacks
        on lines.stack_key = stacks.stack_key
    where lines.line_value_usd > 0
      and (
          stacks.section_232_prefixes is null
          or len(list_filter(stacks.section_232_prefixes, lambda prefix: starts_with(lines.hts_number, prefix))) > 0
      )

),

tested as (

    select
        entry_number,
        line_number,
        due_rate,
        floor_rate,
        programmes,
        ieepa_rate,
        ieepa_usd,
        open_column_1_usd,
        section_301_usd,
        section_232_usd,
        floor_rate is not null and coalesce(column_1_duty_usd, 0) = 0 as can_hold_column_1,
        open_column_1_usd + ieepa_usd + section_301_usd + section_232_usd as total_usd,
        is_candidate and not is_ieepa_stated and (due_usd is not null or column_1_duty_usd is not null)
        and abs(open_usd - total_usd) <= greatest(total_usd * 0.005, 0.01) as fits_the_total,
        is_candidate and is_ieepa_stated
        and case
            when floor_rate is null
                then abs(open_usd - added_usd) <= greatest(added_usd * 0.005, 0.01)
            when column_1_duty_usd > 0
                then abs(open_usd + column_1_duty_usd - added_usd - floor_usd)
                    <= greatest((added_usd + floor_usd) * 0.005, 0.01)
            when column_1_duty_usd is null and due_usd > 0
                then abs(open_usd - ieepa_usd) <= greatest(ieepa_usd * 0.005, 0.01)
            else false
        end as fits_as_stated,
        is_candidate and is_ieepa_stated and can_hold_column_1
        and abs(open_usd - added_usd - floor_usd) <= greatest((added_usd + floor_usd) * 0.005, 0.01)
            as fits_with_column_1,
        fits_the_total or fits_as_stated or fits_with_column_1 as fits,
        floor_rate is not null and (fits_the_total or fits_with_column_1) as restores_column_1,
        can_hold_column_1 and due_usd is null and (fits_the_total or fits_with_column_1) as hides_column_1,
        -- what is open less the other duties; of a 15 % heading that holds column 1 duty less that too
        case
            when not is_ieepa_stated and ieepa_usd = 0 then 0
            when not is_ieepa_stated
                then greatest(open_usd - open_column_1_usd - section_301_usd - section_232_usd, 0)
            when fits_as_stated then open_usd
            else open_usd - if(due_usd is null, 0, least(due_usd, floor_usd))
        end as most_usd,
        case
            when not is_ieepa_stated
                then most_usd - if(can_hold_column_1 and due_usd is null, least(floor_usd, most_usd), 0)
            when fits_with_column_1 then greatest(open_usd - least(coalesce(due_usd, floor_usd), floor_usd), 0)
            else open_usd
        end as least_usd
    from expected

),

agreed as (

    select
        entry_number,
        line_number,
        max(ieepa_usd) as most_allowed_usd,
        count(*) filter (where fits) as fit_count,
        min(least_usd) filter (where fits) as least_fit_usd,
        max(most_usd) filter (where fits) as most_fit_usd,
        coalesce(bool_or(hides_column_1), false) as hides_column_1,
        coalesce(bool_or(restores_column_1), false) as restores_column_1,
        max(open_column_1_usd) filter (where fits) as fit_column_1_usd,
        count(distinct (section_301_usd, section_232_usd)) filter (where fits) = 1 as agrees_on_others,
        if(agrees_on_others, max(section_301_usd) filter (where fits), null) as fit_section_301_usd,
        if(agrees_on_others, max(section_232_usd) filter (where fits), null) as fit_section_232_usd,
        list_sort(list_distinct(flatten(list(programmes) filter (where fits)))) as fit_programmes,
        if(
            count(distinct ieepa_rate) filter (where fits) = 1
            and not coalesce(bool_or(floor_rate is not null and due_rate is null) filter (where fits), false),
            max(ieepa_rate) filter (where fits),
            null
        ) as applied_rate,
        if(count(distinct due_rate) filter (where fits) = 1, max(due_rate) filter (where fits), null)
            as column_1_applied_rate
    from tested
    group by all

),

possible as (

    select
        stack_key,
        max(ieepa_added_rate + coalesce(floor_rate, 0)) = 0 as is_free_of_ieepa,
        list_sort(list_distinct(flatten(list(programmes)))) as programmes
    from lines.rate_stacks
    group by all

)

select
    line_duties.entry_number,
    line_duties.line_number,
    line_duties.partition_month,
    coalesce(possible.is_free_of_ieepa, false) as is_free_of_ieepa,
    coalesce(possible.programmes, []) as possible_programmes,
    cast(agreed.most_allowed_usd as decimal(18, 2)) as most_allowed_usd,
    cast(coalesce(agreed.fit_count, 0) as integer) as fit_count,
    cast(agreed.least_fit_usd as decimal(18, 2)) as least_fit_usd,
    cast(agreed.most_fit_usd as decimal(18, 2)) as most_fit_usd,
    coalesce(agreed.hides_column_1, false) as hides_column_1,
    coalesce(agreed.restores_column_1, false) as restores_column_1,
    cast(agreed.fit_column_1_usd as decimal(18, 2)) as fit_column_1_usd,
    cast(agreed.fit_section_301_usd as decimal(18, 2)) as fit_section_301_usd,
    cast(agreed.fit_section_232_usd as decimal(18, 2)) as fit_section_232_usd,
    coalesce(agreed.fit_programmes, []) as fit_programmes,
    cast(agreed.applied_rate as decimal(9, 6)) as applied_rate,
    agreed.column_1_applied_rate,
    $registry_version as registry_version
from line_duties
left join agreed
    on line_duties.entry_number = agreed.entry_number
   and line_duties.line_number = agreed.line_number
left join possible
    on line_duties.stack_key = possible.stack_key
