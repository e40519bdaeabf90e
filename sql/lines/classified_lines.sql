-- Every tariff row of every entry's baseline: which duty it is, by which rule, and what is odd about it. The amount is
-- the one filed on the row; the registry's rate only tests it. Which duties go together on one line, and which the law
-- keeps apart, stands in registry.stacking_rules; which an agreement exempts, in registry.preference_claims. Each rule
-- is one bit, at most 62 of a kind: the rules that bind a heading are one number, and so are those that a line keeps
-- or breaks, so that no row is held against every rule.
-- Grain: entry_number, line_number, tariff_ordinal.

with

baseline_loads as (

    select
        baselines.entry_number,
        versions.load_id,
        versions.load_number,
        baselines.partition_month,
        baselines.entry_month,
        baselines.entry_date,
        law_dates.law_date,
        -- the law of zone goods is that of a day no report shows
        coalesce(
            baselines.entry_type_code = '06' and law_dates.law_date_basis is distinct from 'privileged_foreign_date',
            false
        ) as is_admission_unknown,
        baselines.importer_number,
        baselines.data_complete
    from lines.entry_baselines as baselines
    join ace.entry_version_loads as versions
        on baselines.entry_number = versions.entry_number
       and baselines.version_ordinal = versions.version_ordinal
    left join lines.law_dates as law_dates
        on baselines.entry_number = law_dates.entry_number
    where list_contains($months, baselines.partition_month)

),

-- a line repeats a row where it has more rows than ordinals; ordinals from 63 on are not told apart
lines_that_may_repeat as (

    select
        rows.entry_number,
        rows.line_number
    from ace.es003_tariff_lines as rows
    join baseline_loads as loads
        on rows.entry_number = loads.entry_number
       and rows.load_id = loads.load_id
    group by all
    having count(*) > bit_count(bit_or(cast(1 as ubigint) << least(rows.tariff_ordinal, 63)))

),

-- of rows with one key the last counts
replaced_rows as (

    select
        rows.entry_number,
        loads.load_number,
        rows.source_row,
        true as is_replaced
    from lines_that_may_repeat as repeating
    join ace.es003_tariff_lines as rows
        on repeating.entry_number = rows.entry_number
       and repeating.line_number = rows.line_number
    join baseline_loads as loads
        on rows.entry_number = loads.entry_number
       and rows.load_id = loads.load_id
    qualify row_number() over (
        partition by rows.entry_number, rows.line_number, rows.tariff_ordinal
        order by loads.load_number desc, rows.source_row desc
    ) > 1

),

numbered_rules as (

    select
        kind,
        programme,
        countries,
        countries_excepted,
        beside,
        effective_from,
        effective_to,
        cast(1 as bigint) << cast(row_number() over (partition by kind order by stacking_rule) - 1 as integer) as bit
    from registry.stacking_rules
    where withdrawn_date is null

),

numbered_claims as (

    select
        spi_code,
        countries,
        claim_effect,
        programme,
        pattern,
        effective_from,
        effective_to,
        cast(1 as bigint)
        << cast(row_number() over (order by spi_code, programme, effective_from) - 1 as integer) as bit
    from registry.preference_claims
    where withdrawn_date is null

),

-- the rules that a programme on the line fulfils or, where duty is paid on it, sets off
programme_bits as (

    select
        programme,
        coalesce(bit_or(bit) filter (where kind = 'needs'), 0) as company_bits,
        coalesce(bit_or(bit) filter (where kind <> 'needs'), 0) as prevailing_bits
    from (select kind, bit, unnest(beside) as programme from numbered_rules)
    group by programme

),

claims_of_codes as (

    select
        spi_code,
        bit_or(bit) as claimed_bits
    from numbered_claims
    group by all

),

-- a heading that a policy does not take for IEEPA is company to others, and yields to none
programmes_of_headings as (

    select
        heading,
        bit_or(coalesce(programme_bits.company_bits, 0)) as company_bits
    from registry.ieepa_headings as headings
    left join programme_bits
        on headings.programme = programme_bits.programme
    where headings.withdrawn_date is null
    group by all

),

numbered_headings as (

    select
        heading,
        row_number() over (order by heading) as ieepa_heading_number
    from lines.heading_decisions
    where duty_bucket in ('ieepa', 'ieepa_exempt')
    group by heading

),

