-- An entry summary that carries a protective action has its last day among the deadlines: no waiting path hides a clock.

select
    decisions.entry_number,
    decisions.protective_deadline_date,
    deadlines.deadline_date
from entries.eligibility_decisions as decisions
left join entries.open_deadlines as deadlines
    on decisions.entry_number = deadlines.entry_number
   and deadlines.deadline_kind = 'protest'
where decisions.protective_action is not null
  and deadlines.deadline_date is distinct from decisions.protective_deadline_date
