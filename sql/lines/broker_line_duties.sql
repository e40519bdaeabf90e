-- What a broker's list states of every entry line that is known from it only, which has no chapter 99 rows: the amounts
-- as stated as paid, the key of the stacks that can make them, and column 1 as printed, else as the user states it.
-- Open is the stated IEEPA duty, else what is left of the total for it and for every duty that the list does not state.
-- An amount that is not stated is never made up, and amounts that do not add up are marked, not mended.
-- Grain: entry_number, line_number.

with

stated as (

    select
        rows.entry_number,
        rows.line_number,
        baselines.partition_month,
        baselines.entry_month,
        coalesce(rows.entry_date, baselines.entry_date) as day_of_entry,
        baselines.importer_number,
        baselines.entry_type_code,
        rows.country_of_origin,
        rows.hts_number,
        rows.goods_value_usd,
        concat_ws(
            '|',
            coalesce(rows.country_of_origin, 'unknown'),
            coalesce(strftime(coalesce(law_dates.law_date, day_of_entry), '%Y-%m-%d'), 'undated')
        ) as stack_key,
        -- under the KORUS preference the printed general rate is not the column 1 rate that applied
        if(starts_with(upper(trim(rows.line_spi_code)), 'KR'), null, fraction_of(rows.column_1_rate_filed))
            as printed_rate,
        fraction_of(facts.column_1_rate) as fact_rate,
        coalesce(printed_rate, fact_rate) as known_column_1_rate,
        coalesce(trim(rows.line_spi_code), '') <> '' and printed_rate > 0 and coalesce(rows.column_1_duty_usd, 0) = 0
            as may_be_free_of_column_1,
        rows.paid_duty_usd as total_usd,
        rows.column_1_duty_usd,
        rows.section_301_duty_usd,
        rows.section_232_duty_usd,
        rows.section_201_duty_usd,
        rows.section_122_duty_usd,
        rows.other_duty_usd,
        rows.ieepa_duty_usd as ieepa_whole_usd,
        if(
            coalesce(
                rows.ieepa_fentanyl_duty_usd, rows.ieepa_reciprocal_duty_usd, rows.ieepa_brazil_duty_usd,
                rows.ieepa_india_duty_usd
            ) is null,
            null,
            coalesce(rows.ieepa_fentanyl_duty_usd, 0) + coalesce(rows.ieepa_reciprocal_duty_usd, 0)
            + coalesce(rows.ieepa_brazil_duty_usd, 0) + coalesce(rows.ieepa_india_duty_usd, 0)
        ) as ieepa_parts_usd,
        coalesce(ieepa_whole_usd, ieepa_parts_usd) as ieepa_stated_usd,
        coalesce(rows.section_301_duty_usd, 0) + coalesce(rows.section_232_duty_usd, 0)
        + coalesce(rows.section_201_duty_usd, 0) + coalesce(rows.section_122_duty_usd, 0)
        + coalesce(rows.other_duty_usd, 0) as other_types_usd,
        coalesce(ieepa_stated_usd, 0) + other_types_usd + coalesce(rows.column_1_duty_usd, 0) as types_usd,
        coalesce(
            ieepa_stated_usd, rows.column_1_duty_usd, rows.section_301_duty_usd, rows.section_232_duty_usd,
            rows.section_201_duty_usd, rows.section_122_duty_usd, rows.other_duty_usd
        ) is not null as has_types,
        coalesce(total_usd, types_usd) as paid_usd,
        coalesce(ieepa_stated_usd, total_usd - other_types_usd - coalesce(rows.column_1_duty_usd, 0)) as open_usd
    from ace.current_broker_lines as rows
    join lines.entry_baselines as baselines
        on rows.entry_number = baselines.entry_number
    left join lines.law_dates as law_dates
        on rows.entry_number = law_dates.entry_number
    left join ace.current_entry_facts as facts
        on rows.entry_number = facts.entry_number
    where baselines.baseline_basis = 'broker_lines'
      and list_contains($months, baselines.partition_month)

)

select
    entry_number,
    line_number,
    partition_month,
    entry_month,
    day_of_entry as entry_date,
    importer_number,
    entry_type_code,
    country_of_origin,
    hts_number,
    goods_value_usd as line_value_usd,
    stack_key,
    known_column_1_rate,
    case
        when printed_rate is not null then 'printed'
        when fact_rate is not null then 'entry_facts'
    end as column_1_basis,
    coalesce(may_be_free_of_column_1, false) as may_be_free_of_column_1,
    column_1_duty_usd,
    section_301_duty_usd,
    section_232_duty_usd,
    section_201_duty_usd,
    section_122_duty_usd,
    other_duty_usd,
    cast(other_types_usd as decimal(18, 2)) as other_types_usd,
    has_types,
    ieepa_stated_usd is not null as is_ieepa_stated,
    cast(greatest(ieepa_whole_usd, ieepa_parts_usd) as decimal(18, 2)) as most_stated_ieepa_usd,
    cast(paid_usd as decimal(18, 2)) as paid_duty_usd,
    cast(open_usd as decimal(18, 2)) as open_usd,
    coalesce(ieepa_whole_usd <> ieepa_parts_usd, false)
    or coalesce(open_usd > paid_usd, false)
    or coalesce(has_types and types_usd > total_usd, false)
    -- with both stated the list shows all types, and something is missing
    or coalesce(types_usd <> total_usd and column_1_duty_usd is not null and ieepa_stated_usd is not null, false)
        as is_contradictory
from stated
