"""SQL macros that read one cell: the same reading of a date, an amount, a number in every report.

Belongs here: one macro for each kind of cell, the importer key, the check digit. Does not belong here: which column
is of which kind (`reports.toml`), and what becomes of a cell that cannot be read (`conversion.py`).

Each macro takes text that `ace_clean` has cleaned and gives NULL where the text is not of its kind.
"""

from cape_pipeline.ace.entry_number import LETTER_DIGITS

# Excel writes long numbers so; the digits behind are gone.
SCIENTIFIC = r"[0-9](\.[0-9]+)?[eE]\+?[0-9]+"

_BLANKS = " \t\n\r\u00a0\u200b\ufeff\x1a"
_NUMBER = r"([0-9]{1,3}(,[0-9]{3})+|[0-9]+)?(\.[0-9]{0,2}0*)?"
_AMOUNT = rf"(-? ?\$? ?|\$ ?- ?){_NUMBER}|\$? ?\( ?\$? ?{_NUMBER} ?\)"
# The sums of a spreadsheet carry noise in the ninth decimal and beyond (0.30000000000000004).
_NOISY_AMOUNT = r"-?[0-9]+\.[0-9]{9,}"


def _doubled(digit: int) -> int:
    """What a digit counts where it counts double: the sum of the digits of its double."""
    return sum(divmod(2 * digit, 10))


def _weighted_digit(position: int) -> str:
    """The character at a position from the left as it counts: every second one double.

    Read from a table of the characters 0 to Z in the order of their codes (seven signs stand between 9 and A).
    """
    digits = "0123456789" + " " * 7 + LETTER_DIGITS
    counted = digits if position % 2 else "".join(" " if d == " " else str(_doubled(int(d))) for d in digits)
    return f"(ascii(substr('{counted}', ascii(substr(entry, {position}, 1)) - 47, 1)) - 48)"


