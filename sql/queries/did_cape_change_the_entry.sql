-- What did the entry look like before CAPE took it and after: was the IEEPA duty removed, and nothing else touched?

select
    entry_number,
    claim_number,
    accepted_date,
    before_run_date,
    after_run_date,
    ieepa_before_usd,
    ieepa_after_usd,
    other_duty_change_usd,
    effect,
    changes
from entries.cape_effects
order by abs(other_duty_change_usd) desc nulls last, entry_number
