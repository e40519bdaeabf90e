-- Every deadline of every entry summary with something still to claim, from thirty days past onwards, and until CAPE
-- opens the day on which it does. Days are calendar days; a weekend or a holiday is told and moves none of them.
-- Grain: entry_number, deadline_kind.

with

kinds as (

    select
        deadline_kind,
        who_acts,
        legal_basis,
        path_by_it
    from (
        values
        ('cape_opening', 'filer', 'CSMS 68340863', null),
        ('cape_filing', 'filer', 'CSMS 68340863', null),
        ('cbp_reliquidation', 'cbp', '19 USC 1501', null),
        ('protest', 'filer', '19 USC 1514', 'file_protest'),
        ('court', 'filer', '28 USC 2636(i)', 'court'),
        ('court_conservative', 'filer', '28 USC 2636(i)', 'court'),
        ('protest_denied_court', 'filer', '28 USC 2636(a)', 'court'),
        ('reconciliation_due', 'filer', '85 FR 39579', null),
        ('psc', 'filer', 'PSC limits of CBP', null),
        ('deemed_liquidation', 'nobody', '19 USC 1504(a)', null)
    ) as told (deadline_kind, who_acts, legal_basis, path_by_it)

)

select
    deadlines.entry_number,
    deadlines.deadline_kind,
    day.as_of_date,
    decisions.importer_number,
    decisions.importer_key,
    deadlines.deadline_date,
    deadlines.recommended_date,
    cast(deadlines.deadline_date - day.as_of_date as integer) as days_left,
    isodow(deadlines.deadline_date) >= 6 as is_weekend,
    days.holiday_name,
    days.next_business_day,
    kinds.who_acts,
    -- a right that is kept by a step beside the recommended path
    coalesce(deadlines.deadline_date >= day.as_of_date and decisions.recommended_path <> kinds.path_by_it, false)
        as is_protective,
    decisions.cape_status,
    decisions.recommended_path,
    decisions.open_principal_usd as amount_usd,
    deadlines.deadline_basis,
    kinds.legal_basis
from entries.open_deadlines as deadlines
cross join registry.as_of as day
join entries.eligibility_decisions as decisions
    on deadlines.entry_number = decisions.entry_number
join kinds
    on deadlines.deadline_kind = kinds.deadline_kind
left join registry.calendar_days as days
    on deadlines.deadline_date = days.calendar_date
where deadlines.deadline_date >= day.as_of_date - 30
