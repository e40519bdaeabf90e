-- The duty of every entry line split by the authority it was collected under, from the amounts filed on its rows.
-- A 15 % heading may hold column 1 duty in its own row (registry.assumptions column1_restored): where column 1 is known
-- and the commodity row carries no duty, column 1 is taken out; where the commodity row carries it, the whole row is
-- IEEPA; where it cannot be known, the amount is a range from zero to the row. Column 1 is the printed rate, else the
-- user's own statement, else the commodity row's duty where the two rows make 15 %. A credit counts in full at both
-- ends, so that it never raises the claim. Lines without chapter 99 rows come split from lines.rate_derived_splits.
-- Grain: entry_number, line_number.

with

line_sums as (

    select
        entry_number,
        line_number,
        any_value(partition_month) as partition_month,
        any_value(entry_month) as entry_month,
        max(entry_date) as entry_date,
        any_value(importer_number) as importer_number,
        max(country_of_origin) as country_of_origin,
        any_value(line_value_usd) as line_value_usd,
        cast(coalesce(sum(duty_usd), 0) as decimal(18, 2)) as paid_duty_usd,
        cast(coalesce(sum(duty_usd) filter (
            where duty_bucket = 'ieepa' and counts_as_certain and (rate_kind <> 'floor_inclusive' or duty_usd < 0)
        ), 0) as decimal(18, 2)) as certain_usd,
        cast(coalesce(sum(duty_usd) filter (
            where duty_bucket = 'ieepa' and counts_as_certain and rate_kind = 'floor_inclusive' and duty_usd > 0
        ), 0) as decimal(18, 2)) as floor_usd,
        count(*) filter (
            where duty_bucket = 'ieepa' and counts_as_certain and rate_kind = 'floor_inclusive' and duty_usd <> 0
        ) as floor_row_count,
        cast(coalesce(sum(duty_usd) filter (
            where duty_bucket in ('ieepa', 'ieepa_exempt') and not counts_as_certain and duty_usd < 0
        ), 0) as decimal(18, 2)) as doubtful_negative_usd,
        cast(coalesce(sum(duty_usd) filter (
            where duty_bucket in ('ieepa', 'ieepa_exempt') and not counts_as_certain and duty_usd > 0
        ), 0) as decimal(18, 2)) as doubtful_usd,
        cast(coalesce(sum(duty_usd) filter (where duty_bucket = 'section_232'), 0) as decimal(18, 2))
            as section_232_usd,
        cast(coalesce(sum(duty_usd) filter (where duty_bucket = 'section_301'), 0) as decimal(18, 2))
            as section_301_usd,
        cast(coalesce(sum(duty_usd) filter (where duty_bucket = 'section_201'), 0) as decimal(18, 2))
            as section_201_usd,
        cast(coalesce(sum(duty_usd) filter (where duty_bucket = 'section_122'), 0) as decimal(18, 2))
            as section_122_usd,
        cast(coalesce(sum(duty_usd) filter (where duty_bucket = 'chapter_98'), 0) as decimal(18, 2)) as chapter_98_usd,
        cast(coalesce(sum(duty_usd) filter (
            where duty_bucket in ('other_chapter_99', 'unknown_chapter_99')
        ), 0) as decimal(18, 2)) as other_chapter99_usd,
        cast(coalesce(sum(duty_usd) filter (where duty_bucket = 'column_1'), 0) as decimal(18, 2)) as commodity_usd,
        max(floor_rate) as floor_rate,
        sum(registry_rate) filter (where duty_bucket = 'ieepa' and duty_usd <> 0) as added_rate,
        count(*) filter (where duty_bucket = 'ieepa' and duty_usd is null) as absent_duty_row_count,
        count(*) filter (where duty_bucket = 'ieepa' or (duty_bucket = 'ieepa_exempt' and duty_usd <> 0))
            as ieepa_row_count,
        min(programme) filter (where duty_bucket = 'ieepa' or (duty_bucket = 'ieepa_exempt' and duty_usd <> 0))
            as first_programme,
        max(programme) filter (where duty_bucket = 'ieepa' or (duty_bucket = 'ieepa_exempt' and duty_usd <> 0))
            as last_programme
    from lines.classified_lines
    where list_contains($months, partition_month)
    group by entry_number, line_number

),

-- two rows hold no other programmes than the first and the last
many_programmes as (

    select
        rows.entry_number,
        rows.line_number,
        list_sort(list(distinct rows.programme)) as programmes
    from line_sums
    join lines.classified_lines as rows
        on line_sums.entry_number = rows.entry_number
       and line_sums.line_number = rows.line_number
    where list_contains($months, rows.partition_month)
      and line_sums.ieepa_row_count > 2
      and line_sums.first_programme < line_sums.last_programme
      and (rows.duty_bucket = 'ieepa' or (rows.duty_bucket = 'ieepa_exempt' and rows.duty_usd <> 0))
    group by rows.entry_number, rows.line_number

),

