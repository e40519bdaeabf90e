-- The duty of every entry line known from a broker's list only, which has no chapter 99 rows. The amounts are those
-- stated as paid; the stacks of lines.rate_stacks only test what they can be made of. Where the list states the IEEPA
-- duty, a stack must give it; where it states a total, column 1 duty and the other duties of a stack are taken off.
-- Stacks that fit within 0.5 % or one cent and agree give one amount, others a range; where none fits or column 1 is
-- unknown, the range begins at zero and ends at what was paid or at the most that the registry allows. A line with a
-- preference may have paid the printed column 1 rate or none. A credit counts in full at both ends, and an amount that
-- is not stated is never made up.
-- Grain: entry_number, line_number.

with

read_lines as (

    select
        rows.entry_number,
        rows.line_number,
        baselines.partition_month,
        baselines.entry_month,
        coalesce(rows.entry_date, baselines.entry_date) as entry_date,
        baselines.importer_number,
        baselines.entry_type_code,
        rows.country_of_origin,
        rows.hts_number,
        rows.goods_value_usd as line_value_usd,
        concat_ws(
            '|',
            coalesce(rows.country_of_origin, 'unknown'),
            coalesce(
                strftime(coalesce(law_dates.law_date, rows.entry_date, baselines.entry_date), '%Y-%m-%d'), 'undated'
            )
        ) as stack_key,
        -- under the KORUS preference the printed general rate is not the column 1 rate that applied
        if(starts_with(upper(trim(rows.line_spi_code)), 'KR'), null, fraction_of(rows.column_1_rate_filed))
            as printed_rate,
        fraction_of(facts.column_1_rate) as fact_rate,
        coalesce(trim(rows.line_spi_code), '') <> '' as claims_preference,
        rows.paid_duty_usd as total_usd,
        rows.ieepa_duty_usd,
        if(
            coalesce(
                rows.ieepa_fentanyl_duty_usd, rows.ieepa_reciprocal_duty_usd, rows.ieepa_brazil_duty_usd,
                rows.ieepa_india_duty_usd
            ) is null,
            null,
            coalesce(rows.ieepa_fentanyl_duty_usd, 0) + coalesce(rows.ieepa_reciprocal_duty_usd, 0)
            + coalesce(rows.ieepa_brazil_duty_usd, 0) + coalesce(rows.ieepa_india_duty_usd, 0)
        ) as ieepa_parts_usd,
        coalesce(rows.ieepa_duty_usd, ieepa_parts_usd) as stated_ieepa_usd,
        rows.column_1_duty_usd,
        rows.section_301_duty_usd,
        rows.section_232_duty_usd,
        coalesce(rows.section_201_duty_usd, 0) as section_201_usd,
        coalesce(rows.section_122_duty_usd, 0) as section_122_usd,
        coalesce(rows.other_duty_usd, 0) as other_usd,
        coalesce(rows.section_301_duty_usd, 0) + coalesce(rows.section_232_duty_usd, 0)
        + coalesce(rows.section_201_duty_usd, 0) + coalesce(rows.section_122_duty_usd, 0)
        + coalesce(rows.other_duty_usd, 0) as stated_others_usd,
        coalesce(
            stated_ieepa_usd, rows.column_1_duty_usd, rows.section_301_duty_usd, rows.section_232_duty_usd,
            rows.section_201_duty_usd, rows.section_122_duty_usd, rows.other_duty_usd
        ) is not null as has_types,
        coalesce(printed_rate, fact_rate) as known_column_1_rate,
        cents(line_value_usd, known_column_1_rate) as column_1_due_usd,
        coalesce(stated_ieepa_usd, 0) + stated_others_usd + coalesce(rows.column_1_duty_usd, 0) as types_usd,
        coalesce(total_usd, if(has_types, types_usd, 0)) as paid_usd,
        stated_ieepa_usd is not null as is_ieepa_stated,
        -- the stated IEEPA duty, else what is left of the total for it and for every duty the list does not state
        coalesce(
            stated_ieepa_usd, total_usd - stated_others_usd - coalesce(rows.column_1_duty_usd, 0)
        ) as open_usd,
        coalesce(rows.ieepa_duty_usd <> ieepa_parts_usd, false)
        or coalesce(open_usd > paid_usd, false)
        or coalesce(has_types and types_usd > total_usd, false)
        -- with both stated the list shows all types, and something is missing
        or coalesce(types_usd <> total_usd and rows.column_1_duty_usd is not null and is_ieepa_stated, false)
            as is_contradictory
    from ace.current_broker_lines as rows
    join lines.entry_baselines as baselines
        on rows.entry_number = baselines.entry_number
    left join lines.law_dates as law_dates
        on rows.entry_number = law_dates.entry_number
    left join ace.current_entry_facts as facts
        on rows.entry_number = facts.entry_number
    where baselines.baseline_basis = 'broker_lines'
      and list_contains($months, baselines.partition_month)

),

