-- By the end that terms state, what is booked of a dollar is the least it earns by them, to the last digit.
select
    booked.deposit_latest_date,
    booked.through_date,
    booked.rate_class,
    booked.low_growth,
    terms.least_growth
from refunds.booked_growth as booked
join refunds.interest_growth as terms
    on booked.deposit_latest_date = terms.deposit_latest_date
   and booked.through_date = terms.accrual_end_date
   and booked.rate_class = terms.rate_class
where booked.low_growth <> terms.least_growth
