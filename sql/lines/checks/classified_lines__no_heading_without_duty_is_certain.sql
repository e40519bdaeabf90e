-- Nothing is certain of the duty on a row whose heading imposes none on the day that decides.
select
    entry_number,
    line_number,
    tariff_ordinal,
    heading,
    duty_bucket,
    registry_rate,
    duty_usd
from lines.classified_lines
where counts_as_certain
  and duty_usd > 0
  and (duty_bucket = 'ieepa_exempt' or (duty_bucket = 'ieepa' and registry_rate = 0))
  and list_contains($months, partition_month)
