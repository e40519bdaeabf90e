-- One row for each importer of record: where its entries stand, what they are worth, and whether money can reach it.
with by_importer as (
    select
        eligibility.importer_key,
        min(eligibility.importer_number) as importer_number,
        count(*) as entry_count,
        count(*) filter (where eligibility.recommended_path = 'file_cape') as file_cape_count,
        count(*) filter (where eligibility.recommended_path in ('await_refund', 'dispute_refund')) as refund_under_way_count,
        count(*) filter (where eligibility.recommended_path in ('file_protest', 'withdraw_protest_then_cape', 'await_protest', 'court')) as protest_or_court_count,
        count(*) filter (where eligibility.recommended_path in ('manual_review', 'fix_and_refile', 'file_recon_first')) as to_clear_up_count,
        count(*) filter (where eligibility.recommended_path in ('await_phase', 'await_liquidation')) as waiting_count,
        count(*) filter (where eligibility.recommended_path = 'none') as nothing_to_do_count,
        sum(eligibility.refund_principal_usd) as refund_principal_usd,
        sum(eligibility.refund_principal_high_usd) as refund_principal_high_usd,
        sum(eligibility.refunded_principal_usd) as refunded_principal_usd,
        sum(eligibility.open_principal_usd) as open_principal_usd,
        count(*) filter (where eligibility.refund_principal_usd is null) as principal_unknown_count,
        sum(if(eligibility.refund_principal_usd = 0, 0, interest.interest_usd)) as interest_usd,
        count(*) filter (where coalesce(eligibility.refund_principal_usd, 1) > 0 and interest.interest_usd is null)
            as interest_unknown_count
    from entries.eligibility as eligibility
    left join refunds.entry_interest as interest on eligibility.entry_number = interest.entry_number
    where not (
        eligibility.cape_status = 'review'
        and eligibility.recommended_path = 'manual_review'
        and coalesce(eligibility.entry_date > eligibility.as_of_date, false)
    )
    group by eligibility.importer_key
)
select
    by_importer.importer_number,
    coalesce(readiness.importer_name, importers.importer_name) as importer_name,
    readiness.client_id,
    by_importer.entry_count,
    by_importer.file_cape_count,
    by_importer.refund_under_way_count,
    by_importer.protest_or_court_count,
    by_importer.to_clear_up_count,
    by_importer.waiting_count,
    by_importer.nothing_to_do_count,
    by_importer.refund_principal_usd,
    by_importer.refund_principal_high_usd,
    by_importer.refunded_principal_usd,
    by_importer.open_principal_usd,
    by_importer.principal_unknown_count,
    by_importer.interest_usd,
    by_importer.interest_unknown_count,
    deadlines.next_deadline_date,
    readiness.readiness,
    readiness.next_action
from by_importer
left join ace.current_importers as importers on by_importer.importer_key = importers.importer_key
left join reports.payee_readiness as readiness on by_importer.importer_key = readiness.importer_key
left join (
    select importer_key, min(deadline_date) as next_deadline_date
    from reports.calendar_events
    where deadline_date >= as_of_date and who_acts = 'filer'
    group by importer_key
) as deadlines on by_importer.importer_key = deadlines.importer_key
order by by_importer.open_principal_usd desc nulls first, by_importer.importer_number nulls last