column_1_options as (

    select
        entry_number,
        line_number,
        column_1_due_usd as due_usd,
        known_column_1_rate as due_rate
    from read_lines

    union all

    select
        entry_number,
        line_number,
        cast(0 as decimal(18, 2)) as due_usd,
        cast(0 as decimal(9, 6)) as due_rate
    from read_lines
    where claims_preference
      and printed_rate > 0
      and coalesce(column_1_duty_usd, 0) = 0

),

reaches as (

    select
        stack_key,
        max(ieepa_added_rate + coalesce(floor_rate, 0)) = 0 as is_free_of_ieepa,
        list_sort(list_distinct(flatten(list(programmes)))) as programmes
    from lines.rate_stacks
    group by all

),

weighed as (

    select
        read_lines.entry_number,
        read_lines.line_number,
        read_lines.open_usd,
        read_lines.is_ieepa_stated,
        read_lines.column_1_duty_usd,
        options.due_usd,
        options.due_rate,
        stacks.ieepa_added_rate,
        stacks.floor_rate,
        stacks.programmes,
        cents(read_lines.line_value_usd, stacks.ieepa_added_rate) as added_usd,
        cents(read_lines.line_value_usd, stacks.floor_rate) as floor_usd,
        -- the duty of a 15 % heading holds column 1 duty unless that stands apart
        stacks.floor_rate is not null and coalesce(read_lines.column_1_duty_usd, 0) = 0 as can_hold_column_1,
        if(read_lines.column_1_duty_usd > 0, read_lines.column_1_duty_usd, options.due_usd) as standing_due_usd,
        added_usd + if(
            stacks.floor_rate is null, 0, greatest(floor_usd - coalesce(standing_due_usd, 0), 0)
        ) as expected_ieepa_usd,
        case
            when stacks.floor_rate is null and read_lines.column_1_duty_usd is not null then 0
            when stacks.floor_rate is not null and read_lines.column_1_duty_usd > 0 then 0
            else coalesce(options.due_usd, 0)
        end as open_column_1_usd,
        cents(read_lines.line_value_usd, stacks.section_301_rate) as section_301_usd,
        if(
            stacks.is_section_232_inclusive,
            greatest(
                cents(read_lines.line_value_usd, stacks.section_232_rate) - coalesce(standing_due_usd, 0), 0
            ),
            cents(read_lines.line_value_usd, stacks.section_232_rate)
        ) as section_232_usd,
        open_column_1_usd + expected_ieepa_usd + section_301_usd + section_232_usd as expected_open_usd,
        (options.due_usd is not null or read_lines.column_1_duty_usd is not null) as is_column_1_known,
        -- a stated duty is tested by no rate of its own; Section 232 and reciprocal duty exclude each other
        (stacks.section_301_rate = 0
            or (not read_lines.is_ieepa_stated and read_lines.section_301_duty_usd is null))
        and (stacks.section_232_rate = 0
            or (not read_lines.is_ieepa_stated and read_lines.section_232_duty_usd is null))
        and not (stacks.has_reciprocal and coalesce(read_lines.section_232_duty_usd, 0) <> 0) as is_candidate
    from read_lines
    join column_1_options as options
        on read_lines.entry_number = options.entry_number
       and read_lines.line_number = options.line_number
    join lines.rate_stacks as stacks
        on read_lines.stack_key = stacks.stack_key
    where read_lines.line_value_usd > 0
      and (
          stacks.section_232_prefixes is null
          or len(
              list_filter(stacks.section_232_prefixes, lambda prefix: starts_with(read_lines.hts_number, prefix))
          ) > 0
      )

),

