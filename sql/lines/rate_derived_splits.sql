-- The duty of every entry line known from a broker's list only, split by the authority it was collected under. Stacks
-- that fit and agree give one amount of IEEPA duty, others a range; where none fits or column 1 is unknown, the range
-- begins at zero and ends at what was paid or at the most that the registry allows. A credit counts in full at both
-- ends. What no stated type names is column 1 duty up to its due, then that of the one authority all fitting stacks
-- share.
-- Grain: entry_number, line_number.

with

findings as (

    select
        duties.entry_number,
        duties.line_number,
        case
            when duties.is_contradictory then 'contradictory'
            when duties.open_usd is null then if(fits.is_free_of_ieepa and duties.has_types, 'none', 'absent')
            when duties.open_usd = 0 or (fits.is_free_of_ieepa and not duties.is_ieepa_stated) then 'none'
            when duties.open_usd < 0 then 'credit'
            when fits.fit_count > 0 then 'fitting'
            else 'unfitting'
        end as finding,
        finding = 'fitting' and fits.hides_column_1 as is_column_1_hidden,
        finding = 'fitting' and fits.restores_column_1 as is_column_1_restored,
        -- of amounts that contradict each other the greater is the most it can be
        coalesce(duties.most_stated_ieepa_usd, duties.paid_duty_usd) as most_contradictory_usd,
        case
            when finding = 'contradictory' then least(most_contradictory_usd, 0)
            when finding = 'credit' then duties.open_usd
            when finding = 'fitting' then fits.least_fit_usd
            else 0
        end as low_usd,
        case
            when finding = 'contradictory' and fits.is_free_of_ieepa and not duties.is_ieepa_stated then 0
            when finding = 'contradictory' and most_contradictory_usd > 0
                then greatest(least(most_contradictory_usd, duties.paid_duty_usd), 0)
            when finding = 'contradictory' then most_contradictory_usd
            when finding = 'credit' then duties.open_usd
            when finding = 'fitting' then fits.most_fit_usd
            when finding = 'unfitting' and duties.is_ieepa_stated then duties.open_usd
            when finding = 'unfitting' then least(duties.open_usd, coalesce(fits.most_allowed_usd, duties.open_usd))
            else 0
        end as high_usd
    from lines.broker_line_duties as duties
    join lines.rate_fits as fits
        on duties.entry_number = fits.entry_number
       and duties.line_number = fits.line_number
    where list_contains($months, duties.partition_month)

),

remainders as (

    select
        findings.entry_number,
        findings.line_number,
        findings.finding,
        findings.is_column_1_hidden,
        findings.is_column_1_restored,
        findings.low_usd,
        findings.high_usd,
        -- stated types that contradict each other name nothing
        findings.finding <> 'contradictory' as counts_types,
        duties.paid_duty_usd - findings.high_usd
        - if(counts_types, duties.other_types_usd + coalesce(duties.column_1_duty_usd, 0), 0) as unnamed_usd,
        if(
            counts_types and coalesce(duties.column_1_duty_usd, 0) = 0,
            greatest(
                least(
                    unnamed_usd,
                    coalesce(fits.fit_column_1_usd, cents(duties.line_value_usd, duties.known_column_1_rate), 0)
                ),
                0
            ),
            0
        ) as unnamed_column_1_usd,
        unnamed_usd - unnamed_column_1_usd as rest_usd,
        findings.finding = 'fitting' and not duties.is_ieepa_stated and fits.fit_section_301_usd is not null
        and rest_usd > 0 as is_rest_told,
        case
            when not is_rest_told then 0
            when fits.fit_section_232_usd > 0 then least(fits.fit_section_301_usd, rest_usd)
            when fits.fit_section_301_usd > 0 then rest_usd
            else 0
        end as rest_301_usd,
        if(is_rest_told and fits.fit_section_232_usd > 0, rest_usd - rest_301_usd, 0) as rest_232_usd,
        if(is_rest_told and fits.fit_section_301_usd = 0 and fits.fit_section_232_usd = 0, rest_usd, 0)
            as rest_column_1_usd,
        rest_usd - rest_301_usd - rest_232_usd - rest_column_1_usd as rest_other_usd
    from findings
    join lines.broker_line_duties as duties
        on findings.entry_number = duties.entry_number
       and findings.line_number = duties.line_number
    join lines.rate_fits as fits
        on findings.entry_number = fits.entry_number
       and findings.line_number = fits.line_number

)

