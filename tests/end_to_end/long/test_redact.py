"""A run on a redacted copy comes to the same as one on the originals, entry by entry and refund by refund."""

import json
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import duckdb
import pytest
from typer.testing import CliRunner

from cape_pipeline.cli import app
from cape_pipeline.contracts import CONTRACTS
from cape_pipeline.redaction import redact_folder
from cape_pipeline.redaction.pseudonyms import Pseudonyms
from cape_pipeline.sample import write_sample
from cape_pipeline.settings import BANK_ORIGINATORS
from tests.support.pipeline import empty_warehouse, run_on

AS_OF = date(2026, 7, 20)
KEY = b"a key of the tests, long enough"
MADE = Pseudonyms(KEY)
#: Columns of days, amounts, counts and words; a row of a file may stand elsewhere, because days above it became rows.
SAME = ("DATE", "BOOLEAN", "INTEGER", "BIGINT", "DECIMAL(18,2)", "DECIMAL(9,6)", "DECIMAL(38,20)", "DECIMAL(38,22)")
PLACES = {"source_row", "header_row"}
#: One row a thing, with its number first: how numbers become pseudonyms, and what is held against what.
THINGS: list[tuple[str, Callable[[Pseudonyms, str], str]]] = [
    (
        """select entry_number, cape_status, recommended_path, path_reason, refund_principal_usd, cape_deadline_date,
            open_principal_usd, entry_date
        from entries.eligibility""",
        Pseudonyms.entry_number,
    ),
    (
        "select entry_number, rule_id, outcome, message from entries.eligibility_findings",
        Pseudonyms.entry_number,
    ),
    (
        "select entry_number, line_number, heading, programme, duty_usd, ieepa_low_usd, ieepa_high_usd"
        " from lines.row_contributions",
        Pseudonyms.entry_number,
    ),
    ("select entry_number, principal_usd, interest_usd from refunds.entry_interest", Pseudonyms.entry_number),
    (
        """select refund_number, match_status, es022_usd, rev603_usd, deposited_usd, diverted_usd, rejected_usd,
            pending_usd, unexplained_usd
        from payments.rev603_reconciliation
        where refund_number is not null""",
        Pseudonyms.reference,
    ),
]


@pytest.fixture(scope="module", params=["demo", "sample"])
def both(
    request: pytest.FixtureRequest, finished_demo: Path, tmp_path_factory: pytest.TempPathFactory
) -> tuple[duckdb.DuckDBPyConnection, duckdb.DuckDBPyConnection]:
    """Tables of the originals and of their copy."""
    place = tmp_path_factory.mktemp("redact")
    exports = finished_demo / "cape-demo" / "exports"
    if request.param == "sample":
        exports = place / "exports"
        write_sample(exports, 1_000, 7, threads=1, memory_limit="1GB")
    done = redact_folder(exports, place / "copy", key=KEY, originators=BANK_ORIGINATORS, memory_limit="1GB", threads=1)
    assert (done.left_out, done.leaks) == ((), ())
    original, copy = empty_warehouse(), empty_warehouse()
    run_on(original, exports, AS_OF)
    run_on(copy, place / "copy", AS_OF)
    return original, copy


def rows(con: duckdb.DuckDBPyConnection, query: str) -> list[tuple[Any, ...]]:
    return con.execute(query).fetchall()


def test_every_figure_and_day_of_every_table_is_the_same(
    both: tuple[duckdb.DuckDBPyConnection, duckdb.DuckDBPyConnection],
) -> None:
    different = [
        f"{table_id}.{field.name}"
        for table_id, contract in CONTRACTS.items()
        for field in contract.fields
        if field.sql_type in SAME and not field.volatile and field.name not in PLACES
        if len({str(rows(con, f"select {field.name} from {table_id} order by all")) for con in both}) > 1
    ]
    assert different == []


@pytest.mark.parametrize(("query", "pseudonym"), THINGS, ids=["eligibility", "findings", "rows", "interest", "refunds"])
def test_each_thing_is_the_same_under_its_pseudonym(
    both: tuple[duckdb.DuckDBPyConnection, duckdb.DuckDBPyConnection],
    query: str,
    pseudonym: Callable[[Pseudonyms, str], str],
) -> None:
    original, copy = (rows(con, query) for con in both)
    assert sorted((pseudonym(MADE, number), *map(str, rest)) for number, *rest in original) == sorted(
        (number, *map(str, rest)) for number, *rest in copy
    )
    assert len(original) > 10


def test_the_command_tells_what_it_wrote_and_refuses_what_is_there(finished_demo: Path, tmp_path: Path) -> None:
    exports, copy = finished_demo / "cape-demo" / "exports", tmp_path / "copy"
    told = CliRunner().invoke(app, ["redact", str(exports), str(copy), "--json"])
    assert (told.exit_code, told.stderr) == (0, "")
    done = json.loads(told.stdout)
    assert sorted(done["files"]) == sorted(path.name for path in copy.iterdir())
    assert (done["left_out"], done["leaks"], len(done["files"])) == ([], [], len(list(exports.iterdir())))
    again = CliRunner().invoke(app, ["redact", str(exports), str(copy)])
    assert again.exit_code == 2
    assert "there is something already" in again.stderr


def test_a_value_that_is_still_there_ends_with_1_and_is_not_named(tmp_path: Path) -> None:
    exports = tmp_path / "exports"
    exports.mkdir()
    header = "importer_number,name,rate_class,ach_enrolled,periodic_monthly_statement"
    (exports / "importers.csv").write_text(f"{header}\n12-3456789,Larkspindle Inc,corporate,Y,Y\n", encoding="utf-8")
    (exports / "rejected.csv").write_text(
        "Refund ID,Payee ID,Refund Date,Refund Amount,Reject Reason\n"
        "R1,12-3456789,05/19/2026,$1.00,NO ACCOUNT OF LARKSPINDLE INC\n",
        encoding="utf-8",
    )
    told = CliRunner().invoke(app, ["redact", str(exports), str(tmp_path / "copy")], env={"COLUMNS": "300"})
    assert told.exit_code == 1
    assert "rejected.csv, row 2, column Reject Reason" in told.stderr
    assert "larkspindle" not in told.output.lower()
    assert not (tmp_path / "copy").exists()
