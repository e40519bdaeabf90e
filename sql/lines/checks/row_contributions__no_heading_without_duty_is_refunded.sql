-- Nothing is certainly refunded of a row whose heading imposes no IEEPA duty on the day that decides, and nothing at
-- all of a row outside IEEPA.
select
    entry_number,
    line_number,
    tariff_ordinal,
    heading,
    duty_bucket,
    ieepa_low_usd,
    ieepa_high_usd
from lines.row_contributions
where (duty_bucket <> 'ieepa' and ieepa_low_usd > 0)
   or (registry_rate = 0 and ieepa_low_usd > 0)
   or (duty_bucket not in ('ieepa', 'ieepa_exempt') and (ieepa_low_usd <> 0 or ieepa_high_usd <> 0))
