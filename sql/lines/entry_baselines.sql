-- Every entry summary known from any report, with the version whose lines and money count: the newest complete one from
-- before the entry was accepted on a CAPE declaration, because CAPE's own new version no longer has the IEEPA rows. Where
-- no version can count, the lines of a broker's list do. An acceptance dated after the as-of day chooses as if there were
-- none: every version that is read was run before it.
-- Grain: entry_number.

with

acceptances as (

    select
        entry_number,
        min(accepted_date) as accepted_date,
        arg_min(accepted_date_basis, accepted_date) as accepted_date_basis,
        if(count(filed_date) = count(*), min(filed_date), null) as filed_date,
        true as is_accepted
    from ace.claim_outcomes
    where claim_outcome = 'accepted'
    group by all

),

candidates as (

    select
        versions.entry_number,
        versions.version_ordinal,
        versions.report_run_date,
        versions.tariff_row_count,
        versions.has_lost_ieepa_duty,
        coalesce(versions.ieepa_heading_duty_usd, 0) as ieepa_heading_duty_usd,
        case
            -- what CAPE accepted carried IEEPA duty, so on an unknown day a version without it is CAPE's own, unless it
            -- was run before the entry was filed
            when acceptances.is_accepted and acceptances.accepted_date is null
                and coalesce(versions.report_run_date >= acceptances.filed_date, true)
                and coalesce(versions.ieepa_heading_duty_usd, 0) <= 0 then 4
            when acceptances.accepted_date is null
                or versions.report_run_date is null
                or versions.report_run_date < acceptances.accepted_date
                then if(versions.is_partial, 2, 1)
            when coalesce(versions.ieepa_heading_duty_usd, 0) > 0 then 3
            else 4
        end as preference
    from ace.entry_versions as versions
    left join acceptances
        on versions.entry_number = acceptances.entry_number

),

several_versions as (

    select distinct entry_number
    from ace.entry_versions
    where version_ordinal > 1

),

chosen_of_several as (

    select
        candidates.entry_number,
        candidates.version_ordinal,
        candidates.report_run_date,
        candidates.preference,
        -- gone since an older version, or still there in a newer one that was passed over as partial
        candidates.has_lost_ieepa_duty
        or (candidates.ieepa_heading_duty_usd = 0
            and coalesce(
                max(candidates.ieepa_heading_duty_usd) filter (where candidates.preference <= 2) over (
                    partition by candidates.entry_number
                    order by candidates.version_ordinal
                    rows between 1 following and unbounded following
                ),
                0
            ) > 0) as has_vanished
    from several_versions
    join candidates
        on several_versions.entry_number = candidates.entry_number
    where candidates.preference < 4
    -- of versions that are all partial the fullest
    qualify row_number() over (
        partition by candidates.entry_number
        order by
            candidates.preference,
            if(candidates.preference = 2, candidates.tariff_row_count, 0) desc,
            candidates.version_ordinal desc
    ) = 1

),

judged as (

    select
        entry_number,
        version_ordinal,
        report_run_date,
        preference,
        has_vanished
    from chosen_of_several

    union all

    select
        candidates.entry_number,
        candidates.version_ordinal,
        candidates.report_run_date,
        candidates.preference,
        candidates.has_lost_ieepa_duty as has_vanished
    from candidates
    anti join several_versions
        on candidates.entry_number = several_versions.entry_number
    where candidates.preference < 4

),

newest as (

    select
        entry_number,
        max(version_ordinal) as version_ordinal
    from ace.entry_versions
    group by all

),

quarantined as (

    select
        quarantine.entry_number,
        count(*) as row_count
    from ace.quarantine as quarantine
    join ace.readable_loads as loads
        on quarantine.load_id = loads.load_id
    left join ace.entry_version_loads as versions
        on quarantine.load_id = versions.load_id
       and quarantine.entry_number = versions.entry_number
    left join judged
        on quarantine.entry_number = judged.entry_number
    where quarantine.entry_number is not null
      and loads.report_code = 'ES-003'
      -- a file of an older run that gave the entry no row holds rows of another version
      and (
          versions.version_ordinal = judged.version_ordinal
          or (versions.version_ordinal is null
              and not coalesce(loads.report_run_date < judged.report_run_date, false))
      )
    group by all

),

es022 as (

    select
        rows.entry_number,
        max(rows.importer_number) as importer_number,
        max(rows.importer_key) as importer_key,
        max(rows.entry_date) as entry_date
    from ace.es022_entries as rows
    join ace.readable_loads as loads
        on rows.load_id = loads.load_id
    group by all

),

broker as (

    select
        entry_number,
        max(report_run_date) as report_run_date,
        max(load_number) as load_number,
        bool_or(has_lost_lines) as has_lost_lines,
        max(importer_number) as importer_number,
        max(importer_key) as importer_key,
        max(entry_type_code) as entry_type_code,
        max(entry_date) as entry_date,
        cast(
            sum(
                hash(
                    entry_number, line_number, entry_date, country_of_origin, hts_number, goods_value_usd,
                    column_1_rate_filed, line_spi_code, paid_duty_usd, ieepa_duty_usd, ieepa_fentanyl_duty_usd,
                    ieepa_reciprocal_duty_usd, ieepa_brazil_duty_usd, ieepa_india_duty_usd, section_301_duty_usd,
                    section_232_duty_usd, section_201_duty_usd, section_122_duty_usd, column_1_duty_usd,
                    other_duty_usd, load_id, source_row
                )
            ) as varchar
        ) as rows_hash
    from ace.current_broker_lines
    group by all

),