bound_by_rules as (

    select
        decisions.decision_key,
        coalesce(bit_or(rules.bit) filter (where rules.kind = 'needs'), 0) as needed_bits,
        coalesce(bit_or(rules.bit) filter (where rules.kind <> 'needs'), 0) as yielding_bits
    from lines.heading_decisions as decisions
    join numbered_rules as rules
        on decisions.programme = rules.programme
       and decisions.law_date between rules.effective_from and rules.effective_to
    left join registry.origin_aliases as aliases
        on decisions.country_of_origin = aliases.origin_alias
       and aliases.withdrawn_date is null
    where list_has_any(rules.countries, ['ALL', coalesce(aliases.country_code, decisions.country_of_origin)])
      and not coalesce(
            list_contains(
                rules.countries_excepted, coalesce(aliases.country_code, decisions.country_of_origin)
            ),
            false
          )
    group by decisions.decision_key

),

bound_by_claims as (

    select
        decisions.decision_key,
        bit_or(claims.bit) as claim_bits
    from lines.heading_decisions as decisions
    join numbered_claims as claims
        on decisions.programme = claims.programme
       and decisions.law_date between claims.effective_from and claims.effective_to
    left join registry.origin_aliases as aliases
        on decisions.country_of_origin = aliases.origin_alias
       and aliases.withdrawn_date is null
    where list_contains(claims.countries, coalesce(aliases.country_code, decisions.country_of_origin))
      -- a claim that changes column 1 bears on the heading that holds column 1 duty, and on no other
      and (claims.claim_effect <> 'lowers_column_1' or decisions.heading = claims.pattern)
    group by decisions.decision_key

),

decided as (

    select
        split_part(decisions.decision_key, '|', 1) as hts_digits,
        decisions.law_date,
        decisions.country_of_origin,
        decisions.heading,
        numbered_headings.ieepa_heading_number,
        decisions.duty_bucket in ('ieepa', 'ieepa_exempt') as is_ieepa_heading,
        decisions.duty_bucket = 'ieepa' and decisions.programme = 'reciprocal' as is_reciprocal,
        list_contains(decisions.anomaly_codes, 'OUTSIDE-WINDOW') as is_outside_window,
        decisions.programme,
        decisions.duty_bucket,
        decisions.counts_as_certain,
        decisions.rate_kind,
        decisions.registry_rate,
        decisions.floor_rate,
        decisions.anomaly_codes,
        coalesce(if(decisions.programme is null, headings.company_bits, own.company_bits), 0) as company_bits,
        coalesce(own.prevailing_bits, 0) as prevailing_bits,
        coalesce(rules.needed_bits, 0) as needed_bits,
        coalesce(rules.yielding_bits, 0) as yielding_bits,
        coalesce(claims.claim_bits, 0) as claim_bits
    from lines.heading_decisions as decisions
    left join numbered_headings
        on decisions.heading = numbered_headings.heading
    left join programme_bits as own
        on decisions.programme = own.programme
    left join programmes_of_headings as headings
        on decisions.heading = headings.heading
    left join bound_by_rules as rules
        on decisions.decision_key = rules.decision_key
    left join bound_by_claims as claims
        on decisions.decision_key = claims.decision_key

),

