"""The data dictionary says what the contracts say, all of it, and the committed pages are those."""

import re
from pathlib import Path

import pytest

from cape_pipeline.contracts import CONTRACTS, SCHEMAS
from cape_pipeline.contracts import fields as f
from cape_pipeline.contracts.dictionary import (
    SCHEMAS_IN_WORDS,
    dictionary_pages,
    main,
    stale_dictionary,
    unit_of,
    upstream_of,
    write_dictionary,
)
from cape_pipeline.warehouse.contract import Field
from cape_pipeline.warehouse.query import claims_of

SQL = Path(__file__).parents[3] / "sql"


@pytest.fixture(scope="module")
def pages() -> dict[str, str]:
    return dictionary_pages()


def section(pages: dict[str, str], table_id: str) -> str:
    schema, table = table_id.split(".")
    return pages[f"{schema}/README.md"].split(f"\n## {table}\n", 1)[1].split("\n## ")[0]


def test_the_committed_pages_are_those_of_the_contracts(pages: dict[str, str]) -> None:
    assert stale_dictionary(SQL, pages) == []


def test_every_schema_has_its_page_and_every_table_its_line_in_the_index(pages: dict[str, str]) -> None:
    assert list(pages) == ["README.md", *(f"{schema}/README.md" for schema in SCHEMAS)]
    assert tuple(SCHEMAS_IN_WORDS) == SCHEMAS
    for table_id, contract in CONTRACTS.items():
        schema, table = table_id.split(".")
        assert f"| [{table_id}]({schema}/README.md#{table}) | {contract.description()} |" in pages["README.md"]


@pytest.mark.parametrize("table_id", CONTRACTS)
def test_a_table_is_told_with_all_its_columns_its_grain_and_its_claims(pages: dict[str, str], table_id: str) -> None:
    contract, told = CONTRACTS[table_id], section(pages, table_id)
    assert contract.description() in told
    assert "- Grain: " + ", ".join(f"`{name}`" for name in contract.grain) in told
    rows = [line.split(" | ") for line in told.splitlines() if line.startswith("| `")]
    assert [row[0].strip("| `") for row in rows] == list(contract.column_names())
    assert [row[1:3] for row in rows] == [[field.sql_type, "yes" * field.nullable] for field in contract.fields]
    for field, row in zip(contract.fields, rows, strict=True):
        assert field.description.rstrip(".").replace("|", "\\|") in " | ".join(row)
        assert [f"`{value}`" for value in field.one_of or () if f"`{value}`" not in row[-1]] == []
    assert [claim.name for claim in claims_of(table_id) if f"__{claim.name}.sql)" not in told] == []


@pytest.mark.parametrize("table_id", CONTRACTS)
def test_what_a_table_reads_is_told_there_and_on_the_other_side(pages: dict[str, str], table_id: str) -> None:
    for upstream in upstream_of(table_id):
        schema, table = upstream.split(".")
        reads = next(line for line in section(pages, table_id).splitlines() if line.startswith("- Reads: "))
        assert f"[{upstream}](../{schema}/README.md#{table})" in reads
        read_by = next(line for line in section(pages, upstream).splitlines() if line.startswith("- Read by: "))
        assert f"[{table_id}]" in read_by


def test_every_link_of_a_page_leads_somewhere(pages: dict[str, str]) -> None:
    for name, text in pages.items():
        for link in set(re.findall(r"\]\(([^)]+)\)", text)):
            path, _, anchor = link.partition("#")
            target = (SQL / name).parent / path if path else SQL / name
            assert target.exists(), f"sql/{name}: {link}"
            if anchor:
                assert f"\n## {anchor}\n" in pages[target.resolve().relative_to(SQL).as_posix()], f"sql/{name}: {link}"


def test_where_received_and_seeded_rows_come_from_is_told(pages: dict[str, str]) -> None:
    assert "ES-003 (Entry Summary Line Tariff Details)" in section(pages, "ace.es003_line_amounts")
    rows = section(pages, "ace.es003_tariff_lines").splitlines()
    assert next(row for row in rows if row.startswith("| `duty_usd` |")).endswith("`Line Tariff Duty Amount` |")
    assert "In the file" not in next(row for row in rows if row.startswith("| `load_id` |"))
    assert "In the file" not in pages["lines/README.md"]
    assert "(../../registry_seeds/ieepa_headings.csv)" in section(pages, "registry.ieepa_headings")
    assert "`cape_pipeline.interest`" in section(pages, "refunds.interest_factors")
    assert "a view over the SELECT in [alerts.sql]" not in section(pages, "payments.alerts")
    assert "the SELECT in [alerts.sql](alerts.sql)" in section(pages, "payments.alerts")


def test_what_dagster_masks_is_told(pages: dict[str, str]) -> None:
    rows = section(pages, "entries.eligibility").splitlines()
    assert next(row for row in rows if row.startswith("| `importer_number` |")).endswith("last four characters |")
    assert not next(row for row in rows if row.startswith("| `entry_date` |")).endswith("last four characters |")


def test_a_page_that_people_wrote_of_a_schema_is_named_on_its_page(pages: dict[str, str]) -> None:
    assert "See also: [How a line is split](SPLITTING.md)." in pages["lines/README.md"]
    assert "See also" not in pages["entries/README.md"]


@pytest.mark.parametrize(
    ("field", "unit"),
    [
        (f.duty_usd, "US dollars"),
        (f.registry_rate, "fraction"),
        (f.entry_date, "day"),
        (f.later_entry_count, "count"),
        (f.line_number, ""),
        (f.entry_number, ""),
        (f.drawback, ""),
        (Field("days_late", "INTEGER", ""), "days"),
        (Field("days", "INTEGER", ""), "days"),
        (Field("status_age_days", "INTEGER", ""), "days"),
        (Field("entries_three_months_before", "INTEGER", ""), ""),
        (Field("working_day_of_month", "INTEGER", ""), ""),
        (Field("refund_pct", "DECIMAL(18,2)", ""), "percent"),
        (Field("loaded_at", "TIMESTAMP", ""), "UTC"),
    ],
    ids=lambda value: value if isinstance(value, str) else value.name,
)
def test_the_name_of_a_column_tells_its_unit(field: Field, unit: str) -> None:
    assert unit_of(field) == unit


def test_every_amount_rate_and_day_has_a_unit() -> None:
    measured = ("DATE", "TIMESTAMP", "DECIMAL(18,2)", "DECIMAL(9,6)", "DECIMAL(38,22)")
    fields = [field for contract in CONTRACTS.values() for field in contract.fields if field.sql_type in measured]
    assert {field.name for field in fields if not unit_of(field)} == set()


def test_pages_are_written_once_and_what_is_stale_is_told(tmp_path: Path, pages: dict[str, str]) -> None:
    assert len(write_dictionary(tmp_path, pages)) == len(pages)
    assert write_dictionary(tmp_path, pages) == []
    assert stale_dictionary(tmp_path, pages) == []
    (tmp_path / "lines/README.md").write_text("else", encoding="utf-8")
    (tmp_path / "ace/README.md").unlink()
    says = "write it with python -m cape_pipeline.contracts.dictionary"
    assert stale_dictionary(tmp_path, pages) == [
        f"sql/ace/README.md: missing; {says}",
        f"sql/lines/README.md: not what the contracts say; {says}",
    ]


def test_checking_writes_nothing_and_ends_with_0_where_all_is_as_told() -> None:
    assert main(["--check"]) == 0
