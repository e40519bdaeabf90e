"""The SQL that draws entries and their lines, the same for the same number of entries and seed.

Belongs here: the SELECTs over the small tables (`tables.py`): entries, lines, tariff rows as text, amounts. Does not
belong here: files (`generator.py`), and what a kind or a line is (`kinds.py`, `goods.py`).

Entries and lines keep their order because they pass inner joins only: an outer join gives what has no partner last.
Every choice is taken from bits of DuckDB's hash of the number of the entry or line, so that any part can be drawn again
apart from the rest, in any order and thread. Amounts are whole cents, rounded half up from whole dollars.
"""

from cape_pipeline.sample.goods import GOODS, OTHER_ROWS, STYLES
from cape_pipeline.sample.kinds import KIND_IDS
from cape_pipeline.sample.plan import Plan
from cape_pipeline.sample.settlement import FATE_SLOTS, RETURNED
from cape_pipeline.sample.tables import GOODS_SLOTS, KIND_SLOTS, NO_KEY, PORTS
from cape_pipeline.sample.timetable import FIRST_CLAIM_DAY

BLANK_ROW = "," * 31
DAMAGED_OF = 23

MACROS = (
    # a rate in parts of a million of whole dollars, as cents
    "create or replace macro share_of(dollars, rate) as (dollars * rate + 5000) // 10000",
    # as ACE prints it: a separator makes the cell need quotation marks
    """create or replace macro printed(amount) as
        case
            when amount < 100000 then printf('$%d.%02d', amount // 100, amount % 100)
            when amount < 100000000
                then printf('"$%d,%03d.%02d"', amount // 100000, amount // 100 % 1000, amount % 100)
            else printf(
                '"$%d,%03d,%03d.%02d"',
                amount // 100000000, amount // 100000 % 1000, amount // 100 % 1000, amount % 100
            )
        end""",
    "create or replace macro us_day(on_day) as strftime(on_day, '%m/%d/%Y')",
    # a division would leave the exact decimals
    """create or replace macro dollars(amount) as
        cast(cast(amount as decimal(16, 0)) * cast(0.01 as decimal(2, 2)) as decimal(18, 2))""",
)


def entries(plan: Plan, months: str) -> str:
    """CTEs that end in `entries`: one row an entry, in order of month, filer and number.

    `months` is a condition on `runs`. Grain: entry.
    """
    ports = " ".join(f"when {place} then '{port}'" for place, port in enumerate(PORTS))
    return f"""
    counted as (
        select *, unnest(range(entry_count)) as position from runs where {months}
    ),
    drawn as (
        select
            *,
            first_entry + position as entry,
            hash(first_entry + position + {plan.salt("entry")}) as h,
            hash(first_entry + position + {plan.salt("importer of entry")}) as g,
            cast(first_day_id + position * day_count // entry_count as integer) as day_id,
            first_serial + position * {plan.stride} + cast(g >> 12 & 1023 as bigint) % {plan.stride} as serial,
            cast(h >> 32 & 1048575 as bigint) as u,
            (h >> 52 & 15) = 0 as is_neighbour,
            if(is_neighbour, next_first_importer, first_importer) as pool_start,
            if(is_neighbour, next_importer_count, importer_count) as pool_size,
            -- a few importers have most entries; of every 32 one is anybody's
            pool_start + if(
                (g & 31) = 0,
                cast(g >> 22 & 1048575 as bigint) * pool_size >> 20,
                ((u * u >> 20) * u >> 20) * greatest(pool_size * 3 // 10, 1) >> 20
            ) as importer
        from counted
    ),
    kinds as (
        select
            drawn.*,
            days.entry_date,
            days.summary_date,
            days.statement_date,
            cases.*,
            drawn.filer_code || lpad(cast(drawn.serial as varchar), 7, '0') as first_ten
        from drawn
        join entry_days as days on drawn.day_id = days.day_id
        join kind_slots as slots on days.phase * {KIND_SLOTS} + cast(drawn.h % {KIND_SLOTS} as integer) = slots.slot_key
        join cases on drawn.day_id * {KIND_IDS} + slots.place = cases.case_key
    ),
    claimed as (
        select
            *,
            is_accepted or is_failed as is_on_claim,
            if(is_on_claim, first_wave + cast(importer % wave_count as integer), {NO_KEY}) as wave,
            if(is_accepted, wave * 2 + cast(is_liquidated as integer), {NO_KEY}) as settlement_key,
            if(
                is_on_claim,
                cast(100000000000 + (importer * 2 + cast(is_neighbour as integer)) * 64 + wave as varchar),
                null
            ) as claim_number,
            -- few entries, and of an importer with many: a file in which too much of an importer is damaged is refused
            is_ordinary and importer = pool_start and position % {DAMAGED_OF} = {DAMAGED_OF - 1} as is_damaged,
            is_damaged and is_digits and position % 2 = 0 as is_lost,
            is_damaged and not is_lost as is_unreadable
        from kinds
    ),
    -- drawn twice where it is read twice: to keep it would take memory that grows with the month
    entries as not materialized (
        select
            claimed.*,
            first_ten || entry_check_digit(first_ten) as entry_number,
            importers.importer_number,
            importers.rate_class,
            importers.payee,
            importers.payee_number,
            importers.has_notify_party,
            importers.is_enrolled,
            importers.pays_monthly,
            if(importers.pays_monthly, statement_date, summary_date) as deposit_date,
            settlements.accepted_date,
            waves.wave_date,
            if(is_held, null, settlements.settled) as settled,
            settlements.is_settled and not is_held as is_settled,
            if(is_held, null, settlements.refund_date) as refund_date,
            settlements.value_date,
            case
                when is_lost then 1
                when line_count > 0 then line_count
                when (h >> 12 & 255) < 176 then 1
                when (h >> 12 & 255) < 215 then 2
                when (h >> 12 & 255) < 232 then 3
                when (h >> 12 & 255) < 242 then 4
                when (h >> 12 & 255) < 249 then 5
                else 6 + cast(h >> 12 & 7 as integer)
            end as lines_filed,
            case cast(g >> 28 & 3 as integer) {ports} end as port_code,
            (g >> 36 & 255) = 0 as has_lost_zeros,
            (g >> 44 & 511) = 0 as has_dashes,
            (g >> 53 & 511) = 0 and not is_lost and not is_unreadable as is_sent_on,
            (h >> 20 & 4095) = 7 as is_before_blank_row,
            is_seen_again or (is_accepted and (h >> 56 & 255) < 13) as is_in_newer_run
        from claimed
        join importers on claimed.importer = importers.importer
        join settlements on claimed.settlement_key = settlements.settlement_key
        join waves on claimed.wave = waves.wave
    )"""