-- computed anew by each of its readers, with the columns that one needs: cheaper than to keep the rows; after an anti
-- join DuckDB would expect few rows, and hash all of them instead of the decisions
judged_rows as not materialized (

    select
        rows.entry_number,
        rows.line_number,
        rows.tariff_ordinal,
        loads.partition_month,
        loads.entry_month,
        coalesce(rows.entry_date, loads.entry_date) as entry_date,
        coalesce(loads.law_date, rows.entry_date, loads.entry_date) as law_date,
        loads.is_admission_unknown,
        loads.importer_number,
        loads.data_complete,
        rows.country_of_origin,
        rows.line_spi_code,
        rows.hts_number,
        rows.hts_number < '98' as is_commodity,
        rows.goods_value_usd,
        rows.duty_usd,
        coalesce(rows.duty_usd <> 0, false) as has_duty,
        rows.column_1_rate_filed,
        decisions.heading,
        decisions.ieepa_heading_number,
        decisions.is_ieepa_heading,
        -- of these one applies to a value
        has_duty and decisions.is_reciprocal as is_reciprocal_duty,
        decisions.programme,
        decisions.duty_bucket,
        decisions.is_outside_window,
        decisions.counts_as_certain,
        decisions.rate_kind,
        decisions.registry_rate,
        decisions.floor_rate,
        decisions.anomaly_codes,
        decisions.company_bits,
        decisions.prevailing_bits,
        decisions.needed_bits,
        decisions.yielding_bits,
        decisions.claim_bits,
        rows.load_id,
        rows.source_row
    from ace.es003_tariff_lines as rows
    join baseline_loads as loads
        on rows.entry_number = loads.entry_number
       and rows.load_id = loads.load_id
    join decided as decisions
        on substr(rows.hts_number, 1, 8) = decisions.hts_digits
       and coalesce(loads.law_date, rows.entry_date, loads.entry_date) is not distinct from decisions.law_date
       and rows.country_of_origin is not distinct from decisions.country_of_origin
    left join replaced_rows
        on rows.entry_number = replaced_rows.entry_number
       and loads.load_number = replaced_rows.load_number
       and rows.source_row = replaced_rows.source_row
    where replaced_rows.is_replaced is not true

),

lines as (

    select
        rows.entry_number,
        rows.line_number,
        -- the entered value stands on the rows of chapters 1 to 97; it is looked for elsewhere where those have none,
        -- and unknown where only some of them state it
        cast(
            case
                when coalesce(max(rows.goods_value_usd) filter (where rows.is_commodity), 0) <= 0
                    then sum(rows.goods_value_usd)
                when not bool_or(rows.is_commodity and rows.goods_value_usd is null)
                    then sum(rows.goods_value_usd) filter (where rows.is_commodity)
            end as decimal(18, 2)
        ) as line_value_usd,
        bool_or(starts_with(rows.hts_number, '98')) as has_chapter_98,
        bit_or(rows.company_bits) as company_bits,
        bit_or(rows.prevailing_bits) filter (where rows.has_duty) as prevailing_bits,
        bit_or(claims.claimed_bits) as claimed_bits,
        min(rows.ieepa_heading_number) filter (where rows.is_reciprocal_duty)
        < max(rows.ieepa_heading_number) filter (where rows.is_reciprocal_duty) as has_two_reciprocals,
        count(rows.ieepa_heading_number) > 2
        or (count(rows.ieepa_heading_number) = 2
            and min(rows.ieepa_heading_number) = max(rows.ieepa_heading_number)) as may_repeat_heading
    from judged_rows as rows
    left join claims_of_codes as claims
        on upper(trim(rows.line_spi_code)) = claims.spi_code
    group by rows.entry_number, rows.line_number

),

repeated_headings as (

    select
        rows.entry_number,
        rows.line_number,
        decisions.ieepa_heading_number
    from lines
    join ace.es003_tariff_lines as rows
        on lines.entry_number = rows.entry_number
       and lines.line_number = rows.line_number
    join baseline_loads as loads
        on rows.entry_number = loads.entry_number
       and rows.load_id = loads.load_id
    join decided as decisions
        on substr(rows.hts_number, 1, 8) = decisions.hts_digits
       and coalesce(loads.law_date, rows.entry_date, loads.entry_date) is not distinct from decisions.law_date
       and rows.country_of_origin is not distinct from decisions.country_of_origin
    left join replaced_rows
        on rows.entry_number = replaced_rows.entry_number
       and loads.load_number = replaced_rows.load_number
       and rows.source_row = replaced_rows.source_row
    where lines.may_repeat_heading
      and replaced_rows.is_replaced is not true
      and decisions.ieepa_heading_number is not null
    group by all
    having count(*) > 1

),