tested as (

    select
        entry_number,
        line_number,
        due_rate,
        floor_rate,
        ieepa_added_rate,
        programmes,
        added_usd,
        floor_usd,
        due_usd,
        expected_ieepa_usd,
        open_column_1_usd,
        section_301_usd,
        section_232_usd,
        is_ieepa_stated,
        open_usd,
        is_candidate and not is_ieepa_stated and is_column_1_known
        and abs(open_usd - expected_open_usd) <= greatest(expected_open_usd * 0.005, 0.01) as fits_the_total,
        is_candidate and is_ieepa_stated
        and case
            when floor_rate is null
                then abs(open_usd - added_usd) <= greatest(added_usd * 0.005, 0.01)
            when column_1_duty_usd > 0
                then abs(open_usd + column_1_duty_usd - added_usd - floor_usd)
                    <= greatest((added_usd + floor_usd) * 0.005, 0.01)
            when column_1_duty_usd is null and due_usd > 0
                then abs(open_usd - expected_ieepa_usd) <= greatest(expected_ieepa_usd * 0.005, 0.01)
            else false
        end as fits_as_stated,
        is_candidate and is_ieepa_stated and can_hold_column_1
        and abs(open_usd - added_usd - floor_usd) <= greatest((added_usd + floor_usd) * 0.005, 0.01)
            as fits_with_column_1,
        can_hold_column_1 and due_usd is null as is_share_unknown,
        can_hold_column_1
    from weighed

),

amounts as (

    select
        entry_number,
        line_number,
        due_rate,
        floor_rate,
        ieepa_added_rate,
        programmes,
        expected_ieepa_usd,
        open_column_1_usd,
        section_301_usd,
        section_232_usd,
        fits_the_total or fits_as_stated or fits_with_column_1 as fits,
        is_share_unknown and (fits_the_total or fits_with_column_1) as hides_column_1,
        floor_rate is not null and (fits_the_total or fits_with_column_1) as restores_column_1,
        case
            when not is_ieepa_stated and expected_ieepa_usd = 0 then 0
            when not is_ieepa_stated
                then greatest(open_usd - open_column_1_usd - section_301_usd - section_232_usd, 0)
            when fits_as_stated then open_usd
            else open_usd - if(due_usd is null, 0, least(due_usd, floor_usd))
        end as most_usd,
        case
            when not is_ieepa_stated then most_usd - if(is_share_unknown, least(floor_usd, most_usd), 0)
            when fits_with_column_1 then greatest(open_usd - least(coalesce(due_usd, floor_usd), floor_usd), 0)
            else open_usd
        end as least_usd
    from tested

),

judged as (

    select
        entry_number,
        line_number,
        count(*) filter (where fits) as fit_count,
        min(least_usd) filter (where fits) as least_fit_usd,
        max(most_usd) filter (where fits) as most_fit_usd,
        max(expected_ieepa_usd) as most_allowed_usd,
        coalesce(bool_or(hides_column_1), false) as hides_column_1,
        coalesce(bool_or(restores_column_1), false) as restores_column_1,
        max(open_column_1_usd) filter (where fits) as fit_column_1_usd,
        if(min(section_301_usd) filter (where fits) = max(section_301_usd) filter (where fits)
            and min(section_232_usd) filter (where fits) = max(section_232_usd) filter (where fits),
            {
                'section_301_usd': max(section_301_usd) filter (where fits),
                'section_232_usd': max(section_232_usd) filter (where fits)
            },
            null
        ) as agreed,
        list_sort(list_distinct(flatten(list(programmes) filter (where fits)))) as programmes,
        if(
            count(distinct ieepa_added_rate + if(floor_rate is null, 0, greatest(floor_rate - due_rate, 0)))
                filter (where fits) = 1
            and not coalesce(bool_or(floor_rate is not null and due_rate is null) filter (where fits), false),
            max(ieepa_added_rate + if(floor_rate is null, 0, greatest(floor_rate - due_rate, 0))) filter (where fits),
            null
        ) as applied_rate,
        if(count(distinct due_rate) filter (where fits) = 1, max(due_rate) filter (where fits), null) as due_rate
    from amounts
    group by all

),

