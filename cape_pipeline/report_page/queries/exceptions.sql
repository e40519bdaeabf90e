-- What contradicts an expectation of the data.
select expectation, importer_number, entry_number, refund_number, amount_usd, detail
from reports.exceptions
where expectation <> 'the exports cover every month of every importer'
order by amount_usd desc nulls last, exception_key
