-- How much IEEPA duty was filed under which programme and heading, on goods of which origin?

select
    programme,
    heading,
    country_of_origin,
    count(distinct entry_number) as entry_count,
    count(*) as tariff_row_count,
    sum(duty_usd) as duty_usd
from lines.classified_lines
where is_ieepa_duty
group by programme, heading, country_of_origin
order by duty_usd desc nulls last, heading, country_of_origin