bounded as (

    select
        read_lines.entry_number,
        read_lines.line_number,
        read_lines.partition_month,
        read_lines.entry_month,
        read_lines.entry_date,
        read_lines.importer_number,
        read_lines.entry_type_code,
        read_lines.country_of_origin,
        read_lines.line_value_usd,
        read_lines.printed_rate,
        read_lines.known_column_1_rate,
        read_lines.column_1_due_usd,
        read_lines.column_1_duty_usd,
        read_lines.section_301_duty_usd,
        read_lines.section_232_duty_usd,
        read_lines.section_201_usd,
        read_lines.section_122_usd,
        read_lines.other_usd,
        read_lines.stated_others_usd,
        read_lines.paid_usd,
        read_lines.is_ieepa_stated,
        coalesce(reaches.is_free_of_ieepa, false) as is_free_of_ieepa,
        reaches.programmes as possible_programmes,
        judged.agreed,
        judged.programmes as fit_programmes,
        judged.applied_rate,
        judged.due_rate,
        judged.fit_column_1_usd,
        coalesce(judged.fit_count, 0) > 0 as has_fit,
        case
            when read_lines.is_contradictory then 'contradictory'
            when read_lines.open_usd is null then if(is_free_of_ieepa and read_lines.has_types, 'none', 'absent')
            when read_lines.open_usd = 0 or (is_free_of_ieepa and not read_lines.is_ieepa_stated) then 'none'
            when read_lines.open_usd < 0 then 'credit'
            when has_fit then 'fitting'
            else 'unfitting'
        end as finding,
        finding = 'fitting' and judged.hides_column_1 as hides_column_1,
        finding = 'fitting' and judged.restores_column_1 as restores_column_1,
        -- of amounts that contradict each other the greater is the most it can be
        coalesce(greatest(read_lines.ieepa_duty_usd, read_lines.ieepa_parts_usd), read_lines.paid_usd)
            as most_contradictory_usd,
        case
            when finding = 'contradictory' then least(most_contradictory_usd, 0)
            when finding = 'credit' then read_lines.open_usd
            when finding = 'fitting' then judged.least_fit_usd
            else 0
        end as ieepa_low_usd,
        case
            when finding = 'contradictory' and is_free_of_ieepa and not read_lines.is_ieepa_stated then 0
            when finding = 'contradictory' and most_contradictory_usd > 0
                then greatest(least(most_contradictory_usd, read_lines.paid_usd), 0)
            when finding = 'contradictory' then most_contradictory_usd
            when finding = 'credit' then read_lines.open_usd
            when finding = 'fitting' then judged.most_fit_usd
            when finding = 'unfitting' and read_lines.is_ieepa_stated then read_lines.open_usd
            when finding = 'unfitting'
                then least(read_lines.open_usd, coalesce(judged.most_allowed_usd, read_lines.open_usd))
            else 0
        end as ieepa_high_usd
    from read_lines
    left join reaches
        on read_lines.stack_key = reaches.stack_key
    left join judged
        on read_lines.entry_number = judged.entry_number
       and read_lines.line_number = judged.line_number

),