def lines(plan: Plan, source: str, *, is_after: str = "false") -> str:
    """CTEs that end in `valued`: every line of the entries in `source`, with its template and value in dollars.

    `is_after` is the condition under which the version after CAPE is meant. Grain: entry, line_number.
    """
    styles = len(STYLES)
    return f"""
    counted_lines as (
        select *, unnest(range(1, lines_filed + 1)) as line_number from {source}
    ),
    drawn_lines as (
        select *, hash(entry * 16 + line_number + {plan.salt("line")}) as d from counted_lines
    ),
    valued as (
        select
            drawn_lines.*,
            templates.*,
            -- a product of three: many small values and a few large ones
            400 + cast(d >> 8 & 1023 as bigint) * cast(d >> 18 & 1023 as bigint) * cast(d >> 28 & 1023 as bigint)
                // 8192 as goods_value
        from drawn_lines
        join goods_slots as slots
            on if(line_number = 1, first_pool, other_pool) * {GOODS_SLOTS} + cast(d & {GOODS_SLOTS - 1} as integer)
                = slots.slot_key
        join templates
            on ((day_id * {len(GOODS)} + slots.place) * {styles} + filer_number % {styles}) * 2
                + cast({is_after} as integer) = templates.template_key
    )"""


def rows_as_text(*, is_newer: bool = False) -> str:
    """One cell: all tariff rows of a line of `valued` as an ES-003 prints them, without the last line end."""
    tail = "newer_shown_tail" if is_newer else "tail"
    others = ", ".join(
        f"if(other_row_count >= {number}, concat(before_row, lead, middle_{number}, ',', "
        f"printed(share_of(goods_value, rate_{number}) - share_of(goods_value, less_{number})), {tail}, after_row), '')"
        for number in range(1, OTHER_ROWS + 1)
    )
    others = f"concat({others})"
    commodity = f"""concat(
        lead, commodity_middle, printed(goods_value * 100), ',',
        if(is_unreadable and line_number = 1, '#VALUE!', printed(share_of(goods_value, commodity_rate))),
        {tail}, column_1_printed
    )"""
    return f"""concat(
        if(is_chapter_99_first, {others}, ''), {commodity}, if(is_chapter_99_first, '', {others}),
        if(is_before_blank_row and line_number = lines_filed, chr(13) || chr(10) || '{BLANK_ROW}', ''), chr(13)
    )"""


def led(source: str) -> str:
    """CTE `led`: entries with the cells before the line number, and the line ends of chapter 99 rows."""
    return f"""
    led as (
        select
            *,
            concat(
                case
                    when is_lost then format('{{:.5E}}', cast(entry_number as double))
                    when has_dashes then concat(entry_number[1:3], '-', entry_number[4:10], '-', entry_number[11:])
                    else entry_number
                end,
                ',', if(has_lost_zeros, ltrim(entry_type, '0'), entry_type), ',', importer_number, ',',
                if(has_lost_zeros, ltrim(port_code, '0'), port_code), ',',
                us_day(entry_date), ',', us_day(summary_date), ',', us_day(entry_date), ','
            ) as cells_before,
            concat(
                if(is_accepted and is_settled, ',Liquidated,' || us_day(settled) || ',,,', newer_tail)
            ) as newer_shown_tail
        from {source}
    )"""


