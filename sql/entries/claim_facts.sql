-- What CAPE has said of every entry as of the day: the acceptance, if there is one, and CBP's newest verdict. What is
-- dated after the day has not happened. A message that may be refiled unchanged once calls for a correction when the
-- same entry has failed with it twice.
-- Grain: entry_number.

with

spoken as (

    select
        outcomes.entry_number,
        outcomes.claim_number,
        outcomes.claim_outcome,
        outcomes.claim_entry_status,
        upper(regexp_replace(trim(outcomes.error_description), '\s+', ' ', 'g')) as cape_message,
        outcomes.accepted_date,
        outcomes.accepted_date_basis,
        coalesce(outcomes.filed_date, outcomes.claim_details_run_date) as filed_or_reported_date,
        coalesce(outcomes.claim_details_run_date, outcomes.filed_date) as reported_date,
        outcomes.last_load_number
    from ace.claim_outcomes as outcomes
    cross join registry.as_of as day
    where (outcomes.filed_date is null or outcomes.filed_date <= day.as_of_date)
      and (outcomes.accepted_date is null or outcomes.accepted_date <= day.as_of_date)

),

newest as (

    select
        entry_number,
        claim_number,
        claim_outcome,
        claim_entry_status,
        cape_message,
        reported_date,
        count(*) filter (where claim_outcome = 'failed') over (partition by entry_number, cape_message) as failure_count
    from spoken
    qualify row_number() over (
        partition by entry_number
        order by filed_or_reported_date desc nulls last, last_load_number desc, claim_number desc
    ) = 1

),

acceptances as (

    select
        entry_number,
        arg_min(
            {'claim_number': claim_number, 'on_day': accepted_date, 'basis': accepted_date_basis},
            (accepted_date is null, accepted_date, claim_number)
        ) as first,
        count(*) as accepted_claim_count
    from spoken
    where claim_outcome = 'accepted'
    group by all

)

select
    newest.entry_number,
    acceptances.entry_number is not null as is_accepted,
    coalesce(acceptances.first.claim_number, newest.claim_number) as claim_number,
    acceptances.first.on_day as accepted_date,
    coalesce(acceptances.first.basis, 'unknown') as accepted_date_basis,
    cast(coalesce(acceptances.accepted_claim_count, 0) as integer) as accepted_claim_count,
    newest.claim_outcome as last_cape_result,
    coalesce(newest.cape_message, if(newest.claim_outcome = 'unknown', upper(newest.claim_entry_status), null))
        as last_cape_message,
    newest.claim_number as last_cape_claim_number,
    newest.reported_date as last_cape_date,
    case
        when newest.claim_outcome = 'failed' and messages.remedy = 'refile_unchanged_once' and newest.failure_count > 1
            then 'psc'
        when newest.claim_outcome = 'failed' then coalesce(messages.remedy, 'unknown')
        when newest.claim_outcome = 'unknown' then 'unknown'
    end as remedy
from newest
left join acceptances
    on newest.entry_number = acceptances.entry_number
left join registry.cape_messages as messages
    on newest.cape_message = messages.message
   and messages.withdrawn_date is null
