-- Opening balance and movements of every entry make its closing balance, to the cent.
select
    importer_key,
    entry_number,
    opening_principal_usd,
    opening_interest_usd,
    closing_principal_usd,
    closing_interest_usd
from reports.receivable_movements
where opening_principal_usd + opening_interest_usd
        + newly_recognised_principal_usd + newly_recognised_interest_usd
        + period_interest_usd
        + cash_principal_usd + cash_interest_usd
        + offset_movement_usd
        + remeasured_principal_usd + remeasured_interest_usd
        + written_off_usd
    <> closing_principal_usd + closing_interest_usd
