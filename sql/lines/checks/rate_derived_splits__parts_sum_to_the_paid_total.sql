-- The parts of a line sum to the duty paid on it, to the cent, and no end of the IEEPA range lies beyond what was paid.
select
    entry_number,
    line_number,
    paid_duty_usd,
    ieepa_low_usd,
    ieepa_high_usd,
    non_ieepa_usd
from lines.rate_derived_splits
where paid_duty_usd <> ieepa_usd + undetermined_usd + non_ieepa_usd
   or ieepa_usd <> ieepa_low_usd
   or undetermined_usd <> ieepa_high_usd - ieepa_low_usd
   or undetermined_usd < 0
   or ieepa_high_usd > greatest(paid_duty_usd, 0)
   or non_ieepa_usd <> section_232_usd + section_301_usd + section_201_usd + section_122_usd + chapter_98_usd
        + other_chapter99_usd + column_1_usd
