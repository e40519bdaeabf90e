-- Column 1 duty of the lines under a 15 % heading whose column 1 rate is specific or compound, so many cents a kilogram
-- and the like, reckoned with the quantity of the line's only commodity row and rounded once, half up. A rate that
-- cannot be read, and a quantity that is missing or ambiguous, give no row.
-- Grain: entry_number, line_number, column_1_basis.

with

floors as (

    select distinct
        entry_number,
        line_number
    from lines.classified_lines
    where list_contains($months, partition_month)
      and rate_kind = 'floor_inclusive'
      and duty_usd > 0

),

floor_lines as (

    select
        rows.entry_number,
        rows.line_number,
        max(rows.line_value_usd) as line_value_usd,
        max(rows.column_1_rate_filed) as column_1_rate_filed,
        max(rows.load_id) as load_id,
        max(rows.source_row) as source_row
    from floors
    join lines.classified_lines as rows
        on floors.entry_number = rows.entry_number
       and floors.line_number = rows.line_number
    where list_contains($months, rows.partition_month)
      and rows.duty_bucket = 'column_1'
    group by rows.entry_number, rows.line_number
    having count(*) = 1

),

stated as (

    select
        lines.entry_number,
        lines.line_number,
        baselines.partition_month,
        lines.line_value_usd,
        lines.load_id,
        lines.source_row,
        unnest(['printed', 'entry_facts']) as column_1_basis,
        unnest([lines.column_1_rate_filed, facts.column_1_rate]) as column_1_rate
    from floor_lines as lines
    join lines.entry_baselines as baselines
        on lines.entry_number = baselines.entry_number
    left join ace.current_entry_facts as facts
        on lines.entry_number = facts.entry_number

),

parts as (

    select
        entry_number,
        line_number,
        column_1_basis,
        unnest(string_split(lower(column_1_rate), '+')) as part
    from stated
    where column_1_rate is not null
      and fraction_of(column_1_rate) is null

),

read_parts as (

    select
        parts.entry_number,
        parts.line_number,
        parts.column_1_basis,
        if(contains(parts.part, '%'), fraction_of(parts.part), null) as ad_valorem_rate,
        cast(
            nullif(regexp_extract(trim(parts.part), '^([0-9]{1,6}([.][0-9]{1,6})?)[ ]*(¢|cents?)[ ]*(/|per )', 1), '')
            as decimal(14, 6)
        ) * 0.01 as cents_a_unit,
        cast(
            nullif(regexp_extract(trim(parts.part), '^[$][ ]*([0-9]{1,6}([.][0-9]{1,6})?)[ ]*(/|per )', 1), '')
            as decimal(14, 6)
        ) as dollars_a_unit,
        units.unit_code
    from parts
    left join registry.quantity_units as units
        on rtrim(replace(regexp_extract(parts.part, '(/|per )(.*)$', 2), ' ', ''), '.') = units.printed_unit
       and units.withdrawn_date is null

),

readable as (

    select
        entry_number,
        line_number,
        column_1_basis,
        max(ad_valorem_rate) as ad_valorem_rate,
        list({'unit_code': unit_code, 'usd_a_unit': coalesce(cents_a_unit, dollars_a_unit)}) filter (
            where ad_valorem_rate is null
        ) as specific_parts
    from read_parts
    group by all
    having bool_and(
            ad_valorem_rate is not null
            or (unit_code is not null and coalesce(cents_a_unit, dollars_a_unit) is not null)
        )
       and count(ad_valorem_rate) <= 1
       and count(unit_code) = count(distinct unit_code)
       and count(unit_code) > 0

),

reported_quantities as (

    select
        stated.entry_number,
        stated.line_number,
        stated.column_1_basis,
        upper(trim(unnest([rows.quantity_1_unit, rows.quantity_2_unit, rows.quantity_3_unit]))) as unit_code,
        unnest([rows.quantity_1, rows.quantity_2, rows.quantity_3]) as quantity
    from readable
    join stated
        on readable.entry_number = stated.entry_number
       and readable.line_number = stated.line_number
       and readable.column_1_basis = stated.column_1_basis
    join ace.es003_tariff_lines as rows
        on stated.load_id = rows.load_id
       and stated.source_row = rows.source_row
       and stated.entry_number = rows.entry_number

),

numbered as (

    select
        entry_number,
        line_number,
        column_1_basis,
        unit_code,
        if(
            regexp_full_match(trim(quantity), '([0-9]{1,12}|[0-9]{1,3}(,[0-9]{3}){1,3})([.][0-9]{1,6})?'),
            cast(replace(trim(quantity), ',', '') as decimal(18, 6)),
            null
        ) as quantity
    from reported_quantities
    where unit_code is not null

),

quantities as (

    select
        entry_number,
        line_number,
        column_1_basis,
        unit_code,
        max(quantity) as quantity
    from numbered
    group by all
    having count(quantity) = count(*)
       and count(distinct quantity) = 1

),

specific_parts as (

    select
        entry_number,
        line_number,
        column_1_basis,
        ad_valorem_rate,
        len(specific_parts) as part_count,
        unnest(specific_parts) as part
    from readable

),

reckoned as (

    select
        parts.entry_number,
        parts.line_number,
        parts.column_1_basis,
        max(parts.ad_valorem_rate) as ad_valorem_rate,
        sum(cast(parts.part.usd_a_unit as decimal(20, 8)) * quantities.quantity) as specific_usd
    from specific_parts as parts
    join quantities
        on parts.entry_number = quantities.entry_number
       and parts.line_number = quantities.line_number
       and parts.column_1_basis = quantities.column_1_basis
       and parts.part.unit_code = quantities.unit_code
    group by all
    having count(*) = max(parts.part_count)

)

select
    stated.entry_number,
    stated.line_number,
    stated.column_1_basis,
    stated.partition_month,
    stated.column_1_rate as column_1_rate_text,
    cast(
        round(
            cast(reckoned.specific_usd as decimal(38, 10))
            + coalesce(cast(stated.line_value_usd as decimal(28, 2)) * reckoned.ad_valorem_rate, 0),
            2
        ) as decimal(18, 2)
    ) as specific_duty_usd
from stated
join reckoned
    on stated.entry_number = reckoned.entry_number
   and stated.line_number = reckoned.line_number
   and stated.column_1_basis = reckoned.column_1_basis
where stated.line_value_usd is not null
   or reckoned.ad_valorem_rate is null
