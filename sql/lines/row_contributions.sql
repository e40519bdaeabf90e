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

cited as (

    select
        decisions.heading,
        decisions.law_date,
        decisions.country_of_origin,
        decisions.rule_source,
        decisions.rule_locator,
        decisions.effective_from,
        decisions.effective_to,
        coalesce(ieepa_authorities.authority, family_authorities.authority) as authority,
        sources.title as rule_title
    from lines.heading_decisions as decisions
    left join ieepa_authorities
        on decisions.heading = ieepa_authorities.heading
       and decisions.rule_source = ieepa_authorities.source
       and decisions.rule_locator = ieepa_authorities.locator
    left join family_authorities
        on decisions.programme = family_authorities.family
       and decisions.rule_source = family_authorities.source
       and decisions.rule_locator = family_authorities.locator
    left join registry.sources as sources
        on decisions.rule_source = sources.source

),

floor_lines as (

    select distinct
        entry_number,
        line_number
    from lines.classified_lines
    where duty_bucket = 'ieepa'
      and counts_as_certain
      and rate_kind = 'floor_inclusive'
      and duty_usd > 0

),

-- every row of the lines with duty under a 15 % heading, each judged alone
beside_a_floor as (

    select
        rows.entry_number,
        rows.line_number,
        rows.tariff_ordinal,
        rows.duty_bucket,
        rows.duty_usd,
        rows.floor_rate,
        rows.duty_bucket = 'ieepa' and rows.counts_as_certain and rows.rate_kind = 'floor_inclusive'
        and coalesce(rows.duty_usd > 0, false) as is_floor,
        case
            when is_floor or rows.duty_bucket not in ('ieepa', 'ieepa_exempt') then 0
            when rows.counts_as_certain then rows.duty_usd
            else least(rows.duty_usd, 0)
        end as own_low_usd,
        if(is_floor or rows.duty_bucket not in ('ieepa', 'ieepa_exempt'), 0, rows.duty_usd) as own_high_usd
    from floor_lines
    join lines.classified_lines as rows
        on floor_lines.entry_number = rows.entry_number
       and floor_lines.line_number = rows.line_number

),

