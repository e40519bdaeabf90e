"""The validation rules as expressions: one SELECT a rule, over the rows of files and the tables of the warehouse.

Belongs here: which rows break a rule. Does not belong here: the words and the severity of a rule
(`registry_seeds/validation_rules.csv`); the codes are this project's own, never CBP's.

A SELECT gives file_number, row_number, found (what stands there) and detail (what is the matter with it). It reads
`declaration_file` (one row a file), `declaration_rows` (every row of each) and `declaration_numbers` (those behind the
header that hold something); the rules of entries and of identity also read the warehouse. However many files there
are, a rule is asked once.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from cape_pipeline.registry.load import load_registry
from cape_pipeline.settings import project_files

FILE, ENTRY, IDENTITY = "VAL-F", "VAL-E", "VAL-I"
#: The family of a rule in words.
FAMILIES = {FILE: "file", ENTRY: "entry", IDENTITY: "identity"}


@dataclass(frozen=True, slots=True)
class ValidationRule:
    """One rule as the registry states it: what holds where it is met, how bad a breach is, and what to do."""

    rule_id: str
    title: str
    severity: str
    cbp_message: str | None
    what_to_do: str
    source: str

    @property
    def family(self) -> str:
        return self.rule_id.rsplit("-", 1)[0]


def shipped_rules() -> dict[str, ValidationRule]:
    """The rules of this installation that are believed, by id.

    Raises:
        RegistryError: the seeds cannot be used.
    """
    return as_rules(load_registry(project_files("registry_seeds"))["registry.validation_rules"].to_dicts())


def as_rules(rows: Iterable[Mapping[str, Any]]) -> dict[str, ValidationRule]:
    """Rows of registry.validation_rules as rules by id, without those withdrawn as wrong."""
    names = ValidationRule.__slots__
    return {
        row["rule_id"]: ValidationRule(*(row[name] for name in names)) for row in rows if row["withdrawn_date"] is None
    }


# What a cell holds once CSV's quotes and outer blanks are off, and what CBP compares: letters and digits alone.
ROWS = r"""
select
    file_number,
    row_number,
    line,
    -- the usual line is a number and nothing else, and need not be taken apart
    regexp_full_match(line, '[A-Z0-9]+') as is_plain,
    if(is_plain, line, regexp_extract(line, '^("([^"]|"")*"|[^,]*)', 1)) as written,
    substr(line, length(written) + 1) as further,
    not is_plain and regexp_full_match(written, '"(?s:.*)"') as is_quoted,
    if(is_quoted, replace(written[2:-2], '""', '"'), written) as unquoted,
    trim(unquoted, chr(9) || chr(26) || chr(32) || chr(160)) as cell,
    if(is_plain, cell, upper(regexp_replace(cell, '[^A-Za-z0-9]', '', 'g'))) as number,
    cell = '' and trim(further, ', ') = '' as is_blank
from declaration_lines
"""
NUMBERS = r"""
select
    rows.file_number,
    row_number,
    unquoted,
    cell,
    number,
    row_number() over (partition by rows.file_number order by row_number) as ordinal,
    case
        when ace_digits_lost(cell) then 'scientific notation; the digits behind are lost'
        when regexp_full_match(cell, '[0-9]+\.[0-9]{1,2}') then 'decimals; a spreadsheet took it for a number'
        when regexp_full_match(cell, '[0-9]{6,10}')
            then length(cell) || ' digits; a spreadsheet took it for a number and dropped the leading zeros'
        when starts_with(cell, '#') then 'what a spreadsheet shows in place of a value'
    end as damage,
    damage is null and regexp_full_match(number, '[A-Z0-9]{3}[0-9]{8}') as is_number
from declaration_rows as rows
join declaration_file as file
    on rows.file_number = file.file_number
where row_number > file.header_row
  and not is_blank
