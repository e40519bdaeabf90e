-- What somebody should look at as of the day. A concern becomes an alert on the day the clock of its code says, and
-- gives way where a code that tells more of the same entry, refund or other thing stands too. What is seen to stays.
-- Grain: alert_key.

with

concerns as (

    select
        alert_code, entry_number as subject, entry_number, claim_number, importer_number, amount_usd, concern_date,
        due_date, message
    from payments.entry_concerns

    union all by name

    select
        alert_code, refund_number as subject, refund_number, claim_number, importer_number, amount_usd, concern_date,
        due_date, message
    from payments.refund_concerns

    union all by name

    select
        alert_code, subject, claim_number, importer_number, amount_usd, concern_date, due_date, message
    from payments.wider_concerns

),

clocked as (

    select
        concerns.alert_code,
        concerns.subject,
        concerns.alert_code || ' ' || concerns.subject as alert_key,
        concerns.entry_number,
        concerns.refund_number,
        concerns.claim_number,
        concerns.importer_number,
        concerns.amount_usd,
        concerns.concern_date is null as is_undated,
        coalesce(
            concerns.concern_date + if(codes.clock_rule = 'before', -codes.clock_days, coalesce(codes.clock_days, 0)),
            day.as_of_date
        ) as since_date,
        coalesce(concerns.due_date, concerns.concern_date + codes.due_days) as due_date,
        concerns.message,
        codes.severity,
        codes.clock_rule,
        codes.yields_to,
        codes.next_action,
        codes.cbp_mailbox,
        day.as_of_date
    from concerns
    join registry.alert_codes as codes
        on concerns.alert_code = codes.alert_code
       and codes.withdrawn_date is null
    cross join registry.as_of as day

),

-- past a limit is the day after it
standing as (

    select
        alert_code,
        subject,
        alert_key,
        entry_number,
        refund_number,
        claim_number,
        importer_number,
        amount_usd,
        is_undated,
        since_date,
        if(clock_rule = 'after' and not is_undated, since_date + 1, since_date) as first_seen,
        due_date,
        message,
        severity,
        yields_to,
        next_action,
        cbp_mailbox,
        as_of_date
    from clocked
    where as_of_date >= since_date
      and (is_undated or clock_rule is distinct from 'after' or as_of_date > since_date)

),

foremost as (

    select standing.alert_key
    from standing
    left join standing as fuller
        on standing.yields_to = fuller.alert_code
       and standing.subject = fuller.subject
    where fuller.alert_key is null

),

-- what was said before the alert stood was said of an earlier one
acknowledgements as (

    select
        rows.alert_key,
        rows.acknowledged_by,
        rows.acknowledged_on,
        rows.acknowledged_note
    from ace.alert_acknowledgements as rows
    join ace.readable_loads as loads
        on rows.load_id = loads.load_id
    join standing
        on rows.alert_key = standing.alert_key
    where rows.acknowledged_on <= standing.as_of_date
      and (rows.acknowledged_on >= standing.first_seen or standing.is_undated)
      and (rows.until_date is null or rows.until_date >= standing.as_of_date)
    qualify row_number() over (
        partition by rows.alert_key
        order by rows.acknowledged_on desc, loads.load_number desc, rows.source_row desc
    ) = 1

)

select
    standing.alert_key,
    standing.alert_code,
    standing.severity,
    cast(
        list_position(['right_at_risk', 'money_missing', 'action_due', 'information'], standing.severity) as integer
    ) as severity_order,
    standing.entry_number,
    standing.refund_number,
    standing.claim_number,
    standing.importer_number,
    importers.client_id,
    cast(standing.amount_usd as decimal(18, 2)) as amount_usd,
    standing.since_date,
    cast(standing.as_of_date - standing.since_date as integer) as days_late,
    standing.first_seen,
    standing.due_date,
    standing.message,
    standing.next_action,
    standing.cbp_mailbox,
    acknowledgements.alert_key is not null as is_acknowledged,
    acknowledgements.acknowledged_by,
    acknowledgements.acknowledged_on,
    acknowledgements.acknowledged_note,
    standing.as_of_date
from standing
join foremost
    on standing.alert_key = foremost.alert_key
left join acknowledgements
    on standing.alert_key = acknowledgements.alert_key
left join ace.current_importers as importers
    on importer_key(standing.importer_number) = importers.importer_key