line_anomalies as (

    select
        entry_number,
        line_number,
        list_sort(list_distinct(flatten(list(anomaly_codes)))) as anomaly_codes
    from lines.classified_lines
    where list_contains($months, partition_month)
      and len(anomaly_codes) > 0
    group by entry_number, line_number

),

printed_rates as (

    select
        rows.entry_number,
        rows.line_number,
        case
            when count(distinct fraction_of(rows.column_1_rate_filed)) = 1
                and bool_and(rows.column_1_rate_filed is null or fraction_of(rows.column_1_rate_filed) is not null)
                then max(fraction_of(rows.column_1_rate_filed))
        end as column_1_printed_rate
    from line_sums
    join lines.classified_lines as rows
        on line_sums.entry_number = rows.entry_number
       and line_sums.line_number = rows.line_number
    where list_contains($months, rows.partition_month)
      and line_sums.floor_usd > 0
      and rows.duty_bucket = 'column_1'
    group by rows.entry_number, rows.line_number

),

column_1_readings as (

    select
        line_sums.entry_number,
        line_sums.line_number,
        line_sums.line_value_usd,
        line_sums.floor_usd,
        line_sums.floor_row_count,
        line_sums.floor_rate,
        line_sums.commodity_usd,
        cast(line_sums.line_value_usd as decimal(38, 2)) * line_sums.floor_rate as floor_due_usd,
        abs(line_sums.floor_usd + line_sums.commodity_usd - floor_due_usd) <= greatest(floor_due_usd * 0.005, 0.01)
            as adds_up,
        fraction_of(facts.column_1_rate) as stated_rate,
        case
            when policies.fifteen_percent_policy = 'whole_row' then null
            when printed_rates.column_1_printed_rate is not null or printed.specific_duty_usd is not null
                then 'printed'
            when stated_rate is not null or stated.specific_duty_usd is not null then 'entry_facts'
            -- drawback style: the commodity row carries column 1 and the 15 % row the rest
            when line_sums.floor_row_count = 1 and line_sums.commodity_usd > 0 and adds_up then 'filed_base_row'
        end as basis,
        case basis
            when 'printed' then printed_rates.column_1_printed_rate
            when 'entry_facts' then stated_rate
        end as ad_valorem_rate,
        case basis
            when 'printed' then printed.specific_duty_usd
            when 'entry_facts' then stated.specific_duty_usd
            when 'filed_base_row' then line_sums.commodity_usd
        end as duty_usd,
        coalesce(cents(line_sums.line_value_usd, ad_valorem_rate), duty_usd) as column_1_due_usd,
        coalesce(ad_valorem_rate, ratio_of(duty_usd, line_sums.line_value_usd)) as column_1_applied_rate,
        policies.fifteen_percent_policy
    from line_sums
    cross join registry.policies_in_force as policies
    left join printed_rates
        on line_sums.entry_number = printed_rates.entry_number
       and line_sums.line_number = printed_rates.line_number
    left join ace.current_entry_facts as facts
        on line_sums.entry_number = facts.entry_number
    left join lines.specific_duties as printed
        on line_sums.entry_number = printed.entry_number
       and line_sums.line_number = printed.line_number
       and printed.column_1_basis = 'printed'
    left join lines.specific_duties as stated
        on line_sums.entry_number = stated.entry_number
       and line_sums.line_number = stated.line_number
       and stated.column_1_basis = 'entry_facts'
    where line_sums.floor_usd > 0

),

floor_readings as (

    select
        entry_number,
        line_number,
        basis as column_1_basis,
        column_1_applied_rate,
        column_1_due_usd is not null as is_column_1_reckoned,
        coalesce(column_1_applied_rate >= floor_rate, column_1_due_usd >= floor_due_usd) as is_not_below_floor,
        case
            when fifteen_percent_policy = 'whole_row' then 'filed_rows'
            -- one heading applies to a value, so of two rows at least one is wrong
            when floor_row_count > 1 then 'replacement_range'
            when column_1_due_usd is null or coalesce(line_value_usd, 0) <= 0 then 'replacement_range'
            when not adds_up then 'replacement_range'
            when commodity_usd = 0 then 'replacement_net'
            when abs(commodity_usd - column_1_due_usd) <= greatest(column_1_due_usd * 0.005, 0.01) then 'filed_rows'
            else 'replacement_range'
        end as split_basis,
        -- no more than the row: a column 1 rate of 15 % or more leaves nothing for IEEPA
        if(split_basis = 'replacement_net', least(column_1_due_usd, floor_usd), 0) as column_1_netted_usd,
        if(split_basis = 'replacement_range', 0, floor_usd - column_1_netted_usd) as floor_low_usd,
        floor_usd - column_1_netted_usd as floor_high_usd
    from column_1_readings

),