-- what no stated type names is column 1 duty up to its due, then that of the bucket all fitting stacks share
remainders as (

    select
        entry_number,
        line_number,
        partition_month,
        entry_month,
        entry_date,
        importer_number,
        entry_type_code,
        country_of_origin,
        line_value_usd,
        printed_rate,
        known_column_1_rate,
        column_1_duty_usd,
        section_301_duty_usd,
        section_232_duty_usd,
        section_201_usd,
        section_122_usd,
        other_usd,
        paid_usd,
        is_ieepa_stated,
        finding,
        hides_column_1,
        restores_column_1,
        possible_programmes,
        fit_programmes,
        applied_rate,
        due_rate,
        ieepa_low_usd,
        ieepa_high_usd,
        finding <> 'contradictory' as has_buckets,
        if(
            has_buckets,
            paid_usd - ieepa_high_usd - stated_others_usd - coalesce(column_1_duty_usd, 0),
            paid_usd - ieepa_high_usd
        ) as unnamed_usd,
        if(
            has_buckets and coalesce(column_1_duty_usd, 0) = 0,
            greatest(least(unnamed_usd, coalesce(fit_column_1_usd, column_1_due_usd, 0)), 0),
            0
        ) as unnamed_column_1_usd,
        unnamed_usd - unnamed_column_1_usd as rest_usd,
        finding = 'fitting' and not is_ieepa_stated and agreed is not null and rest_usd > 0 as is_rest_told,
        case
            when not is_rest_told then 0
            when agreed.section_232_usd > 0 then least(agreed.section_301_usd, rest_usd)
            when agreed.section_301_usd > 0 then rest_usd
            else 0
        end as rest_301_usd,
        if(is_rest_told and agreed.section_232_usd > 0, rest_usd - rest_301_usd, 0) as rest_232_usd,
        if(is_rest_told and agreed.section_301_usd = 0 and agreed.section_232_usd = 0, rest_usd, 0) as rest_column_1_usd
    from bounded

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
    cast(paid_usd as decimal(18, 2)) as paid_duty_usd,
    cast(ieepa_low_usd as decimal(18, 2)) as ieepa_usd,
    cast(ieepa_low_usd as decimal(18, 2)) as ieepa_low_usd,
    cast(ieepa_high_usd as decimal(18, 2)) as ieepa_high_usd,
    cast(ieepa_high_usd - ieepa_low_usd as decimal(18, 2)) as undetermined_usd,
    cast(paid_usd - ieepa_high_usd as decimal(18, 2)) as non_ieepa_usd,
    cast(if(has_buckets, coalesce(section_232_duty_usd, 0) + rest_232_usd, 0) as decimal(18, 2)) as section_232_usd,
    cast(if(has_buckets, coalesce(section_301_duty_usd, 0) + rest_301_usd, 0) as decimal(18, 2)) as section_301_usd,
    cast(if(has_buckets, section_201_usd, 0) as decimal(18, 2)) as section_201_usd,
    cast(if(has_buckets, section_122_usd, 0) as decimal(18, 2)) as section_122_usd,
    cast(0 as decimal(18, 2)) as chapter_98_usd,
    cast(
        if(has_buckets, other_usd, 0) + rest_usd - rest_301_usd - rest_232_usd - rest_column_1_usd as decimal(18, 2)
    ) as other_chapter99_usd,
    cast(
        if(has_buckets, coalesce(column_1_duty_usd, 0), 0) + unnamed_column_1_usd + rest_column_1_usd as decimal(18, 2)
    ) as column_1_usd,
    cast(if(finding = 'fitting', applied_rate, null) as decimal(9, 6)) as applied_rate,
    if(restores_column_1, due_rate, null) as column_1_applied_rate,
    case
        when not restores_column_1 or due_rate is null then null
        when printed_rate is not null then 'printed'
        else 'entry_facts'
    end as column_1_basis,
    'rate_derived' as split_basis,
    case
        when finding not in ('fitting', 'none') or ieepa_low_usd < ieepa_high_usd then 'range'
        when restores_column_1 then 'assumed'
        else 'derived'
    end as split_confidence,
    if(restores_column_1, 'column1_restored', null) as rests_on_assumption,
    coalesce(
        case
            when finding = 'fitting' then fit_programmes
            when ieepa_high_usd <> 0 or finding = 'absent' then possible_programmes
        end,
        []
    ) as programmes,
    list_filter(
        [
            if(finding = 'contradictory', 'TYPES-DO-NOT-ADD-UP', null),
            if(finding = 'absent', 'DUTY-ABSENT', null),
            if(finding = 'unfitting' and entry_date is null, 'ENTRY-DATE-ABSENT', null),
            if(finding = 'unfitting' and coalesce(line_value_usd, 0) <= 0, 'DUTY-WITHOUT-VALUE', null),
            if(
                hides_column_1
                or (finding = 'unfitting' and not is_ieepa_stated and column_1_duty_usd is null
                    and known_column_1_rate is null),
                'COLUMN-1-UNKNOWN',
                null
            ),
            if(
                finding = 'credit'
                or (finding = 'unfitting' and entry_date is not null and line_value_usd > 0
                    and (is_ieepa_stated or column_1_duty_usd is not null or known_column_1_rate is not null)),
                'TOTAL-DOES-NOT-FIT',
                null
            ),
            if(
                finding = 'fitting' and ieepa_low_usd < ieepa_high_usd and not hides_column_1,
                'SEVERAL-RATES-FIT',
                null
            ),
            if(finding = 'unfitting' and entry_type_code = '06', 'PRIVILEGED-FOREIGN-DATE-UNKNOWN', null)
        ],
        lambda code: code is not null
    ) as anomaly_codes,
    cast(if(finding = 'absent', 1, 0) as integer) as absent_duty_row_count,
    $registry_version as registry_version
from remainders
