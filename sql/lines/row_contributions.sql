-- What every tariff row gave to the IEEPA duty of its line, by which rule, and why. The rows of a line sum to its split:
-- what the other rows leave of it belongs to the rows of the 15 % heading, in order of filing.
-- Grain: entry_number, line_number, tariff_ordinal.

with

ieepa_authorities as (

    select
        heading,
        source,
        locator,
        max(authority) as authority
    from registry.ieepa_headings
    where withdrawn_date is null
    group by all

),

family_authorities as (

    select
        family,
        source,
        locator,
        max(authority) as authority
    from registry.chapter99_families
    where withdrawn_date is null
    group by all

),

filed as (

    select
        rows.entry_number,
        rows.line_number,
        rows.tariff_ordinal,
        rows.partition_month,
        rows.heading,
        rows.programme,
        rows.duty_bucket,
        rows.duty_usd,
        rows.rate_kind,
        rows.registry_rate,
        rows.floor_rate,
        rows.anomaly_codes,
        rows.rule_source,
        rows.rule_locator,
        rows.counts_as_certain,
        rows.law_date,
        rows.country_of_origin,
        rows.duty_bucket in ('ieepa', 'ieepa_exempt') as is_ieepa_heading,
        rows.duty_bucket = 'ieepa'
        and rows.counts_as_certain
        and rows.rate_kind = 'floor_inclusive'
        and coalesce(rows.duty_usd > 0, false) as is_floor
    from lines.classified_lines as rows

),

judged_alone as (

    select
        entry_number,
        line_number,
        tariff_ordinal,
        partition_month,
        heading,
        programme,
        duty_bucket,
        duty_usd,
        rate_kind,
        registry_rate,
        floor_rate,
        anomaly_codes,
        rule_source,
        rule_locator,
        law_date,
        country_of_origin,
        is_ieepa_heading,
        counts_as_certain,
        is_floor,
        case
            when is_floor or not is_ieepa_heading then 0
            when counts_as_certain then duty_usd
            -- a credit counts in full at both ends
            else least(duty_usd, 0)
        end as ieepa_low_usd,
        if(is_floor or not is_ieepa_heading, 0, duty_usd) as ieepa_high_usd
    from filed

),

beside_the_split as (

    select
        rows.entry_number,
        rows.line_number,
        rows.tariff_ordinal,
        rows.partition_month,
        rows.heading,
        rows.programme,
        rows.duty_bucket,
        rows.duty_usd,
        rows.rate_kind,
        rows.registry_rate,
        rows.floor_rate,
        rows.anomaly_codes,
        rows.rule_source,
        rows.rule_locator,
        rows.law_date,
        rows.country_of_origin,
        rows.is_ieepa_heading,
        rows.counts_as_certain,
        rows.is_floor,
        splits.column_1_applied_rate,
        list_contains(splits.anomaly_codes, 'FLOOR-DOES-NOT-ADD-UP') as is_floor_amiss,
        list_contains(splits.anomaly_codes, 'COLUMN-1-UNKNOWN') as is_column_1_unknown,
        coalesce(sum(if(rows.duty_bucket = 'column_1', rows.duty_usd, null)) over line, 0) as commodity_duty_usd,
        rows.ieepa_low_usd as own_low_usd,
        rows.ieepa_high_usd as own_high_usd,
        splits.ieepa_low_usd - coalesce(sum(rows.ieepa_low_usd) over line, 0) as floor_low_usd,
        splits.ieepa_high_usd - coalesce(sum(rows.ieepa_high_usd) over line, 0) as floor_high_usd,
        coalesce(sum(if(rows.is_floor, rows.duty_usd, null)) over rows_so_far, 0) as floor_duty_so_far_usd
    from judged_alone as rows
    join lines.duty_splits as splits
        on rows.entry_number = splits.entry_number
       and rows.line_number = splits.line_number
    window
        line as (partition by rows.entry_number, rows.line_number),
        rows_so_far as (
            partition by rows.entry_number, rows.line_number
            order by rows.tariff_ordinal
            rows between unbounded preceding and current row
        )

),

shares as (

    select
        entry_number,
        line_number,
        tariff_ordinal,
        partition_month,
        heading,
        programme,
        duty_bucket,
        duty_usd,
        rate_kind,
        registry_rate,
        floor_rate,
        anomaly_codes,
        rule_source,
        rule_locator,
        law_date,
        country_of_origin,
        is_ieepa_heading,
        counts_as_certain,
        is_floor,
        is_floor_amiss,
        is_column_1_unknown,
        column_1_applied_rate,
        commodity_duty_usd,
        regexp_replace(cast(cast(floor_rate * 100 as decimal(9, 4)) as varchar), '\.?0+$', '') || ' % heading'
            as floor_name,
        regexp_replace(cast(cast(column_1_applied_rate * 100 as decimal(9, 4)) as varchar), '\.?0+$', '')
            as column_1_percent,
        case
            when list_contains(anomaly_codes, 'ENTRY-DATE-ABSENT') then 'no date of entry'
            when list_contains(anomaly_codes, 'OUTSIDE-WINDOW') then 'outside the window of the heading'
            when duty_bucket = 'ieepa_exempt' and rate_kind = 'suspended'
                then 'duty under a heading that was suspended on that day'
            when duty_bucket = 'ieepa_exempt' then 'duty under a heading that imposes none'
            when list_contains(anomaly_codes, 'WRONG-ORIGIN') then 'the heading does not apply to the filed origin'
            when list_contains(anomaly_codes, 'PRIVILEGED-FOREIGN-DATE-UNKNOWN')
                then 'zone goods whose duty does not fit the date of entry'
            else 'doubtful'
        end as doubt,
        if(
            is_floor,
            least(floor_low_usd, floor_duty_so_far_usd) - least(floor_low_usd, floor_duty_so_far_usd - duty_usd),
            own_low_usd
        ) as ieepa_low_usd,
        if(
            is_floor,
            least(floor_high_usd, floor_duty_so_far_usd) - least(floor_high_usd, floor_duty_so_far_usd - duty_usd),
            own_high_usd
        ) as ieepa_high_usd
    from beside_the_split

),

