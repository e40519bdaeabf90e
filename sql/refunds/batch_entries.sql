-- Every accepted entry with the payee and the (re)liquidation date that decide its payment, its principal and the
-- interest to that date.
-- Grain: entry_number.

select
    members.batch_id,
    members.entry_number,
    members.payee_number,
    members.payee_key,
    members.payee_basis,
    members.is_payee_ambiguous,
    members.importer_number,
    members.importer_key,
    members.liquidation_date,
    members.liquidation_basis,
    members.liquidation_track,
    members.forecast_basis,
    members.is_forecast_passed,
    members.undated_reason,
    members.claim_number,
    members.accepted_date,
    members.accepted_date_basis,
    members.principal_usd,
    if(members.principal_usd = 0, cast(0 as decimal(18, 2)), interest.interest_usd) as interest_usd,
    members.refund_number,
    members.es022_principal_usd,
    members.es022_interest_usd
from refunds.batch_members as members
left join refunds.entry_interest as interest
    on members.entry_number = interest.entry_number
