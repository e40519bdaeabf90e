-- Payees of whom the user's files say that they are not enrolled for ACH refunds, and none says the contrary.
-- Grain: payee_key.

select stated.payee_key
from (
    select
        importer_key as payee_key,
        ach_enrolled
    from ace.current_importers
    union all
    select
        payee_key,
        ach_enrolled
    from entries.payee_designations
) as stated
where stated.ach_enrolled is not null
group by stated.payee_key
having not bool_or(stated.ach_enrolled)
