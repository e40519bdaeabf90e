-- The receivable by stage of certainty, principal and interest apart; which stage is recognised is the policy of the books.
select
    stage,
    sum(entry_count) as entry_count,
    sum(principal_usd) as principal_usd,
    sum(principal_high_usd) as principal_high_usd,
    sum(range_above_low_usd) as range_above_low_usd,
    sum(accrued_interest_usd) as accrued_interest_usd,
    sum(received_principal_usd) as received_principal_usd,
    sum(received_interest_usd) as received_interest_usd,
    sum(offset_usd) as offset_usd,
    sum(open_principal_usd) as open_principal_usd,
    sum(open_interest_usd) as open_interest_usd,
    sum(rests_on_assumption_usd) as rests_on_assumption_usd,
    sum(principal_unknown_count) as principal_unknown_count,
    sum(interest_unknown_count) as interest_unknown_count
from reports.receivable_position
group by stage
order by
    list_position(
        ['cash', 'certified', 'accepted', 'eligible_unfiled', 'protest_or_court', 'doubtful', 'none'], stage
    ) nulls last,
    stage