-- rows set aside of the list that counts, or of one that is newer
broker_quarantined as (

    select
        quarantine.entry_number,
        count(*) as row_count
    from ace.quarantine as quarantine
    join ace.readable_loads as loads
        on quarantine.load_id = loads.load_id
    left join broker
        on quarantine.entry_number = broker.entry_number
    where quarantine.entry_number is not null
      and loads.report_code = 'BROKER-LINES'
      and (
          broker.entry_number is null
          or (coalesce(loads.report_run_date, date '0001-01-01'), loads.load_number)
              >= (coalesce(broker.report_run_date, date '0001-01-01'), broker.load_number)
      )
    group by all

),

-- the newest version where it is not the one that counts
passed_over as (

    select
        newest.entry_number,
        versions.importer_number,
        versions.importer_key,
        versions.entry_type_code,
        versions.entry_date,
        versions.entry_summary_date,
        versions.ieepa_heading_duty_usd
    from newest
    left join judged
        on newest.entry_number = judged.entry_number
    join ace.entry_versions as versions
        on newest.entry_number = versions.entry_number
       and newest.version_ordinal = versions.version_ordinal
    where newest.version_ordinal is distinct from judged.version_ordinal

),

known_entries as (

    select entry_number from newest
    union
    select entry_number from quarantined
    union
    select entry_number from broker
    union
    select entry_number from broker_quarantined
    union
    select entry_number from ace.claim_outcomes
    union
    select entry_number from es022

),

assembled as (

    select
        known_entries.entry_number,
        judged.version_ordinal,
        judged.preference,
        judged.has_vanished,
        judged.version_ordinal is null and broker.entry_number is not null as is_from_broker,
        if(is_from_broker, broker.report_run_date, baseline.report_run_date) as report_run_date,
        acceptances.is_accepted,
        acceptances.accepted_date,
        acceptances.accepted_date_basis,
        coalesce(
            baseline.importer_number, latest.importer_number, broker.importer_number, es022.importer_number
        ) as importer_number,
        coalesce(baseline.importer_key, latest.importer_key, broker.importer_key, es022.importer_key) as importer_key,
        coalesce(baseline.entry_type_code, latest.entry_type_code, broker.entry_type_code) as entry_type_code,
        coalesce(baseline.entry_date, latest.entry_date, broker.entry_date, es022.entry_date) as entry_date,
        coalesce(baseline.entry_summary_date, latest.entry_summary_date) as entry_summary_date,
        case
            when is_from_broker
                then quarantined.row_count is null
                    and broker_quarantined.row_count is null
                    and not broker.has_lost_lines
            else judged.version_ordinal is not null
                and quarantined.row_count is null
                and not baseline.is_partial
        end as data_complete,
        if(is_from_broker, broker.rows_hash, baseline.rows_hash) as rows_hash,
        baseline.ieepa_heading_duty_usd as baseline_ieepa_heading_duty_usd,
        if(latest.entry_number is null, baseline.ieepa_heading_duty_usd, latest.ieepa_heading_duty_usd)
            as newest_ieepa_heading_duty_usd
    from known_entries
    left join judged
        on known_entries.entry_number = judged.entry_number
    left join ace.entry_versions as baseline
        on judged.entry_number = baseline.entry_number
       and judged.version_ordinal = baseline.version_ordinal
    left join passed_over as latest
        on known_entries.entry_number = latest.entry_number
    left join acceptances
        on known_entries.entry_number = acceptances.entry_number
    left join quarantined
        on known_entries.entry_number = quarantined.entry_number
    left join es022
        on known_entries.entry_number = es022.entry_number
    left join broker
        on known_entries.entry_number = broker.entry_number
    left join broker_quarantined
        on known_entries.entry_number = broker_quarantined.entry_number

)

select
    entry_number,
    partition_month_of(entry_date) as partition_month,
    coalesce(strftime(entry_date, '%Y-%m'), 'undated') as entry_month,
    substr(entry_number, 1, 3) as filer_code,
    version_ordinal,
    case
        when is_from_broker then 'broker_lines'
        when version_ordinal is null then 'none_es022_only'
        when has_vanished then 'ieepa_vanished'
        when preference = 3 then 'later_run_still_carries_ieepa'
        when is_accepted and accepted_date_basis = 'declarations' then 'before_acceptance'
        when is_accepted then 'acceptance_date_proxy'
        else 'no_acceptance_newest'
    end as baseline_basis,
    report_run_date,
    accepted_date,
    importer_number,
    importer_key,
    entry_type_code,
    entry_date,
    entry_summary_date,
    coalesce(data_complete, false) as data_complete,
    rows_hash,
    baseline_ieepa_heading_duty_usd,
    newest_ieepa_heading_duty_usd
from assembled