split_lines as (

    select
        line_sums.entry_number,
        line_sums.line_number,
        line_sums.partition_month,
        line_sums.entry_month,
        line_sums.entry_date,
        line_sums.importer_number,
        line_sums.country_of_origin,
        line_sums.line_value_usd,
        line_sums.paid_duty_usd,
        line_sums.certain_usd,
        line_sums.floor_usd,
        line_sums.doubtful_negative_usd,
        line_sums.doubtful_usd,
        line_sums.section_232_usd,
        line_sums.section_301_usd,
        line_sums.section_201_usd,
        line_sums.section_122_usd,
        line_sums.chapter_98_usd,
        line_sums.other_chapter99_usd,
        line_sums.commodity_usd,
        line_sums.floor_rate,
        line_sums.added_rate,
        line_sums.absent_duty_row_count,
        coalesce(floors.split_basis, 'filed_rows') as split_basis,
        floors.column_1_basis,
        floors.column_1_applied_rate,
        coalesce(floors.is_column_1_reckoned, false) as is_column_1_reckoned,
        coalesce(floors.is_not_below_floor, false) as is_not_below_floor,
        cast(coalesce(floors.column_1_netted_usd, 0) as decimal(18, 2)) as column_1_netted_usd,
        cast(coalesce(floors.floor_low_usd, 0) as decimal(18, 2)) as floor_low_usd,
        cast(coalesce(floors.floor_high_usd, 0) as decimal(18, 2)) as floor_high_usd,
        case
            when line_sums.first_programme is null then []
            when line_sums.first_programme = line_sums.last_programme then [line_sums.first_programme]
            else coalesce(many.programmes, [line_sums.first_programme, line_sums.last_programme])
        end as programmes,
        coalesce(found.anomaly_codes, []) as anomaly_codes
    from line_sums
    left join floor_readings as floors
        on line_sums.entry_number = floors.entry_number
       and line_sums.line_number = floors.line_number
    left join many_programmes as many
        on line_sums.entry_number = many.entry_number
       and line_sums.line_number = many.line_number
    left join line_anomalies as found
        on line_sums.entry_number = found.entry_number
       and line_sums.line_number = found.line_number

)

select
    entry_number,
    line_number,
    partition_month,
    entry_month,
    entry_date,
    importer_number,
    country_of_origin,
    line_value_usd,
    paid_duty_usd,
    cast(certain_usd + floor_low_usd + doubtful_negative_usd as decimal(18, 2)) as ieepa_usd,
    cast(certain_usd + floor_low_usd + doubtful_negative_usd as decimal(18, 2)) as ieepa_low_usd,
    cast(certain_usd + floor_high_usd + doubtful_negative_usd + doubtful_usd as decimal(18, 2)) as ieepa_high_usd,
    cast(floor_high_usd - floor_low_usd + doubtful_usd as decimal(18, 2)) as undetermined_usd,
    cast(
        section_232_usd + section_301_usd + section_201_usd + section_122_usd + chapter_98_usd + other_chapter99_usd
        + commodity_usd + column_1_netted_usd
        as decimal(18, 2)
    ) as non_ieepa_usd,
    section_232_usd,
    section_301_usd,
    section_201_usd,
    section_122_usd,
    chapter_98_usd,
    other_chapter99_usd,
    cast(commodity_usd + column_1_netted_usd as decimal(18, 2)) as column_1_usd,
    cast(
        case
            when floor_usd = 0 then added_rate
            when column_1_applied_rate is not null
                then coalesce(added_rate, 0) + greatest(floor_rate - column_1_applied_rate, 0)
        end as decimal(9, 6)
    ) as applied_rate,
    if(is_column_1_reckoned, column_1_applied_rate, null) as column_1_applied_rate,
    if(is_column_1_reckoned, column_1_basis, null) as column_1_basis,
    split_basis,
    case
        when floor_high_usd + doubtful_usd > floor_low_usd then 'range'
        when split_basis <> 'filed_rows' then 'assumed'
        else 'filed'
    end as split_confidence,
    if(split_basis <> 'filed_rows', 'column1_restored', null) as rests_on_assumption,
    programmes,
    case
        when split_basis = 'replacement_range' and column_1_basis is null
            then list_append(anomaly_codes, 'COLUMN-1-UNKNOWN')
        when split_basis = 'replacement_range' then list_append(anomaly_codes, 'FLOOR-DOES-NOT-ADD-UP')
        when is_not_below_floor then list_append(anomaly_codes, 'COLUMN-1-NOT-BELOW-FLOOR')
        else anomaly_codes
    end as anomaly_codes,
    cast(absent_duty_row_count as integer) as absent_duty_row_count,
    $registry_version as registry_version
from split_lines

union all

select
    entry_number,
    line_number,
    partition_month,
    entry_month,
    entry_date,
    importer_number,
    country_of_origin,
    line_value_usd,
    paid_duty_usd,
    ieepa_usd,
    ieepa_low_usd,
    ieepa_high_usd,
    undetermined_usd,
    non_ieepa_usd,
    section_232_usd,
    section_301_usd,
    section_201_usd,
    section_122_usd,
    chapter_98_usd,
    other_chapter99_usd,
    column_1_usd,
    applied_rate,
    column_1_applied_rate,
    column_1_basis,
    split_basis,
    split_confidence,
    rests_on_assumption,
    programmes,
    anomaly_codes,
    absent_duty_row_count,
    registry_version
from lines.rate_derived_splits
where list_contains($months, partition_month)