select
    duties.entry_number,
    duties.line_number,
    duties.partition_month,
    duties.entry_month,
    duties.entry_date,
    duties.importer_number,
    duties.country_of_origin,
    duties.line_value_usd,
    duties.paid_duty_usd,
    cast(found.low_usd as decimal(18, 2)) as ieepa_usd,
    cast(found.low_usd as decimal(18, 2)) as ieepa_low_usd,
    cast(found.high_usd as decimal(18, 2)) as ieepa_high_usd,
    cast(found.high_usd - found.low_usd as decimal(18, 2)) as undetermined_usd,
    cast(duties.paid_duty_usd - found.high_usd as decimal(18, 2)) as non_ieepa_usd,
    cast(
        if(found.counts_types, coalesce(duties.section_232_duty_usd, 0), 0) + found.rest_232_usd as decimal(18, 2)
    ) as section_232_usd,
    cast(
        if(found.counts_types, coalesce(duties.section_301_duty_usd, 0), 0) + found.rest_301_usd as decimal(18, 2)
    ) as section_301_usd,
    if(found.counts_types, coalesce(duties.section_201_duty_usd, 0), 0) as section_201_usd,
    if(found.counts_types, coalesce(duties.section_122_duty_usd, 0), 0) as section_122_usd,
    cast(0 as decimal(18, 2)) as chapter_98_usd,
    cast(
        if(found.counts_types, coalesce(duties.other_duty_usd, 0), 0) + found.rest_other_usd as decimal(18, 2)
    ) as other_chapter99_usd,
    cast(
        if(found.counts_types, coalesce(duties.column_1_duty_usd, 0), 0)
        + found.unnamed_column_1_usd + found.rest_column_1_usd as decimal(18, 2)
    ) as column_1_usd,
    if(found.finding = 'fitting', fits.applied_rate, null) as applied_rate,
    if(found.is_column_1_restored, fits.column_1_applied_rate, null) as column_1_applied_rate,
    if(found.is_column_1_restored and fits.column_1_applied_rate is not null, duties.column_1_basis, null)
        as column_1_basis,
    'rate_derived' as split_basis,
    case
        when found.finding not in ('fitting', 'none') or found.low_usd < found.high_usd then 'range'
        when found.is_column_1_restored then 'assumed'
        else 'derived'
    end as split_confidence,
    if(found.is_column_1_restored, 'column1_restored', null) as rests_on_assumption,
    case
        when found.finding = 'fitting' then fits.fit_programmes
        when found.high_usd <> 0 or found.finding = 'absent' then fits.possible_programmes
        else []
    end as programmes,
    list_filter(
        [
            if(found.finding = 'contradictory', 'TYPES-DO-NOT-ADD-UP', null),
            if(found.finding = 'absent', 'DUTY-ABSENT', null),
            if(found.finding = 'unfitting' and duties.entry_date is null, 'ENTRY-DATE-ABSENT', null),
            if(found.finding = 'unfitting' and coalesce(duties.line_value_usd, 0) <= 0, 'DUTY-WITHOUT-VALUE', null),
            if(
                found.is_column_1_hidden
                or (found.finding = 'unfitting' and not duties.is_ieepa_stated and duties.column_1_duty_usd is null
                    and duties.known_column_1_rate is null),
                'COLUMN-1-UNKNOWN',
                null
            ),
            if(
                found.finding = 'credit'
                or (found.finding = 'unfitting' and duties.entry_date is not null and duties.line_value_usd > 0
                    and (duties.is_ieepa_stated or duties.column_1_duty_usd is not null
                        or duties.known_column_1_rate is not null)),
                'TOTAL-DOES-NOT-FIT',
                null
            ),
            if(
                found.finding = 'fitting' and found.low_usd < found.high_usd and not found.is_column_1_hidden,
                'SEVERAL-RATES-FIT',
                null
            ),
            if(
                found.finding = 'unfitting' and duties.entry_type_code = '06', 'PRIVILEGED-FOREIGN-DATE-UNKNOWN', null
            )
        ],
        lambda code: code is not null
    ) as anomaly_codes,
    cast(if(found.finding = 'absent', 1, 0) as integer) as absent_duty_row_count,
    $registry_version as registry_version
from remainders as found
join lines.broker_line_duties as duties
    on found.entry_number = duties.entry_number
   and found.line_number = duties.line_number
join lines.rate_fits as fits
    on found.entry_number = fits.entry_number
   and found.line_number = fits.line_number