"""

FILE_RULES = {
    # --- the file as a whole
    "VAL-F-01": """
        select file_number, 1 as row_number, file_name as found,
            case
                when is_workbook then 'a workbook'
                when encoding like 'utf-16%' then 'text in UTF-16, two bytes a character'
                else 'the name does not end in .csv'
            end as detail
        from declaration_file
        where is_workbook or encoding like 'utf-16%' or not is_named_csv
    """,
    "VAL-F-02": r"""
        select file_number, 1 as row_number, bare_return_count || ' lines' as found, 'lines end with CR alone' as detail
        from declaration_file
        where bare_return_count > 0
        union all
        select file_number, row_number, null as found, 'a control character or a byte that is no text' as detail
        from declaration_rows
        where regexp_matches(line, '[\x00-\x08\x0b\x0c\x0e-\x1f\x{FFFD}]')
    """,
    "VAL-F-03": """
        select file_number, 1 as row_number, null as found, 'a byte order mark' as detail
        from declaration_file
        where has_byte_order_mark
    """,
    "VAL-F-04": """
        select file_number, 1 as row_number, crlf_count || ' lines' as found, 'lines end with CRLF' as detail
        from declaration_file
        where crlf_count > 0
    """,
    "VAL-F-05": """
        select file.file_number, greatest(file.header_row, 1) as row_number, header.unquoted as found,
            case
                when file.header_row = 0 then 'no header: the file begins with an entry number'
                when file.header_row > 1 then 'the header is not in the first row'
                else 'the header must be Entry Number, letter for letter'
            end as detail
        from declaration_file as file
        left join declaration_rows as header
            on header.file_number = file.file_number and header.row_number = greatest(file.header_row, 1)
        where file.header_row <> 1 or header.unquoted is distinct from 'Entry Number'
    """,
    "VAL-F-06": """
        select file_number, row_number, trim(further, ', ') as found,
            if(trim(further, ', ') = '', 'an empty second column', 'a second column') as detail
        from declaration_rows
        where further <> '' and not is_blank
    """,
    "VAL-F-07": """
        select file_number, header_row + 1 as row_number, null as found,
            'no entry number behind the header' as detail
        from declaration_file
        where file_number not in (select file_number from declaration_numbers)
    """,
    "VAL-F-08": """
        select file_number, min(row_number) filter (where ordinal = 10000) as row_number, count(*) || ' rows' as found,
            'one more than 9,999: split the file' as detail
        from declaration_numbers
        group by file_number
        having count(*) > 9999
    """,
    "VAL-F-09": """
        select file_number, 1 as row_number, byte_count || ' bytes' as found, 'one million or more' as detail
        from declaration_file
        where byte_count >= 1000000
    """,
    # --- each entry number
    "VAL-F-10": """
        select file_number, row_number, unquoted as found,
            if(
                length(number) = 11, 'the last eight of the eleven must be digits',
                length(number) || ' letters and digits where eleven belong'
            ) as detail
        from declaration_numbers
        where damage is null and not is_number
    """,
    "VAL-F-11": """
        select file_number, row_number, unquoted as found, damage as detail
        from declaration_numbers
        where damage is not null
    """,
    "VAL-F-12": """
        select file_number, row_number, unquoted as found,
            'the last digit is ' || right(number, 1) || ', expected ' || entry_check_digit(number) as detail
        from declaration_numbers
        where is_number and not entry_check_digit_ok(number)
    """,
    "VAL-F-13": """
        select file_number, row_number, unquoted as found,
            'first in row ' || first_value(row_number) over same_number as detail
        from declaration_numbers
        where is_number
        window same_number as (partition by file_number, number order by row_number)
        qualify row_number() over same_number > 1
    """,
    "VAL-F-14": r"""
        select file_number, row_number, unquoted as found,
            concat_ws(
                ', ',
                if(regexp_full_match(cell, '=".*"'), 'a text formula', null),
                if(contains(cell, '-'), 'dashes', null),
                if(regexp_matches(unquoted, '\s'), 'blanks', null),
                if(regexp_matches(cell, '[a-z]'), 'lower case', null),
                if(
                    not regexp_full_match(cell, '=".*"') and regexp_matches(cell, '[^A-Za-z0-9\s-]'),
                    'other signs', null
                )
            ) as detail
        from declaration_numbers
        where is_number and unquoted <> number
    """,
    "VAL-F-15": """
        with ends as (
            select file_number, max(row_number) as last_row from declaration_numbers group by file_number
        )
        select rows.file_number, row_number, null as found,
            if(
                row_number > coalesce(ends.last_row, 0),
                'a blank row behind the last number', 'a blank row among the numbers'
            ) as detail
        from declaration_rows as rows
        left join ends
            on rows.file_number = ends.file_number
        where is_blank
    """,
    "VAL-F-16": """
        select file_number, row_number, written as found, 'quotes around the cell' as detail
        from declaration_rows
        where starts_with(written, '"')
    """,
    "VAL-F-17": r"""
        select file_number, row_number, unquoted as found,
            array_to_string(
                list_transform(
                    list_distinct(regexp_extract_all(line, '[^\x00-\x7F]')),
                    lambda sign: printf('U+%04X', unicode(sign))
                ), ' '
            ) as detail
        from declaration_rows
        where regexp_matches(line, '[^\x00-\x7F]')
    """,
}
ENTRY_RULES = {
    "VAL-E-01": """
        select numbers.file_number, numbers.row_number, numbers.number as found, 'no loaded report names it' as detail
        from declaration_numbers as numbers
        left join entries.eligibility as eligibility
            on numbers.number = eligibility.entry_number
        where numbers.is_number and entry_check_digit_ok(numbers.number) and eligibility.entry_number is null
    """,
    "VAL-E-02": """
        select numbers.file_number, numbers.row_number, numbers.number as found,
            'entry type ' || eligibility.entry_type_code as detail
        from declaration_numbers as numbers
        join entries.eligibility as eligibility
            on numbers.number = eligibility.entry_number
        join entries.rule_outcomes as outcomes
            on numbers.number = outcomes.entry_number
        where outcomes.entry_type_excluded = 'fail' or outcomes.warehouse_entry = 'fail'
    """,
    "VAL-E-03": """
        select numbers.file_number, numbers.row_number, numbers.number as found,
            concat_ws(' ', 'accepted on claim', eligibility.claim_number, 'of ' || eligibility.accepted_date) as detail
        from declaration_numbers as numbers
        join entries.eligibility as eligibility
            on numbers.number = eligibility.entry_number
        join entries.rule_outcomes as outcomes
            on numbers.number = outcomes.entry_number
        where outcomes.already_accepted = 'fail'
    """,
    "VAL-E-04": """
        select numbers.file_number, numbers.row_number, numbers.number as found,
            concat_ws(
                ' ', 'liquidated', eligibility.liquidation_date || ',',
                'last filing day', eligibility.cape_deadline_date
            ) as detail
        from declaration_numbers as numbers
        join entries.eligibility as eligibility
            on numbers.number = eligibility.entry_number
        join entries.rule_outcomes as outcomes
            on numbers.number = outcomes.entry_number
        where outcomes.liquidation_80_days = 'fail' and outcomes.already_accepted = 'pass'
    """,
    "VAL-E-05": """
        select numbers.file_number, numbers.row_number, numbers.number as found, 'no duty on an IEEPA heading' as detail
        from declaration_numbers as numbers
        join entries.rule_outcomes as outcomes
            on numbers.number = outcomes.entry_number
        where outcomes.ieepa_duty = 'fail' and outcomes.already_accepted = 'pass'
    """,
    # what the four above name is not named again
    "VAL-E-06": """
        select numbers.file_number, numbers.row_number, numbers.number as found,
            eligibility.cape_status || ', path ' || eligibility.recommended_path || ': ' || eligibility.path_reason
                || coalesce(' (' || nullif(array_to_string(eligibility.blocking_rules, ', '), '') || ')', '') as detail
        from declaration_numbers as numbers
        join entries.eligibility as eligibility
            on numbers.number = eligibility.entry_number
        join entries.rule_outcomes as outcomes
            on numbers.number = outcomes.entry_number
        left join refunds.filing_candidates as candidates
            on numbers.number = candidates.entry_number
        where eligibility.cape_status not in ('eligible', 'eligible_paid_on_liquidation', 'review')
          -- an entry that failed, and of which somebody vouches that the cause is gone
          and not coalesce(candidates.is_refiling and candidates.undrafted_reason is null, false)
          and not list_contains(
              [
                  outcomes.entry_type_excluded, outcomes.warehouse_entry, outcomes.already_accepted,
                  outcomes.liquidation_80_days, outcomes.ieepa_duty
              ], 'fail'
          )
    """,
    "VAL-E-07": """
        select numbers.file_number, numbers.row_number, numbers.number as found,
            'path ' || eligibility.recommended_path || ': ' || eligibility.path_reason
                || coalesce(' (' || nullif(array_to_string(eligibility.blocking_rules, ', '), '') || ')', '') as detail
        from declaration_numbers as numbers
        join entries.eligibility as eligibility
            on numbers.number = eligibility.entry_number
        where eligibility.cape_status = 'review'
    """,
    "VAL-E-08": """
        select numbers.file_number, numbers.row_number, numbers.number as found,
            coalesce('status as of ' || eligibility.status_as_of_date, 'the report states no run date') as detail
        from declaration_numbers as numbers
        join entries.eligibility as eligibility
            on numbers.number = eligibility.entry_number
        join entries.rule_outcomes as outcomes
            on numbers.number = outcomes.entry_number
        where outcomes.stale_status in ('fail', 'unknown') and outcomes.already_accepted = 'pass'
    """,
    "VAL-E-09": """
        select numbers.file_number, numbers.row_number, numbers.number as found,
            'not stated: ' || array_to_string(eligibility.unverified_facts, ', ') as detail
        from declaration_numbers as numbers
        join entries.eligibility as eligibility
            on numbers.number = eligibility.entry_number
        where len(eligibility.unverified_facts) > 0
          and eligibility.cape_status in ('eligible', 'eligible_paid_on_liquidation', 'review')
    """,
    "VAL-E-10": """
        select numbers.file_number, numbers.row_number, numbers.number as found,
            'day ' || (80 - eligibility.days_to_cape_deadline) || ' after liquidation, last filing day '
                || eligibility.cape_deadline_date as detail
        from declaration_numbers as numbers
        join entries.eligibility as eligibility
            on numbers.number = eligibility.entry_number
        where eligibility.days_to_cape_deadline between 0 and 2
          and eligibility.cape_status in ('eligible', 'eligible_paid_on_liquidation', 'review')
    """,
}
#: Rules of identity that need the warehouse.
IDENTITY_RULES = {
    "VAL-I-01": """
        select numbers.file_number, numbers.row_number, numbers.number as found,
            'importer of record ' || eligibility.importer_number || ', submitter ' || file.submitter_id as detail
        from declaration_numbers as numbers
        join entries.eligibility as eligibility
            on numbers.number = eligibility.entry_number
        join declaration_file as file
            on numbers.file_number = file.file_number
        where file.submitter_type = 'importer'
          and eligibility.importer_key <> importer_key(file.submitter_id)
    """,
    "VAL-I-03": """
        select numbers.file_number, numbers.row_number, numbers.number as found,
            coalesce('importer of record ' || eligibility.importer_number, 'importer of record unknown') as detail
        from declaration_numbers as numbers
        join entries.eligibility as eligibility
            on numbers.number = eligibility.entry_number
        left join ace.current_importers as importers
            on eligibility.importer_key = importers.importer_key
        where importers.importer_key is null
    """,
    # named once for each importer beyond the first, where its first entry stands
    "VAL-I-04": """
        with importers as (
            select numbers.file_number, min(numbers.row_number) as row_number, eligibility.importer_key,
                any_value(eligibility.importer_number) as importer_number, count(*) as number_count
            from declaration_numbers as numbers
            join entries.eligibility as eligibility
                on numbers.number = eligibility.entry_number
            where eligibility.importer_key is not null
            group by numbers.file_number, eligibility.importer_key
        )
        select file_number, row_number, importer_number as found,
            'another importer than in row ' || min(row_number) over same_file || ', rows of it: ' || number_count
                as detail
        from importers
        window same_file as (partition by file_number)
        qualify row_number > min(row_number) over same_file
    """,
    "VAL-I-05": """
        select numbers.file_number, numbers.row_number, numbers.number as found,
            if(
                outcomes.payee_box28 = 'fail',
                'box 28 of the entry names a party without a designation that holds: CBP pays the importer',
                'box 28 of the entry is not stated, and a notify party is on file'
            ) as detail
        from declaration_numbers as numbers
        join entries.rule_outcomes as outcomes
            on numbers.number = outcomes.entry_number
        where outcomes.payee_box28 in ('fail', 'unknown')
    """,
    "VAL-I-06": """
        select numbers.file_number, numbers.row_number, numbers.number as found,
            if(importers.ach_enrolled is null, 'ACH enrolment not stated for ', 'no ACH enrolment of ')
                || importers.importer_number as detail
        from declaration_numbers as numbers
        join entries.eligibility as eligibility
            on numbers.number = eligibility.entry_number
        join ace.current_importers as importers
            on eligibility.importer_key = importers.importer_key
        where importers.ach_enrolled is distinct from true
    """,
}
#: A filer code stands in the number itself, so this one needs no warehouse.
FILER_RULES = {
    "VAL-I-02": """
        select numbers.file_number, numbers.row_number, numbers.number as found,
            'filer code ' || left(numbers.number, 3) || ', submitter ' || file.submitter_id as detail
        from declaration_numbers as numbers
        join declaration_file as file
            on numbers.file_number = file.file_number
        where numbers.is_number and file.submitter_type = 'broker'
          and left(numbers.number, 3) <> file.submitter_id
    """,
}
#: Rules that ask who uploads the file.
RULES_OF_SUBMITTER = ("VAL-I-01", "VAL-I-02")
WITHOUT_WAREHOUSE = FILE_RULES | FILER_RULES
WITH_WAREHOUSE = ENTRY_RULES | IDENTITY_RULES
EXPRESSIONS = WITHOUT_WAREHOUSE | WITH_WAREHOUSE
