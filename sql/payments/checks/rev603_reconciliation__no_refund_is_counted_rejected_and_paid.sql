-- Of a chain of reissues only the last refund counts, and every refund that was issued again names one that is there.
select
    old.refund_number,
    old.reissued_as,
    old.is_counted
from payments.rev603_reconciliation as old
left join payments.rev603_reconciliation as new
    on old.reissued_as = new.refund_number
where old.reissued_as is not null
  and (old.is_counted or old.deposited_usd <> 0 or new.reissue_of is distinct from old.refund_number)
