-- The user's own facts about every entry as they stand. A fact that two files state differently is unknown and named.
-- Grain: entry_number.

with

received as (

    select
        rows.entry_number,
        rows.deposit_date,
        rows.adcvd_status,
        rows.drawback,
        rows.protest_number,
        rows.protest_filed_date,
        rows.protest_status,
        rows.protest_decision_date,
        rows.protest_scope,
        rows.recon_09_filed,
        rows.recon_issue,
        rows.recon_due_date,
        rows.recon_exposure_usd,
        rows.surety_paid,
        rows.column_1_rate,
        rows.prior_refund_usd,
        rows.box28_number,
        rows.warehouse_entry_number,
        rows.privileged_foreign_date,
        rows.account_last_four,
        rows.evidence,
        rows.recorded_on,
        rows.recorded_by
    from ace.entry_facts as rows
    join ace.readable_loads as loads
        on rows.load_id = loads.load_id

)

select
    entry_number,
    if(count(distinct deposit_date) > 1, null, max(deposit_date)) as deposit_date,
    if(count(distinct adcvd_status) > 1, null, max(adcvd_status)) as adcvd_status,
    if(count(distinct drawback) > 1, null, max(drawback)) as drawback,
    if(count(distinct protest_number) > 1, null, max(protest_number)) as protest_number,
    if(count(distinct protest_filed_date) > 1, null, max(protest_filed_date)) as protest_filed_date,
    if(count(distinct protest_status) > 1, null, max(protest_status)) as protest_status,
    if(count(distinct protest_decision_date) > 1, null, max(protest_decision_date)) as protest_decision_date,
    if(count(distinct protest_scope) > 1, null, max(protest_scope)) as protest_scope,
    if(count(distinct recon_09_filed) > 1, null, max(recon_09_filed)) as recon_09_filed,
    if(count(distinct recon_issue) > 1, null, max(recon_issue)) as recon_issue,
    if(count(distinct recon_due_date) > 1, null, max(recon_due_date)) as recon_due_date,
    if(count(distinct recon_exposure_usd) > 1, null, max(recon_exposure_usd)) as recon_exposure_usd,
    if(count(distinct surety_paid) > 1, null, max(surety_paid)) as surety_paid,
    if(count(distinct column_1_rate) > 1, null, max(column_1_rate)) as column_1_rate,
    if(count(distinct prior_refund_usd) > 1, null, max(prior_refund_usd)) as prior_refund_usd,
    if(count(distinct box28_number) > 1, null, max(box28_number)) as box28_number,
    if(count(distinct warehouse_entry_number) > 1, null, max(warehouse_entry_number)) as warehouse_entry_number,
    if(count(distinct privileged_foreign_date) > 1, null, max(privileged_foreign_date)) as privileged_foreign_date,
    if(count(distinct account_last_four) > 1, null, max(account_last_four)) as account_last_four,
    max(evidence) as evidence,
    max(recorded_on) as recorded_on,
    max(recorded_by) as recorded_by,
    list_filter(
        [
            if(count(distinct deposit_date) > 1, 'deposit_date', null),
            if(count(distinct adcvd_status) > 1, 'adcvd_status', null),
            if(count(distinct drawback) > 1, 'drawback', null),
            if(count(distinct protest_number) > 1, 'protest_number', null),
            if(count(distinct protest_filed_date) > 1, 'protest_filed_date', null),
            if(count(distinct protest_status) > 1, 'protest_status', null),
            if(count(distinct protest_decision_date) > 1, 'protest_decision_date', null),
            if(count(distinct protest_scope) > 1, 'protest_scope', null),
            if(count(distinct recon_09_filed) > 1, 'recon_09_filed', null),
            if(count(distinct recon_issue) > 1, 'recon_issue', null),
            if(count(distinct recon_due_date) > 1, 'recon_due_date', null),
            if(count(distinct recon_exposure_usd) > 1, 'recon_exposure_usd', null),
            if(count(distinct surety_paid) > 1, 'surety_paid', null),
            if(count(distinct column_1_rate) > 1, 'column_1_rate', null),
            if(count(distinct prior_refund_usd) > 1, 'prior_refund_usd', null),
            if(count(distinct box28_number) > 1, 'box28_number', null),
            if(count(distinct warehouse_entry_number) > 1, 'warehouse_entry_number', null),
            if(count(distinct privileged_foreign_date) > 1, 'privileged_foreign_date', null),
            if(count(distinct account_last_four) > 1, 'account_last_four', null)
        ],
        lambda fact: fact is not null
    ) as contradicted_facts
from received
group by all
