"""How the rows of every table that is not built by SQL belong to a client: the one list, as data.

A row that is nobody's is in no client's copy. A row that is several clients', or everybody's, is in the copies of all
of them with its own text and whatever would tell of another withheld. A received table that is not in `RECEIVED`, or a
table loaded by Python that is not in `LOADED`, fails a test: nothing is shown before somebody has said whose it is.

Belongs here: ownership of rows by table. Does not belong here: whose an entry or a refund is (`owners.py`), and
copying (`copies.py`).
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

#: The owner of a row that holds for every client, such as a limit for everybody.
EVERYBODY = "cast(null as integer)"
#: Loaded by Python and the same for all: the law, the day, the readings, the form of a declaration.
THE_SAME = "the same for all"


@dataclass(frozen=True, slots=True)
class Rows:
    """Whose the rows of one received table are.

    `owned` selects load_id, source_row, owner, is_shared and part_usd for every row that is shown to anybody: an owner
    of null is everybody. `replaced` says which columns hold what else in a row that is shared, `guarded` which in any
    row; there $owner is whose copy it is.
    """

    owned: str
    replaced: Mapping[str, str] = field(default_factory=dict)
    guarded: Mapping[str, str] = field(default_factory=dict)


def _by(table: str, of_what: str, key: str, condition: str = "true") -> Rows:
    return Rows(f"""
        select rows.load_id, rows.source_row,
            if({condition}, coalesce(owners.owner, 0), 0) as owner, false as is_shared, null as part_usd
        from {table} as rows
        left join separation.{of_what} as owners on rows.{key} = owners.{key}
        left join separation.clients as clients on owners.owner = clients.owner
    """)


def _by_entry(table: str) -> Rows:
    return _by(table, "entries", "entry_number")


def _unless_anothers(column: str) -> str:
    """The column, but nothing where the payee is another client, as where CBP has paid the wrong one."""
    theirs = "select importer_key from separation.importers where owner <> $owner"
    return f"if(importer_key(rows.payee_number) in ({theirs}), null, rows.{column})"


def _by_refund(table: str, *texts: str, **replaced: str) -> Rows:
    """One row of a refund is a row of each of its clients; of several, its total is not any one's to see.

    Args:
        table: the received table, with refund_number and payee_number.
        texts: columns that tell who the payee is.
        replaced: what columns hold in a row of several clients.
    """
    return Rows(
        f"""
        select rows.load_id, rows.source_row, coalesce(owners.owner, 0) as owner,
            coalesce(owners.is_shared, false) as is_shared, null as part_usd
        from {table} as rows
        left join separation.refunds as owners on rows.refund_number = owners.refund_number
        """,
        {"other_cells": "null", **replaced},
        {name: _unless_anothers(name) for name in ("payee_number", *texts)},
    )


#: Importer and client of the user's own row agree, so that it names nobody else.
NAMES_NO_OTHER = "rows.client_id is null or rows.client_id = clients.client_id"

RECEIVED: dict[str, Rows] = {
    "ace.es003_tariff_lines": _by_entry("ace.es003_tariff_lines"),
    "ace.es003_line_amounts": _by_entry("ace.es003_line_amounts"),
    "ace.es003_entry_amounts": _by_entry("ace.es003_entry_amounts"),
    "ace.broker_lines": _by_entry("ace.broker_lines"),
    "ace.es022_entries": _by_entry("ace.es022_entries"),
    "ace.cape_claim_details": _by_entry("ace.cape_claim_details"),
    "ace.rev615_refund_entries": _by_entry("ace.rev615_refund_entries"),
    "ace.es701_liquidations": _by_entry("ace.es701_liquidations"),
    "ace.rev103_statements": _by_entry("ace.rev103_statements"),
    "ace.entry_facts": _by_entry("ace.entry_facts"),
    "ace.deposits": _by_entry("ace.deposits"),
    "ace.exclusions": _by_entry("ace.exclusions"),
    "ace.uploaded_declarations": _by_entry("ace.uploaded_declarations"),
    "ace.importers": _by("ace.importers", "importers", "importer_key", NAMES_NO_OTHER),
    "ace.payees": _by("ace.payees", "importers", "importer_key"),
    "ace.rev603_refunds": _by_refund(
        "ace.rev603_refunds",
        "company_name",
        "care_of",
        "address",
        total_refund_usd="null",
        trace_number="null",
        document_number="null",
        company_name="null",
        care_of="null",
        address="null",
    ),
    "ace.rev613_rejected_refunds": _by_refund("ace.rev613_rejected_refunds", rejected_usd="null", reject_reason="null"),
    # an entry that is the client's, in a row whose text holds no importer number, entry or name of anybody else
    "ace.quarantine": Rows("""
        with cells as (
            select rows.load_id, rows.source_row, unnest(json_extract_string(rows.raw_row, '$.*')) as cell
            from ace.quarantine as rows
            where rows.entry_number is not null and json_valid(rows.raw_row)
        ),
        words as (
            select load_id, source_row, unnest(regexp_split_to_array(upper(cell), '[^A-Z0-9-]+')) as word
            from cells
        ),
        known as (
            select importer_key from ace.es003_tariff_lines union select importer_key from ace.broker_lines
            union select importer_key from ace.es022_entries union select importer_key from ace.es701_liquidations
            union select importer_key from separation.importers
        ),
        names as (
            select lower(trim(rows.importer_name)) as importer_name, min(coalesce(owners.owner, 0)) as first_owner,
                max(coalesce(owners.owner, 0)) as last_owner
            from (
                select importer_name, importer_key from ace.importers
                union select importer_name, importer_key from ace.es003_tariff_lines
            ) as rows
            left join separation.importers as owners on rows.importer_key = owners.importer_key
            where rows.importer_name is not null
            group by all
        ),
        named as (
            select words.load_id, words.source_row, coalesce(owners.owner, 0) as first_owner,
                coalesce(owners.owner, 0) as last_owner
            from words
            join known on importer_key(words.word) = known.importer_key
            left join separation.importers as owners on known.importer_key = owners.importer_key
            union all
            select words.load_id, words.source_row, owners.owner, owners.owner
            from words
            join separation.entries as owners on replace(words.word, '-', '') = owners.entry_number
            union all
            select cells.load_id, cells.source_row, names.first_owner, names.last_owner
            from cells
            join names on lower(trim(cells.cell)) = names.importer_name
        )
        select rows.load_id, rows.source_row,
            if(
                bool_and(json_valid(rows.raw_row))
                and min(coalesce(owners.owner, 0)) = max(coalesce(owners.owner, 0))
                and coalesce(bool_and(named.first_owner = owners.owner and named.last_owner = owners.owner), true),
                coalesce(max(owners.owner), 0),
                0
            ) as owner,
            false as is_shared, null as part_usd
        from ace.quarantine as rows
        left join separation.entries as owners on rows.entry_number = owners.entry_number
        left join named on rows.load_id = named.load_id and rows.source_row = named.source_row
        group by rows.load_id, rows.source_row
    """),
    # of a line that pays several clients, a client sees what pays its own refunds
    "ace.bank_deposits": Rows(
        """
        select rows.load_id, rows.source_row, coalesce(owners.owner, 0) as owner,
            owners.part_usd is not null as is_shared, owners.part_usd
        from ace.bank_deposits as rows
        left join separation.credits as owners on owners.credit_key = concat_ws(
            '|',
            coalesce(rows.account_last_four, ''),
            strftime(rows.value_date, '%Y-%m-%d'),
            cast(rows.amount_usd as varchar),
            coalesce(ltrim(regexp_replace(upper(rows.trace_number), '[^A-Z0-9]', '', 'g'), '0'), '')
        )
        """,
        {"amount_usd": "owned.part_usd", "description": "null", "other_cells": "null"},
    ),
    # by its claim, else by the entries of its file, else by the importer that submitted it
    "ace.declarations": Rows(
        """
        with found as (
            select rows.load_id, rows.source_row, claims.owner
            from ace.declarations as rows
            join separation.claims as claims on rows.claim_number = claims.claim_number
            union
            select rows.load_id, rows.source_row, uploads.owner
            from ace.declarations as rows
            join separation.uploads as uploads on rows.file_name = uploads.file_name
            where rows.claim_number is null or rows.claim_number not in (select claim_number from separation.claims)
        ),
        submitted as (
            select rows.load_id, rows.source_row, owners.owner
            from ace.declarations as rows
            join separation.importers as owners
                on owners.importer_key
                    = importer_key(trim(regexp_extract(rows.submitter, '^\\s*importer\\s*:(.*)$', 1)))
            anti join found on rows.load_id = found.load_id and rows.source_row = found.source_row
        ),
        every_owner as (
            select load_id, source_row, owner from found union all select load_id, source_row, owner from submitted
        )
        select rows.load_id, rows.source_row, coalesce(owners.owner, 0) as owner,
            count(*) over (partition by rows.load_id, rows.source_row) > 1 as is_shared, null as part_usd
        from ace.declarations as rows
        left join every_owner as owners on rows.load_id = owners.load_id and rows.source_row = owners.source_row
        """,
        {
            "submitter": "if(starts_with(ltrim(lower(rows.submitter)), 'broker'), rows.submitter, null)",
            "other_cells": "null",
        },
    ),
    # an attestation without entry and importer is everybody's, as is a limit without importer and client
    "ace.attestations": Rows(
        f"""
        select rows.load_id, rows.source_row,
            case
                when rows.entry_number is null and rows.importer_key is null then {EVERYBODY}
                when rows.entry_number is null then coalesce(importers.owner, 0)
                when rows.importer_key is null or importers.owner = entries.owner then coalesce(entries.owner, 0)
                else 0
            end as owner,
            rows.entry_number is null and rows.importer_key is null as is_shared, null as part_usd
        from ace.attestations as rows
        left join separation.entries as entries on rows.entry_number = entries.entry_number
        left join separation.importers as importers on rows.importer_key = importers.importer_key
        """,
        {"evidence": "null", "other_cells": "null"},
    ),
    "ace.materiality": Rows(
        f"""
        select rows.load_id, rows.source_row,
            case
                when rows.importer_key is null and rows.client_id is null then {EVERYBODY}
                when rows.importer_key is null then coalesce(clients.owner, 0)
                when rows.client_id is null or clients.owner = importers.owner then coalesce(importers.owner, 0)
                else 0
            end as owner,
            rows.importer_key is null and rows.client_id is null as is_shared, null as part_usd
        from ace.materiality as rows
        left join separation.clients as clients on rows.client_id = clients.client_id
        left join separation.importers as importers on rows.importer_key = importers.importer_key
        """,
        {"other_cells": "null"},
    ),
    # by the importer billed and, where it names a refund, by that too
    "ace.bills": Rows("""
        with refunds as (
            select refund_number, list(owner) as owners from separation.refunds group by refund_number
        )
        select rows.load_id, rows.source_row,
            case
                when rows.importer_key is null and len(refunds.owners) = 1 then refunds.owners[1]
                when refunds.refund_number is null or list_contains(refunds.owners, importers.owner)
                    then coalesce(importers.owner, 0)
                else 0
            end as owner,
            false as is_shared, null as part_usd
        from ace.bills as rows
        left join separation.importers as importers on rows.importer_key = importers.importer_key
        left join refunds on rows.refund_number = refunds.refund_number
    """),
    # what an alert is about stands behind its code: an entry, a refund, a claim, else what the alert itself names
    "ace.alert_acknowledgements": Rows("""
        with about as (
            select load_id, source_row, alert_key, substr(alert_key, strpos(alert_key, ' ') + 1) as subject
            from ace.alert_acknowledgements
        ),
        found as (
            select about.load_id, about.source_row, owners.owner
            from about join separation.entries as owners on about.subject = owners.entry_number
            union
            select about.load_id, about.source_row, owners.owner
            from about join separation.refunds as owners on about.subject = owners.refund_number
            union
            select about.load_id, about.source_row, owners.owner
            from about join separation.claims as owners on about.subject = owners.claim_number
            union
            select about.load_id, about.source_row, coalesce(owners.owner, 0)
            from about
            join payments.alerts as alerts on about.alert_key = alerts.alert_key
            left join separation.importers as owners on importer_key(alerts.importer_number) = owners.importer_key
        )
        select about.load_id, about.source_row,
            if(min(found.owner) = max(found.owner), max(found.owner), 0) as owner,
            false as is_shared, null as part_usd
        from about
        left join found on about.load_id = found.load_id and about.source_row = found.source_row
        group by about.load_id, about.source_row
    """),
    # names files, and what it says of them stands in ace.loads already
    "ace.load_run_dates": Rows("""
        select load_id, source_row, 0 as owner, false as is_shared, null as part_usd from ace.load_run_dates
    """),
}
#: The files themselves: those that hold a row of the client's (`copies.py` says what is told of them).
FILES = "ace.loads"

#: Tables loaded by Python: the same for all, or what a SELECT gives with $owner and $client_id.
LOADED: dict[str, str] = {
    "registry.as_of": THE_SAME,
    "registry.sources": THE_SAME,
    "registry.ieepa_headings": THE_SAME,
    "registry.chapter99_families": THE_SAME,
    "registry.interest_rates": THE_SAME,
    "registry.cape_rules": THE_SAME,
    "registry.validation_rules": THE_SAME,
    "registry.entry_types": THE_SAME,
    "registry.cape_messages": THE_SAME,
    "registry.timing_policies": THE_SAME,
    "registry.policies": THE_SAME,
    "registry.chosen_policies": THE_SAME,
    "registry.quantity_units": THE_SAME,
    "registry.other_duty_rates": THE_SAME,
    "registry.federal_holidays": THE_SAME,
    "registry.programme_dates": THE_SAME,
    "registry.assumptions": THE_SAME,
    "registry.anomaly_codes": THE_SAME,
    "registry.alert_codes": THE_SAME,
    "registry.origin_aliases": THE_SAME,
    "registry.refund_types": THE_SAME,
    "registry.declaration_forms": THE_SAME,
    "registry.stacking_rules": THE_SAME,
    "registry.preference_claims": THE_SAME,
    # the broker's own filer codes and the client's importers; that others were chosen too stays known, not who
    "registry.chosen_submitters": """
        with kept as (
            select chosen.submitter_order, chosen.submitter_type, chosen.submitter_id, chosen.submitter_key
            from registry.chosen_submitters as chosen
            left join separation.importers as importers on chosen.submitter_key = importers.importer_key
            where chosen.submitter_type = 'broker' or coalesce(importers.owner, 0) = $owner
            union all
            select 1, 'importer', 'another', 'another'
            where exists (select 1 from registry.chosen_submitters)
              and not exists (
                  select 1
                  from registry.chosen_submitters as chosen
                  left join separation.importers as importers on chosen.submitter_key = importers.importer_key
                  where chosen.submitter_type = 'broker' or coalesce(importers.owner, 0) = $owner
              )
        )
        select cast(row_number() over (order by submitter_order) as integer) as submitter_order, submitter_type,
            submitter_id, submitter_key
        from kept
        order by submitter_order
    """,
    # a pattern of the user's own may name a payer; the lines that are shown are known to be CBP's by the whole
    "registry.bank_originators": """
        select if($owner = 0 or originator_pattern = $shipped_pattern, originator_pattern, '^') as originator_pattern
        from registry.bank_originators
    """,
    # a close is named by its day; its figures are the client's own, and hashes of files tell nothing
    "ace.closes": """
        with frozen as (
            select rows.close_name, count(*) as entry_count,
                sum(rows.closing_principal_usd + rows.closing_interest_usd) as closing_usd
            from ace.closed_entries as rows
            left join separation.entries as owners on rows.entry_number = owners.entry_number
            where coalesce(owners.owner, 0) = $owner
            group by rows.close_name
        )
        select
            strftime(closes.period_end, '%Y-%m-%d') as close_name,
            closes.period_end,
            closes.known_by_date,
            strftime(openings.period_end, '%Y-%m-%d') as opening_close_name,
            closes.code_version,
            closes.registry_version,
            sha256(closes.settings_sha256 || $client_id) as settings_sha256,
            sha256(closes.inputs_sha256 || $client_id) as inputs_sha256,
            sha256(closes.manifest_sha256 || $client_id) as manifest_sha256,
            coalesce(frozen.entry_count, 0) as entry_count,
            coalesce(frozen.closing_usd, 0) as closing_usd
        from ace.closes as closes
        left join ace.closes as openings on closes.opening_close_name = openings.close_name
        left join frozen on closes.close_name = frozen.close_name
        order by closes.period_end
    """,
    "ace.closed_entries": """
        select strftime(closes.period_end, '%Y-%m-%d') as close_name, rows.* exclude (close_name)
        from ace.closed_entries as rows
        join ace.closes as closes on rows.close_name = closes.close_name
        left join separation.entries as owners on rows.entry_number = owners.entry_number
        where coalesce(owners.owner, 0) = $owner
        order by all
    """,
    "entries.eligibility_history": """
        select rows.*
        from entries.eligibility_history as rows
        left join separation.entries as owners on rows.entry_number = owners.entry_number
        where coalesce(owners.owner, 0) = $owner
        order by all
    """,
}
