-- How does the interest of an entry come about, quarter by quarter? Name the entry in the last condition.

select
    segments.entry_number,
    segments.quarter_start,
    segments.days,
    segments.annual_rate,
    round(segments.opening_usd, 4) as opening_usd,
    round(segments.interest_usd, 4) as interest_usd,
    round(segments.closing_usd, 4) as closing_usd
from refunds.interest_segments as segments
where segments.entry_number = (
        select min(entry_number)
        from refunds.interest_accruals
        where interest_usd is not null
    )
order by segments.entry_number, segments.quarter_start
