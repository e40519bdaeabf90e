-- The position in one row: how old the reports are, the principal from certain to most, what has come, what is open.
select
    position.as_of_date,
    position.newest_es003_run_date,
    position.as_of_date - position.newest_es003_run_date as es003_age_days,
    position.newest_es022_run_date,
    position.as_of_date - position.newest_es022_run_date as es022_age_days,
    position.newest_rev603_run_date,
    position.as_of_date - position.newest_rev603_run_date as rev603_age_days,
    position.undated_load_count,
    position.entry_count,
    position.later_entry_count,
    position.quarantined_row_count,
    position.paid_duty_usd,
    position.refund_principal_usd,
    position.refund_principal_high_usd,
    position.refund_principal_high_usd - position.refund_principal_usd as undetermined_usd,
    position.refunded_principal_usd,
    position.deposited_usd,
    position.open_principal_usd,
    position.principal_unknown_count,
    paths.interest_usd,
    paths.open_interest_usd,
    paths.interest_unknown_count,
    position.registry_version
from reports.position as position
cross join (
    select
        sum(interest_usd) as interest_usd,
        sum(interest_usd) filter (where cape_status not in ('refunded', 'no_ieepa')) as open_interest_usd,
        sum(interest_unknown_count) as interest_unknown_count
    from reports.position_by_path
) as paths