beside_the_split as (

    select
        rows.entry_number,
        rows.line_number,
        rows.tariff_ordinal,
        rows.duty_usd,
        rows.floor_rate,
        rows.is_floor,
        splits.column_1_applied_rate,
        list_contains(splits.anomaly_codes, 'FLOOR-DOES-NOT-ADD-UP') as is_floor_amiss,
        list_contains(splits.anomaly_codes, 'COLUMN-1-UNKNOWN') as is_column_1_unknown,
        coalesce(sum(if(rows.duty_bucket = 'column_1', rows.duty_usd, null)) over line, 0) as commodity_duty_usd,
        splits.ieepa_low_usd - coalesce(sum(rows.own_low_usd) over line, 0) as floor_low_usd,
        splits.ieepa_high_usd - coalesce(sum(rows.own_high_usd) over line, 0) as floor_high_usd,
        coalesce(sum(if(rows.is_floor, rows.duty_usd, null)) over rows_so_far, 0) as floor_duty_so_far_usd
    from beside_a_floor as rows
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

floor_shares as (

    select
        entry_number,
        line_number,
        tariff_ordinal,
        duty_usd,
        is_floor_amiss,
        is_column_1_unknown,
        column_1_applied_rate,
        commodity_duty_usd,
        regexp_replace(cast(cast(floor_rate * 100 as decimal(9, 4)) as varchar), '\.?0+$', '') || ' % heading'
            as floor_name,
        regexp_replace(cast(cast(column_1_applied_rate * 100 as decimal(9, 4)) as varchar), '\.?0+$', '')
            as column_1_percent,
        least(floor_low_usd, floor_duty_so_far_usd) - least(floor_low_usd, floor_duty_so_far_usd - duty_usd)
            as ieepa_low_usd,
        least(floor_high_usd, floor_duty_so_far_usd) - least(floor_high_usd, floor_duty_so_far_usd - duty_usd)
            as ieepa_high_usd
    from beside_the_split
    where is_floor

),

floor_rows as (

    select
        entry_number,
        line_number,
        tariff_ordinal,
        cast(ieepa_low_usd as decimal(18, 2)) as ieepa_low_usd,
        cast(ieepa_high_usd as decimal(18, 2)) as ieepa_high_usd,
        case
            when ieepa_low_usd < ieepa_high_usd and is_column_1_unknown
                then floor_name || ', column 1 rate unknown: between nothing and the whole row'
            when ieepa_low_usd < ieepa_high_usd and is_floor_amiss
                then floor_name || ', but its rows do not make that share of the value: between nothing and the whole row'
            when ieepa_low_usd < ieepa_high_usd
                then floor_name || ', what column 1 takes of it is unknown: between nothing and the whole row'
            when ieepa_high_usd < duty_usd
                then floor_name || ': ' || (duty_usd - ieepa_high_usd) || ' of column 1 duty taken out'
                    || coalesce(' (' || column_1_percent || ' % of the value)', '')
            when commodity_duty_usd > 0 then floor_name || ', column 1 duty on its own row: counted in full'
            when column_1_applied_rate = 0 then floor_name || ', column 1 free: counted in full'
            else floor_name || ': counted in full'
        end as contribution_reason
    from floor_shares

),

judged as (

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
        rows.counts_as_certain,
        cited.rule_source,
        cited.rule_locator,
        cited.effective_from,
        cited.effective_to,
        cited.authority,
        cited.rule_title,
        case
            when floor_rows.entry_number is not null then floor_rows.ieepa_low_usd
            when rows.duty_bucket not in ('ieepa', 'ieepa_exempt') then 0
            when rows.counts_as_certain then rows.duty_usd
            -- a credit counts in full at both ends
            else least(rows.duty_usd, 0)
        end as ieepa_low_usd,
        case
            when floor_rows.entry_number is not null then floor_rows.ieepa_high_usd
            when rows.duty_bucket not in ('ieepa', 'ieepa_exempt') then 0
            else rows.duty_usd
        end as ieepa_high_usd,
        floor_rows.contribution_reason as floor_reason
    from lines.classified_lines as rows
    left join floor_rows
        on rows.entry_number = floor_rows.entry_number
       and rows.line_number = floor_rows.line_number
       and rows.tariff_ordinal = floor_rows.tariff_ordinal
    left join cited
        on rows.heading = cited.heading
       and rows.law_date is not distinct from cited.law_date
       and rows.country_of_origin is not distinct from cited.country_of_origin

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
    case
        when floor_reason is not null then floor_reason
        when duty_bucket = 'column_1' then 'ordinary column 1 duty, not refundable under IEEPA'
        when duty_bucket = 'unknown_chapter_99'
            then 'a chapter 99 number that no tariff has printed: never taken for IEEPA'
        when duty_bucket = 'chapter_98' then 'duty on a chapter 98 row, not refundable under IEEPA'
        when duty_bucket = 'other_chapter_99' then 'other chapter 99 duty, not refundable under IEEPA'
        when duty_bucket not in ('ieepa', 'ieepa_exempt')
            then 'Section ' || replace(duty_bucket, 'section_', '') || ' duty, not refundable under IEEPA'
        when duty_usd is null and duty_bucket = 'ieepa'
            then 'the export leaves the duty blank: nothing is counted, and the entry is incomplete'
        when coalesce(duty_usd, 0) = 0 and list_contains(anomaly_codes, 'OUTSIDE-WINDOW')
            then 'outside the window of the heading, and no duty on the row'
        when coalesce(duty_usd, 0) = 0 and rate_kind = 'suspended'
            then 'suspended on that day: imposes no duty, and none is on the row'
        when coalesce(duty_usd, 0) = 0 and duty_bucket = 'ieepa_exempt'
            then 'exempt heading: imposes no duty, and none is on the row'
        when duty_usd = 0 then 'no duty on the row'
        when counts_as_certain and duty_usd < 0
            then 'a credit under a heading that imposes duty on that day: counted in full'
        when counts_as_certain and rate_kind = 'ad_valorem_add_superseded_retro'
            then 'duty at a rate that was later replaced backwards in time: counted in full, as it was paid'
        when counts_as_certain then 'duty under a heading that imposes it on that day: counted in full'
        else case
            when list_contains(anomaly_codes, 'ENTRY-DATE-ABSENT') then 'no date of entry'
            when list_contains(anomaly_codes, 'OUTSIDE-WINDOW') then 'outside the window of the heading'
            when duty_bucket = 'ieepa_exempt' and rate_kind = 'suspended'
                then 'duty under a heading that was suspended on that day'
            when duty_bucket = 'ieepa_exempt' then 'duty under a heading that imposes none'
            when list_contains(anomaly_codes, 'WRONG-ORIGIN') then 'the heading does not apply to the filed origin'
            when list_contains(anomaly_codes, 'PRIVILEGED-FOREIGN-DATE-UNKNOWN')
                then 'zone goods whose duty does not fit the date of entry'
            else 'doubtful'
        end || if(duty_usd < 0, ': a credit, counted at both ends', ': counted in the high amount only')
    end as contribution_reason,
    anomaly_codes
from judged