#: Cells that differ by line: what stands before the first open cell of each row, and where the line ends stand.
LINE_ENDS = """
    ended as (
        select
            *,
            concat(cells_before, line_number) as lead,
            if(is_chapter_99_first, '', chr(13) || chr(10)) as before_row,
            if(is_chapter_99_first, chr(13) || chr(10), '') as after_row
        from valued
    )"""


def amounts() -> str:
    """CTE `amounts`: in cents, what the filed duty of every entry of `valued` is made of. Grain: entry."""
    return """
    line_amounts as (
        select
            entry,
            share_of(goods_value, certain_1) + share_of(goods_value, certain_2) + share_of(goods_value, certain_3)
                - share_of(goods_value, certain_less) as ieepa,
            share_of(goods_value, doubtful_1) + share_of(goods_value, doubtful_2) as doubtful,
            share_of(goods_value, section_301_rate) as section_301,
            share_of(goods_value, section_232_rate) as section_232,
            share_of(goods_value, section_122_rate) as section_122,
            share_of(goods_value, other_rate) as other_chapter99,
            share_of(goods_value, column_1_rate) as column_1,
            other_row_count + 1 as tariff_rows
        from valued
    ),
    amounts as (
        select
            entry,
            cast(sum(ieepa) as bigint) as ieepa,
            cast(sum(doubtful) as bigint) as doubtful,
            cast(sum(section_301) as bigint) as section_301,
            cast(sum(section_232) as bigint) as section_232,
            cast(sum(section_122) as bigint) as section_122,
            cast(sum(other_chapter99) as bigint) as other_chapter99,
            cast(sum(column_1) as bigint) as column_1,
            cast(sum(tariff_rows) as integer) as tariff_rows
        from line_amounts
        group by entry
    )"""


def answers(plan: Plan) -> str:
    """SELECT of one row an entry: what is true of it by construction. Reads `entries` and `amounts`."""
    return f"""
    refunded as (
        select
            entries.*,
            amounts.* exclude (entry),
            -- of an entry with an unreadable cell no amount is fixed
            not is_unreadable and not is_lost as is_known,
            if(is_known, ieepa, null) as low,
            if(is_known, ieepa + doubtful, null) as high,
            if(
                refund_date is null,
                null,
                'R' || lpad(cast(payee * 256 + (settled - date '{FIRST_CLAIM_DAY}') as varchar), 11, '0')
            ) as refund_number,
            cast(
                hash(payee * 100000 + (settled - date '{FIRST_CLAIM_DAY}') + {plan.salt("fate")}) % {FATE_SLOTS}
                as integer
            ) as fate_slot
        from entries
        join amounts on entries.entry = amounts.entry
    ),
    fated as (
        select
            refunded.*,
            case
                when refund_date is null then null
                when not is_enrolled and not has_notify_party then {RETURNED}
                else fate_slots.fate
            end as fate
        from refunded
        left join fate_slots on refunded.fate_slot = fate_slots.slot
    )
    select
        fated.entry_number,
        case
            when fated.is_lost then 'entry number destroyed'
            when fated.is_unreadable then 'duty unreadable'
            else fated.kind
        end as kind,
        fated.entry_month,
        fated.entry_date,
        fated.entry_type as entry_type_code,
        fated.filer_code,
        fated.importer_number,
        fated.payee_number,
        fated.rate_class,
        fated.deposit_date,
        fated.lines_filed as line_count,
        fated.tariff_rows as tariff_row_count,
        not fated.is_lost as is_in_product,
        case
            when fated.is_lost then null
            when fated.is_unreadable then 'review'
            when fated.fate is not null then 'refunded'
            else fated.cape_status
        end as cape_status,
        case
            when fated.is_lost then null
            when fated.is_unreadable then 'manual_review'
            else coalesce(fates.fate_path, fated.recommended_path)
        end as recommended_path,
        dollars(fated.low) as ieepa_low_usd,
        dollars(fated.high) as ieepa_high_usd,
        dollars(if(fated.is_known, fated.section_301, null)) as section_301_usd,
        dollars(if(fated.is_known, fated.section_232, null)) as section_232_usd,
        dollars(if(fated.is_known, fated.section_122, null)) as section_122_usd,
        dollars(if(fated.is_known, fated.other_chapter99, null)) as other_chapter99_usd,
        dollars(if(fated.is_known, fated.column_1, null)) as column_1_usd,
        dollars(if(fated.is_owed, fated.low, fated.low * 0)) as refund_principal_usd,
        dollars(if(fated.is_owed, fated.high, fated.high * 0)) as refund_principal_high_usd,
        fated.claim_number,
        fated.accepted_date,
        fated.settled as settled_date,
        fated.is_settled,
        fated.refund_number,
        fated.refund_date,
        -- a settlement day has factors only where what settles on it is refunded
        dollars(round(cast(fated.low as decimal(18, 0)) * factors.factor)) as interest_usd,
        fates.match_status,
        fates.fate_name,
        fated.case_key,
        fated.message as claim_message,
        fated.wave_date
    from fated
    left join fates on fated.fate = fates.fate
    left join interest_factors as factors
        on fated.deposit_date = factors.deposit_date
       and fated.settled = factors.settled
       and fated.rate_class = factors.rate_class
    """