reasoned as (

    select
        rows.entry_number,
        rows.line_number,
        rows.tariff_ordinal,
        rows.partition_month,
        rows.heading,
        rows.programme,
        rows.duty_bucket,
        rows.duty_usd,
        rows.registry_rate,
        rows.floor_rate,
        rows.rate_kind,
        rows.anomaly_codes,
        rows.ieepa_low_usd,
        rows.ieepa_high_usd,
        decisions.effective_from,
        decisions.effective_to,
        coalesce(ieepa_authorities.authority, family_authorities.authority) as authority,
        rows.rule_source,
        rows.rule_locator,
        sources.title as rule_title,
        case
            when rows.duty_bucket = 'column_1' then 'ordinary column 1 duty, not refundable under IEEPA'
            when rows.duty_bucket = 'unknown_chapter_99'
                then 'a chapter 99 number that no tariff has printed: never taken for IEEPA'
            when rows.duty_bucket = 'chapter_98' then 'duty on a chapter 98 row, not refundable under IEEPA'
            when rows.duty_bucket = 'other_chapter_99' then 'other chapter 99 duty, not refundable under IEEPA'
            when not rows.is_ieepa_heading
                then 'Section ' || replace(rows.duty_bucket, 'section_', '') || ' duty, not refundable under IEEPA'
            when rows.duty_usd is null and rows.duty_bucket = 'ieepa'
                then 'the export leaves the duty blank: nothing is counted, and the entry is incomplete'
            when coalesce(rows.duty_usd, 0) = 0 and list_contains(rows.anomaly_codes, 'OUTSIDE-WINDOW')
                then 'outside the window of the heading, and no duty on the row'
            when coalesce(rows.duty_usd, 0) = 0 and rows.rate_kind = 'suspended'
                then 'suspended on that day: imposes no duty, and none is on the row'
            when coalesce(rows.duty_usd, 0) = 0 and rows.duty_bucket = 'ieepa_exempt'
                then 'exempt heading: imposes no duty, and none is on the row'
            when rows.duty_usd = 0 then 'no duty on the row'
            when rows.is_floor and rows.ieepa_low_usd < rows.ieepa_high_usd and rows.is_column_1_unknown
                then rows.floor_name || ', column 1 rate unknown: between nothing and the whole row'
            when rows.is_floor and rows.ieepa_low_usd < rows.ieepa_high_usd and rows.is_floor_amiss
                then rows.floor_name || ', but its rows do not make that share of the value: between nothing and the whole row'
            when rows.is_floor and rows.ieepa_low_usd < rows.ieepa_high_usd
                then rows.floor_name || ', what column 1 takes of it is unknown: between nothing and the whole row'
            when rows.is_floor and rows.ieepa_high_usd < rows.duty_usd
                then rows.floor_name || ': ' || (rows.duty_usd - rows.ieepa_high_usd) || ' of column 1 duty taken out'
                    || coalesce(' (' || rows.column_1_percent || ' % of the value)', '')
            when rows.is_floor and rows.commodity_duty_usd > 0
                then rows.floor_name || ', column 1 duty on its own row: counted in full'
            when rows.is_floor and rows.column_1_applied_rate = 0 then rows.floor_name || ', column 1 free: counted in full'
            when rows.is_floor then rows.floor_name || ': counted in full'
            when rows.counts_as_certain and rows.duty_usd < 0
                then 'a credit under a heading that imposes duty on that day: counted in full'
            when rows.counts_as_certain and rows.rate_kind = 'ad_valorem_add_superseded_retro'
                then 'duty at a rate that was later replaced backwards in time: counted in full, as it was paid'
            when rows.counts_as_certain then 'duty under a heading that imposes it on that day: counted in full'
            else rows.doubt || if(
                rows.duty_usd < 0, ': a credit, counted at both ends', ': counted in the high amount only'
            )
        end as contribution_reason
    from shares as rows
    left join lines.heading_decisions as decisions
        on rows.heading = decisions.heading
       and rows.law_date is not distinct from decisions.law_date
       and rows.country_of_origin is not distinct from decisions.country_of_origin
    left join ieepa_authorities
        on rows.heading = ieepa_authorities.heading
       and rows.rule_source = ieepa_authorities.source
       and rows.rule_locator = ieepa_authorities.locator
    left join family_authorities
        on rows.programme = family_authorities.family
       and rows.rule_source = family_authorities.source
       and rows.rule_locator = family_authorities.locator
    left join registry.sources as sources
        on rows.rule_source = sources.source

)

select
    entry_number,
    line_number,
    tariff_ordinal,
    partition_month,
    heading,
    programme,
    duty_bucket,
    duty_usd,
    rate_kind,
    registry_rate,
    floor_rate,
    effective_from,
    effective_to,
    authority,
    rule_source,
    rule_locator,
    rule_title,
    cast(ieepa_low_usd as decimal(18, 2)) as ieepa_low_usd,
    cast(ieepa_high_usd as decimal(18, 2)) as ieepa_high_usd,
    contribution_reason,
    anomaly_codes
from reasoned
