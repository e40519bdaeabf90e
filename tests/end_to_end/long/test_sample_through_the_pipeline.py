"""Samples of several seeds through the whole pipeline: every entry and every refund comes to its known answer.

The answers are made by the sample's own construction; where a value of them is absent, the sample does not fix it.
"""

from collections import Counter
from pathlib import Path

import duckdb
import pytest

from cape_pipeline.demo.cast import AS_OF
from cape_pipeline.sample import write_sample
from cape_pipeline.sample.kinds import KINDS
from tests.support.pipeline import empty_warehouse, run_on

ENTRIES = 2_000
#: Together they have every kind of entry.
SEEDS = (1, 2, 12)
#: Amounts are fixed but for entries of which a cell is unreadable.
COLUMNS = {
    "cape_status": "eligibility.cape_status",
    "recommended_path": "eligibility.recommended_path",
    "ieepa_low_usd": "splits.ieepa_usd",
    "ieepa_high_usd": "splits.ieepa_high_usd",
    "section_301_usd": "splits.section_301_usd",
    "section_232_usd": "splits.section_232_usd",
    "section_122_usd": "splits.section_122_usd",
    "other_chapter99_usd": "splits.other_chapter99_usd",
    "column_1_usd": "splits.column_1_usd",
    "refund_principal_usd": "eligibility.refund_principal_usd",
    "refund_principal_high_usd": "eligibility.refund_principal_high_usd",
    "importer_number": "eligibility.importer_number",
    "filer_code": "eligibility.filer_code",
    "entry_type_code": "eligibility.entry_type_code",
    "claim_number": "eligibility.claim_number",
    "accepted_date": "eligibility.accepted_date",
    "refund_number": "eligibility.refund_number",
    "interest_usd": "eligibility.refunded_interest_usd",
}
FIXED_WHERE_KNOWN = tuple(name for name in COLUMNS if name.endswith("_usd") and name != "interest_usd")
SOURCE = """
    entries.eligibility as eligibility
    left join (
        select
            entry_number,
            sum(ieepa_usd) as ieepa_usd,
            sum(ieepa_high_usd) as ieepa_high_usd,
            sum(section_301_usd) as section_301_usd,
            sum(section_232_usd) as section_232_usd,
            sum(section_122_usd) as section_122_usd,
            sum(other_chapter99_usd) as other_chapter99_usd,
            sum(column_1_usd) as column_1_usd
        from lines.duty_splits
        group by entry_number
    ) as splits
        on eligibility.entry_number = splits.entry_number
"""


@pytest.fixture(scope="module")
def folders(tmp_path_factory: pytest.TempPathFactory) -> dict[int, Path]:
    """The folder of each seed's sample."""
    written = {seed: write_sample(tmp_path_factory.mktemp("sample"), ENTRIES, seed) for seed in SEEDS}
    return {seed: sample.answers.parent for seed, sample in written.items()}


@pytest.fixture(scope="module", params=SEEDS)
def con(request: pytest.FixtureRequest, folders: dict[int, Path]) -> duckdb.DuckDBPyConnection:
    folder = folders[request.param]
    warehouse = empty_warehouse()
    run_on(warehouse, folder, AS_OF)
    for name, files in (("answers", "entries-*"), ("refund_answers", "refunds")):
        warehouse.execute(f"create table {name} as from read_parquet('{folder}/answers/{files}.parquet')")
    return warehouse


def test_the_pipeline_knows_just_the_entries_of_the_sample(con: duckdb.DuckDBPyConnection) -> None:
    strangers = con.execute(
        "select * from (select entry_number from entries.eligibility) full join"
        " (select entry_number as answered from answers where is_in_product) on entry_number = answered"
        " where entry_number is null or answered is null"
    ).fetchall()
    assert strangers == []


@pytest.mark.parametrize("name", COLUMNS)
def test_every_entry_comes_to_its_answer(con: duckdb.DuckDBPyConnection, name: str) -> None:
    fixed = f"answers.{name} is not null" if name in FIXED_WHERE_KNOWN else "true"
    told = con.execute(f"""
        select answers.kind, answers.entry_number, answers.{name} as answer, {COLUMNS[name]} as found
        from {SOURCE}
        join answers on eligibility.entry_number = answers.entry_number
        where {fixed} and answers.{name} is distinct from {COLUMNS[name]}
        order by all
    """).fetchall()
    assert told == []


@pytest.mark.parametrize("name", ["payee_number", "liquidation_date", "match_status", "rev603_usd", "deposited_usd",
                                  "rejected_usd", "entry_count", "trace_number"])  # fmt: skip
def test_every_refund_comes_to_its_answer(con: duckdb.DuckDBPyConnection, name: str) -> None:
    told = con.execute(f"""
        select answers.refund_number, found.refund_number, answers.{name}, found.{name}
        from refund_answers as answers
        full join (from payments.rev603_reconciliation where refund_number is not null) as found
            on answers.refund_number = found.refund_number
        where answers.{name} is distinct from found.{name}
        order by all
    """).fetchall()
    assert told == []


def test_what_was_paid_is_what_was_expected_with_interest_to_the_cent(con: duckdb.DuckDBPyConnection) -> None:
    assert (
        con.execute("""
        select answers.refund_number, answers.total_usd, found.expected_usd
        from refund_answers as answers
        join payments.rev603_reconciliation as found on answers.refund_number = found.refund_number
        where answers.total_usd is distinct from found.expected_usd
    """).fetchall()
        == []
    )


def test_only_the_cells_that_were_damaged_are_set_aside(con: duckdb.DuckDBPyConnection) -> None:
    ((unreadable, rows_of_lost),) = con.execute("""
        select
            count(*) filter (where is_in_product and ieepa_low_usd is null),
            coalesce(sum(tariff_row_count) filter (where not is_in_product), 0)
        from answers
    """).fetchall()
    found = Counter(reason for (reason,) in con.execute("select reason_code from ace.quarantine").fetchall())
    assert found == Counter({"amount_unreadable": unreadable, "digits_lost": int(rows_of_lost)})


def test_every_kind_occurs_in_one_of_the_samples(folders: dict[int, Path]) -> None:
    files = [f"{folder}/answers/entries-*.parquet" for folder in folders.values()]
    found = {kind for (kind,) in duckdb.sql(f"select distinct kind from read_parquet({files})").fetchall()}
    assert found == {kind.name for kind in KINDS} | {"duty unreadable", "entry number destroyed"}
