-- Refunds in REV-603 that are not known to come from CAPE: by another route, or of a type that names none.
-- Grain: refund_number.

select
    refund_number,
    refund_class,
    refund_type,
    document_number,
    if(
        regexp_full_match(regexp_replace(upper(document_number), '[^A-Z0-9]', '', 'g'), '[A-Z0-9]{3}[0-9]{8}'),
        regexp_replace(upper(document_number), '[^A-Z0-9]', '', 'g'),
        null
    ) as entry_number,
    payee_number,
    refund_date,
    rev603_usd as total_usd,
    refund_secondary_status
from entries.refund_cash
where refund_class <> 'cape'
