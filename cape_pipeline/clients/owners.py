"""Whose every entry, claim, refund and bank line is: worked out once for all clients, from the finished warehouse.

An importer number belongs to the client that importers.csv names for it. An entry belongs to a client if every importer
number that received rows name for it is that client's; an entry on which rows disagree is nobody's. A refund belongs to
the clients of the entries it pays, else to its payee's. Nobody's is number 0, the rest that is never handed on.

Belongs here: owners of things that several tables speak of. Does not belong here: the rows of one table
(`separation.py`).
"""

from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager

import duckdb

NOBODY = 0
CLIENTS = """
select distinct client_id from ace.current_importers where client_id is not null order by client_id
"""
#: The tables that say whose an importer's, an entry's, a claim's, a refund's or a bank line's row is, in order.
OWNERS = {
    "clients": "select unnest(range(1, len($clients) + 1)) as owner, unnest($clients) as client_id",
    "importers": """
        select importers.importer_key, clients.owner
        from ace.current_importers as importers
        join separation.clients as clients on importers.client_id = clients.client_id
    """,
    # every importer number that any row names for an entry, also rows of older versions and of later days
    "entries": """
        with named as (
            select entry_number, importer_key from ace.es003_tariff_lines where importer_key is not null
            union
            select entry_number, importer_key from ace.broker_lines where importer_key is not null
            union
            select entry_number, importer_key from ace.es022_entries where importer_key is not null
            union
            select entry_number, importer_key from ace.es701_liquidations where importer_key is not null
        ),
        owned as (
            select named.entry_number, coalesce(importers.owner, 0) as owner
            from named
            left join separation.importers as importers on named.importer_key = importers.importer_key
        )
        select
            entry_number,
            if(min(owner) = max(owner), max(owner), 0) as owner,
            min(owner) <> max(owner) as is_contested
        from owned
        group by entry_number
    """,
    "claims": """
        with told as (
            select claim_number, entry_number from ace.cape_claim_details
            union
            select claim_number, entry_number from ace.es022_entries
            union
            select claim_number, entry_number from ace.rev615_refund_entries
        )
        select distinct told.claim_number, coalesce(entries.owner, 0) as owner
        from told
        left join separation.entries as entries on told.entry_number = entries.entry_number
        where told.claim_number is not null
    """,
    # the owners of the entries of a file by its name; nobody's, where one name was used for files of different owners
    "uploads": """
        with files as (
            select loads.load_id, loads.file_name, list_sort(list(distinct coalesce(entries.owner, 0))) as owners
            from ace.uploaded_declarations as rows
            join ace.loads as loads on rows.load_id = loads.load_id
            left join separation.entries as entries on rows.entry_number = entries.entry_number
            group by loads.load_id, loads.file_name
        ),
        names as (
            select file_name, if(count(distinct owners) = 1, max(owners), [0]) as owners from files group by file_name
        )
        select file_name, unnest(owners) as owner from names
    """,
    "refunds": """
        with paid as (
            select refund_number, entry_number from ace.es022_entries
            union
            select refund_number, entry_number from ace.rev615_refund_entries
            union
            select refund_number, entry_number from entries.refunded_entries
            union
            select rows.refund_number, entries.entry_number
            from ace.rev603_refunds as rows
            join separation.entries as entries
                on regexp_replace(upper(rows.document_number), '[^A-Z0-9]', '', 'g') = entries.entry_number
        ),
        -- the entries of a returned refund stand in the one that replaces it
        chained as (
            select refund_number, entry_number from paid where refund_number is not null
            union
            select chains.last_refund_number as refund_number, paid.entry_number
            from paid
            join entries.refund_chains as chains on paid.refund_number = chains.refund_number
            union
            select chains.reissued_as as refund_number, paid.entry_number
            from paid
            join entries.refund_chains as chains on paid.refund_number = chains.refund_number
        ),
        by_entry as (
            select distinct chained.refund_number, coalesce(entries.owner, 0) as owner
            from chained
            left join separation.entries as entries on chained.entry_number = entries.entry_number
        ),
        by_payee as (
            select distinct rows.refund_number, coalesce(importers.owner, 0) as owner
            from (
                select refund_number, payee_number from ace.rev603_refunds
                union
                select refund_number, payee_number from ace.rev613_rejected_refunds
            ) as rows
            left join separation.importers as importers
                on importer_key(rows.payee_number) = importers.importer_key
            anti join by_entry on rows.refund_number = by_entry.refund_number
        ),
        every_owner as (
            select refund_number, owner from by_entry
            union all
            select refund_number, owner from by_payee
        )
        select refund_number, owner, count(*) over (partition by refund_number) > 1 as is_shared
        from every_owner
    """,
    # a line that pays refunds of one client is that client's; one that pays several clients' has a part for each
    "credits": """
        with paid as (
            select credit_key, credit_finding, unnest(refund_numbers) as refund_number
            from payments.bank_credits
            union all
            select credit_key, credit_finding, unnest(candidate_refunds) as refund_number
            from payments.bank_credits
            where credit_finding = 'ambiguous'
        ),
        owned as (
            select paid.credit_key, paid.credit_finding, paid.refund_number, coalesce(refunds.owner, 0) as owner,
                coalesce(refunds.is_shared, true) as is_shared
            from paid
            left join separation.refunds as refunds on paid.refund_number = refunds.refund_number
        ),
        whole as (
            select credit_key, max(owner) as owner
            from owned
            group by credit_key
            having not bool_or(is_shared) and min(owner) = max(owner)
        ),
        -- what came for each refund is known where this one line pays all of it
        parts as (
            select owned.credit_key, owned.owner, sum(cash.deposited_usd) as amount_usd
            from owned
            anti join whole on owned.credit_key = whole.credit_key
            join entries.refund_cash as cash on owned.refund_number = cash.refund_number
            join payments.bank_credits as credits on owned.credit_key = credits.credit_key
            where owned.credit_finding = 'several_refunds'
              and not owned.is_shared
            group by owned.credit_key, owned.owner
            having bool_and(cash.bank_credit_count = 1 and cash.deposited_usd is not null)
               and bool_and(credits.credit_count = 1)
        )
        select credit_key, owner, cast(null as decimal(18, 2)) as part_usd from whole
        union all
        select credit_key, owner, cast(amount_usd as decimal(18, 2)) as part_usd from parts
    """,
}


def client_ids_of(con: duckdb.DuckDBPyConnection) -> list[str]:
    """Every client the readable importers.csv files name, in order."""
    return [str(client_id) for (client_id,) in con.execute(CLIENTS).fetchall()]


@contextmanager
def owners(
    con: duckdb.DuckDBPyConnection, client_ids: Sequence[str], wanted: Collection[str] = tuple(OWNERS)
) -> Iterator[None]:
    """The tables of owners, in a database `separation` in memory beside the warehouse; gone afterwards.

    Args:
        con: a connection to a finished warehouse, with the macros of `cape_pipeline.ace`. The warehouse is only read.
        client_ids: every client; its owner number is its place, from 1.
        wanted: which of `OWNERS` are made.
    """
    con.execute("attach ':memory:' as separation")
    try:
        for name, select in OWNERS.items():
            if name not in wanted:
                continue
            given = {"clients": list(client_ids)} if "$clients" in select else {}
            con.execute(f"create table separation.{name} as {select}", given)
        yield
    finally:
        con.execute("detach separation")