def _weighted_pair(position: int) -> str:
    """The two digits from an odd position on as they count: one look into a table of all hundred costs half of two."""
    counted = "".join(chr(48 + pair // 10 + _doubled(pair % 10)) for pair in range(100))
    return f"(ascii(substr('{counted}', cast(substr(entry, {position}, 2) as integer) + 1, 1)) - 48)"


_DIGIT_SUM = " + ".join([*map(_weighted_digit, (1, 2, 3, 4)), *map(_weighted_pair, (5, 7, 9))])

MACROS = (
    # Outer blanks and Excel's text wrapper ="…" off; nothing left is NULL. Nearly every cell is printable ASCII that
    # neither starts nor ends with a blank: it passes on one cheap match.
    rf"""create or replace temp macro ace_clean(cell) as
        case
            when cell = '' then null
            when regexp_full_match(cell, '[!-<>-~]([ -~]*[!-~])?') then cell
            when regexp_full_match(trim(cell, '{_BLANKS}'), '="(?s:.*)"')
                then nullif(trim(replace(trim(cell, '{_BLANKS}')[3:-2], '""', '"'), '{_BLANKS}'), '')
            else nullif(trim(cell, '{_BLANKS}'), '')
        end""",
    # Days: US dates, ISO dates, either with a time, and the serial numbers of a spreadsheet (day 1 is 1900-01-01).
    r"""create or replace temp macro ace_day(cell) as
        cast(
            case
                when cell is null then null
                when length(cell) <= 10 and contains(cell, '/') then try_strptime(cell, '%m/%d/%Y')
                when length(cell) = 10 then try_strptime(cell, '%Y-%m-%d')
                when regexp_full_match(cell, '[0-9]{1,5}(\.[0-9]+)?')
                    then date '1899-12-30' + cast(split_part(cell, '.', 1) as integer)
                else try_strptime(
                    cell,
                    [
                        '%Y-%m-%d %H:%M:%S', '%Y-%m-%d %H:%M:%S.%f', '%Y-%m-%dT%H:%M:%S', '%Y-%m-%dT%H:%M:%S.%f',
                        '%Y-%m-%d %H:%M', '%m/%d/%Y %I:%M:%S %p', '%m/%d/%Y %I:%M %p', '%m/%d/%Y %H:%M:%S',
                        '%m/%d/%Y %H:%M'
                    ]
                )
            end as date
        )""",
    # The usual form of a cell of each kind, uncleaned; NULL sends it to the full reading.
    r"""create or replace temp macro ace_quick_day(cell) as
        case when length(cell) = 10 then cast(try_strptime(cell, '%m/%d/%Y') as date) end""",
    r"""create or replace temp macro ace_quick_amount(cell) as
        case
            when regexp_full_match(cell, '\$?([0-9]{1,3}(,[0-9]{3})*|[0-9]+)\.[0-9]{2}')
                then try_cast(replace(replace(cell, '$', ''), ',', '') as decimal(18, 2))
        end""",
    """create or replace temp macro ace_quick_whole(cell) as
        case when regexp_full_match(cell, '[0-9]{1,9}') then cast(cell as integer) end""",
    """create or replace temp macro ace_quick_code(cell) as
        case when regexp_full_match(cell, '[0-9A-Za-z]+') then cell end""",
    """create or replace temp macro ace_quick_entry_number(cell) as
        case when regexp_full_match(cell, '[A-Z0-9]{3}[0-9]{8}') then cell end""",
    """create or replace temp macro ace_quick_hts_number(cell) as
        case when regexp_full_match(cell, '[0-9]{10}|[0-9]{8}') then cell end""",
    """create or replace temp macro ace_quick_importer_number(cell) as
        case when regexp_full_match(cell, '[0-9]{2}-[0-9]{7}([0-9A-Z]{2})?') then cell end""",
    # Money: $1,234.56, (1,234.56), -1234.5, and the dash that accounting formats print for zero behind a $.
    rf"""create or replace temp macro ace_amount(cell) as
        case
            when cell is null then null
            when regexp_full_match(cell, '{_AMOUNT}') and regexp_matches(cell, '[0-9]')
                then try_cast(
                    case when contains(cell, '(') or contains(cell, '-') then '-' else '' end
                    || translate(cell, '$,()- ', '') as decimal(18, 2)
                )
            when replace(cell, ' ', '') = '$-' then cast(0 as decimal(18, 2))
            when regexp_full_match(cell, '{_NOISY_AMOUNT}')
                and try_cast(cell as decimal(30, 8)) = try_cast(cell as decimal(18, 2))
                then try_cast(cell as decimal(18, 2))
        end""",
    r"""create or replace temp macro ace_whole(cell) as
        case
            when regexp_full_match(cell, '[0-9]{1,9}(\.0+)?') then cast(split_part(cell, '.', 1) as integer)
        end""",
    # One word. A number that a spreadsheet gave a decimal point loses it again.
    rf"""create or replace temp macro ace_code(cell) as
        case
            when regexp_full_match(cell, '{SCIENTIFIC}') and contains(cell, '+') then null
            when starts_with(cell, '#') or not regexp_full_match(cell, '\S+') then null
            when regexp_full_match(cell, '[0-9]+\.0+') then split_part(cell, '.', 1)
            else cell
        end""",
    rf"""create or replace temp macro ace_digits_lost(cell) as
        regexp_full_match(cell, '{SCIENTIFIC}') and (contains(cell, '+') or contains(cell, '.'))""",
    r"""create or replace temp macro ace_number_as_digits(cell) as
        case when regexp_full_match(cell, '[0-9]+\.0+') then split_part(cell, '.', 1) else cell end""",
    # Entry numbers: CBP strips special characters before it counts to eleven.
    """create or replace temp macro ace_entry_number(cell) as
        case
            when regexp_full_match(cell, '[A-Z0-9]{3}[0-9]{8}') then cell
            when ace_digits_lost(cell) then null
            when regexp_full_match(
                regexp_replace(upper(ace_number_as_digits(cell)), '[^A-Z0-9]', '', 'g'), '[A-Z0-9]{3}[0-9]{8}'
            ) then regexp_replace(upper(ace_number_as_digits(cell)), '[^A-Z0-9]', '', 'g')
        end""",
    # Tariff numbers: dots and blanks off, eight or ten digits.
    """create or replace temp macro ace_hts_number(cell) as
        case
            when regexp_full_match(cell, '[0-9]{10}|[0-9]{8}') then cell
            when ace_digits_lost(cell) then null
            when regexp_full_match(replace(replace(ace_number_as_digits(cell), '.', ''), ' ', ''), '[0-9]{10}|[0-9]{8}')
                then replace(replace(ace_number_as_digits(cell), '.', ''), ' ', '')
        end""",
    # Importer numbers stay as filed. Eight or ten bare digits are a number whose leading zero a spreadsheet took.
    rf"""create or replace temp macro ace_importer_number(cell) as
        case
            when regexp_full_match(cell, '{SCIENTIFIC}') or starts_with(cell, '#') then null
            when not regexp_matches(cell, '[A-Za-z0-9]') then null
            when regexp_full_match(ace_number_as_digits(cell), '[0-9]{{8}}|[0-9]{{10}}') then null
            else ace_number_as_digits(cell)
        end""",
    """create or replace temp macro ace_flag(cell) as
        case
            when cell is null or lower(cell) in ('n', 'no', 'false', 'f', '0', '0.0') then false
            when lower(cell) in ('y', 'yes', 'true', 't', '1', '1.0') then true
        end""",
    """create or replace temp macro ace_last_four(cell) as
        case
            when not starts_with(cell, '#') and regexp_matches(cell, '[A-Za-z0-9]')
                then right('000' || regexp_replace(upper(ace_number_as_digits(cell)), '[^A-Z0-9]', '', 'g'), 4)
        end""",
    """create or replace temp macro ace_word(cell) as regexp_replace(lower(cell), '[^a-z0-9]', '', 'g')""",
    # A bank's columns of credits and debits as one signed amount; both filled, and neither nothing, cannot be read.
    """create or replace temp macro ace_negative(cell) as
        case when starts_with(cell, '-') or starts_with(cell, '(') then cell else '-' || cell end""",
    """create or replace temp macro ace_credit_or_debit(credit, debit) as
        case
            when ace_clean(debit) is null or (ace_amount(ace_clean(debit)) = 0 and ace_clean(credit) is not null)
                then credit
            when ace_clean(credit) is null or ace_amount(ace_clean(credit)) = 0 then ace_negative(ace_clean(debit))
            else 'credit ' || credit || ' and debit ' || debit
        end""",
    """create or replace temp macro ace_directed(cell, direction) as
        case
            when ace_word(ace_clean(direction)) in ('d', 'dr', 'db', 'debit', 'debits', 'withdrawal', 'achdebit')
                then ace_negative(ace_clean(cell))
            else cell
        end""",
    # What joins use: separators off, upper case, the suffix 00 (none) off an employer number NN-NNNNNNN. A number that
    # CBP assigned (YYDDPP-NNNNN) has its dash elsewhere and keeps its zeros.
    r"""create or replace temp macro importer_key(number) as
        case
            when regexp_full_match(number, '[0-9]{2}-[0-9]{7}') then replace(number, '-', '')
            when regexp_full_match(replace(number, ' ', ''), '[0-9]{2}-?[0-9]{7}-?00')
                then left(regexp_replace(number, '[^0-9]', '', 'g'), 9)
            else nullif(regexp_replace(upper(number), '[^A-Z0-9]', '', 'g'), '')
        end""",
    # The check digit that belongs to the first ten characters; NULL where they are not an entry number.
    f"""create or replace temp macro entry_check_digit(entry) as
        case
            when regexp_full_match(entry, '[A-Z0-9]{{3}}[0-9]{{7,8}}')
                then (10 - ({_DIGIT_SUM}) % 10) % 10
        end""",
    """create or replace temp macro entry_check_digit_ok(entry_number) as
        entry_check_digit(entry_number) = try_cast(substr(entry_number, 11, 1) as integer)""",
)


def macros_sql() -> list[str]:
    """CREATE OR REPLACE TEMP MACRO statements, in the order in which they must run.

    For others: `importer_key(number)`, `entry_check_digit(entry)`, `entry_check_digit_ok(entry_number)`; the `ace_…`
    macros read cells. They live as long as the connection.
    """
    return list(MACROS)
