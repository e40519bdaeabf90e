-- An entry summary that carries a protective action has its last day in the calendar: no waiting path hides a clock.

select
    eligibility.entry_number,
    eligibility.protective_deadline_date,
    calendar.deadline_date
from entries.eligibility as eligibility
left join reports.deadline_calendar as calendar
    on eligibility.entry_number = calendar.entry_number
   and calendar.deadline_kind = 'protest'
where eligibility.protective_action is not null
  and calendar.deadline_date is distinct from eligibility.protective_deadline_date