tested as (

    select
        rows.entry_number,
        rows.line_number,
        rows.tariff_ordinal,
        rows.partition_month,
        rows.entry_month,
        rows.entry_date,
        rows.law_date,
        rows.is_admission_unknown,
        rows.importer_number,
        rows.country_of_origin,
        rows.hts_number,
        rows.heading,
        rows.goods_value_usd,
        rows.duty_usd,
        lines.line_value_usd,
        rows.programme,
        rows.duty_bucket,
        rows.has_duty and rows.duty_bucket = 'ieepa' as is_ieepa_duty,
        rows.counts_as_certain,
        rows.rate_kind,
        rows.registry_rate,
        rows.floor_rate,
        -- on a line with a chapter 98 row the duty is reckoned on a value that the line does not state
        case
            when rows.registry_rate = 0 then cast(0 as decimal(18, 2))
            when lines.line_value_usd > 0 and not lines.has_chapter_98
                then cents(lines.line_value_usd, rows.registry_rate)
        end as expected_duty_usd,
        coalesce(
            is_ieepa_duty and abs(rows.duty_usd - expected_duty_usd) > greatest(expected_duty_usd * 0.005, 0.01), false
        ) as rate_deviates,
        -- under the KORUS preference the printed general rate is not the column 1 rate that applied
        if(starts_with(upper(rows.line_spi_code), 'KR'), null, rows.column_1_rate_filed) as column_1_rate_filed,
        rows.anomaly_codes,
        rows.is_admission_unknown and (rate_deviates or rows.is_outside_window) as is_law_date_doubtful,
        rows.has_duty and rows.duty_bucket = 'ieepa_exempt' and not rows.is_outside_window as is_exempt_with_duty,
        is_ieepa_duty and coalesce(lines.line_value_usd, 0) = 0 as is_without_value,
        rows.duty_usd is null and rows.duty_bucket = 'ieepa' as is_duty_absent,
        -- a row that could not be used may be the one that is missed
        rows.has_duty and rows.data_complete and (rows.needed_bits & ~lines.company_bits) <> 0 as lacks_company,
        (rows.is_reciprocal_duty and lines.has_two_reciprocals)
        or (rows.is_ieepa_heading and repeated_headings.entry_number is not null) as is_duplicate,
        rows.has_duty and coalesce(rows.yielding_bits & lines.prevailing_bits, 0) <> 0 as is_excluded,
        rows.has_duty and coalesce(rows.claim_bits & lines.claimed_bits, 0) <> 0 as is_under_preference,
        rows.load_id,
        rows.source_row
    from judged_rows as rows
    join lines
        on rows.entry_number = lines.entry_number
       and rows.line_number = lines.line_number
    left join repeated_headings
        on rows.entry_number = repeated_headings.entry_number
       and rows.line_number = repeated_headings.line_number
       and rows.ieepa_heading_number = repeated_headings.ieepa_heading_number

)

select
    entry_number,
    line_number,
    tariff_ordinal,
    partition_month,
    entry_month,
    entry_date,
    law_date,
    importer_number,
    country_of_origin,
    hts_number,
    heading,
    goods_value_usd,
    duty_usd,
    line_value_usd,
    programme,
    duty_bucket,
    is_ieepa_duty,
    -- a rate that does not fit tells of a zone entry whose law is that of its privileged foreign date
    counts_as_certain and not (rate_deviates and is_admission_unknown) as counts_as_certain,
    rate_kind,
    registry_rate,
    floor_rate,
    expected_duty_usd,
    column_1_rate_filed,
    if(
        is_law_date_doubtful or is_exempt_with_duty or is_without_value or is_duty_absent or rate_deviates
        or lacks_company or is_duplicate or is_excluded or is_under_preference,
        list_concat(
            anomaly_codes,
            list_filter(
                [
                    if(is_law_date_doubtful, 'PRIVILEGED-FOREIGN-DATE-UNKNOWN', null),
                    if(is_exempt_with_duty,
                        if(rate_kind = 'suspended', 'DUTY-ON-SUSPENDED-HEADING', 'DUTY-ON-EXEMPT-HEADING'), null),
                    if(is_without_value, 'DUTY-WITHOUT-VALUE', null),
                    if(is_duty_absent, 'DUTY-ABSENT', null),
                    if(rate_deviates, 'RATE-DEVIATES', null),
                    if(lacks_company, 'COMPANION-HEADING-MISSING', null),
                    if(is_duplicate, 'DUPLICATE-HEADING', null),
                    if(is_excluded, 'EXCLUDED-STACK', null),
                    if(is_under_preference, 'PREFERENCE-CLAIM', null)
                ],
                lambda code: code is not null
            )
        ),
        anomaly_codes
    ) as anomaly_codes,
    load_id,
    source_row,
    $registry_version as registry_version
from tested
