-- Which rights lapse within 30 days, on which day, and how much hangs on them?

select
    deadline_date,
    days_left,
    deadline_kind,
    who_acts,
    count(*) as entry_count,
    sum(amount_usd) as amount_usd,
    bool_or(is_weekend) as is_weekend,
    max(holiday_name) as holiday_name
from reports.deadline_calendar
where days_left between 0 and 30
group by deadline_date, days_left, deadline_kind, who_acts
order by deadline_date, deadline_kind, who_acts
