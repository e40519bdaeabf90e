"""Who submits, what somebody vouches for, what was uploaded: each an input, from the command line to the drafts."""

import json
from dataclasses import replace
from datetime import date
from pathlib import Path
from shutil import copytree

import duckdb
import pytest
from typer.testing import CliRunner, Result

from cape_pipeline import run as pipeline
from cape_pipeline.cli import app
from cape_pipeline.declaration_check.drafts import declaration_bytes
from cape_pipeline.filing import Attestation, record_attestation
from cape_pipeline.settings import Settings
from tests.support.pipeline import run_on

GUIDE_EXPORTS = Path(__file__).parents[2] / "golden" / "guide14" / "exports"
Connection = duckdb.DuckDBPyConnection


def drafts(con: Connection) -> dict[str, list[str]]:
    """The entries of every draft, by its id."""
    return dict(
        con.execute(
            "select declaration_id, list(entry_number order by row_number) from refunds.declaration_entries"
            " where starts_with(declaration_id, 'draft-') group by all order by all"
        ).fetchall()
    )


def reasons(con: Connection) -> dict[str | None, int]:
    select = "select undrafted_reason, count(*) from refunds.filing_candidates group by all"
    return dict(con.execute(select).fetchall())


@pytest.fixture(scope="module")
def demo(
    demo_tables: Connection, finished_demo: Path, tmp_path_factory: pytest.TempPathFactory
) -> tuple[Connection, Path, date]:
    """The demonstration, loaded and built: its connection, exports and day."""
    exports = copytree(finished_demo / "cape-demo" / "exports", tmp_path_factory.mktemp("filing") / "exports")
    ((as_of,),) = demo_tables.execute("select as_of_date from registry.as_of").fetchall()
    return demo_tables, exports, as_of


def test_an_attestation_drafts_what_lacked_nothing_else_and_an_upload_takes_it_off_again(
    demo: tuple[Connection, Path, date],
) -> None:
    con, exports, as_of = demo
    before, held_back = drafts(con), reasons(con)
    assert held_back["unverified_facts"] > 0

    record_attestation(exports, Attestation(("drawback", "surety_paid"), "A. Broker", as_of))
    run_on(con, exports, as_of)
    vouched = drafts(con)
    assert sum(map(len, vouched.values())) == sum(map(len, before.values())) + held_back["unverified_facts"]
    assert "unverified_facts" not in reasons(con)

    declaration_id, entries = next(iter(vouched.items()))
    (exports / "uploaded.csv").write_bytes(declaration_bytes(entries, "lf"))
    run_on(con, exports, as_of)
    assert drafts(con) == {name: held for name, held in vouched.items() if name != declaration_id}
    assert reasons(con)["filed_and_waiting"] == len(entries)
    told = "select status, file_name, entry_count from refunds.declarations where declaration_id = ?"
    assert con.execute(told, [declaration_id.replace("draft-", "file-")]).fetchall() == [
        ("filed", "uploaded.csv", len(entries))
    ]

    (exports / "refused.csv").write_text(
        "claim_number,file_name,filed_date,cbp_status\n,uploaded.csv,2026-07-20,Not a CSV file\n", encoding="utf-8"
    )
    run_on(con, exports, as_of)
    assert drafts(con) == vouched


def test_a_broker_drafts_only_its_own_entries_and_the_others_stay_eligible(
    demo: tuple[Connection, Path, date],
) -> None:
    con, exports, as_of = demo
    eligible = "select count(*) from entries.eligibility where recommended_path = 'file_cape'"
    before = con.execute(eligible).fetchall()
    run_on(con, exports, as_of, submitters="broker:ZQX")
    assert {entry[:3] for entries in drafts(con).values() for entry in entries} == {"ZQX"}
    assert reasons(con)["not_by_this_submitter"] > 0
    assert con.execute(eligible).fetchall() == before


# ---- the command line ---------------------------------------------------------------------------------------------


def cape(*arguments: object) -> Result:
    """One command in this process; its exit code and output."""
    return CliRunner().invoke(app, [str(argument) for argument in arguments], env={"COLUMNS": "160"})


def test_the_chosen_submitter_and_the_attestation_are_kept_by_a_run_that_names_none(tmp_path: Path) -> None:
    exports = copytree(GUIDE_EXPORTS, tmp_path / "exports")
    places = ("--exports", exports, "--warehouse", tmp_path / "w.duckdb", "--out", tmp_path / "out")
    choices = ("--submitter", "broker:MYK", "--attest", "drawback", "--attested-by", "A. Broker", "--accept-stale")
    result = cape("run", *places, "--as-of", "2026-07-20", *choices, "--json")
    assert result.exit_code == 0, result.output
    assert [line.partition(",")[0] for line in (exports / "attestations.csv").read_text().splitlines()] == [
        "fact",
        "drawback",
        "stale_status",
    ]
    files_loaded = json.loads(result.stdout)["files_loaded"]
    assert files_loaded == len(list(GUIDE_EXPORTS.iterdir())) + 1

    settings = replace(Settings(), exports=exports, warehouse=tmp_path / "w.duckdb", out=tmp_path / "out")
    told = pipeline.run(settings, pipeline.Request())
    assert told.loads_after == told.loads_before
    with duckdb.connect(str(settings.snapshot), read_only=True) as con:
        assert con.execute("select submitter_type, submitter_id from registry.chosen_submitters").fetchall() == [
            ("broker", "MYK")
        ]
        assert con.execute("select attested_fact, attested_by from ace.attestations order by all").fetchall() == [
            ("drawback", "A. Broker"),
            ("stale_status", "A. Broker"),
        ]


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (("--attest", "drawback"), "add --attested-by NAME"),
        (("--accept-stale",), "add --attested-by NAME"),
        (("--attest", "everything", "--attested-by", "me"), "the facts that can be vouched for are"),
        (("--submitter", "ABC"), "write importer:NUMBER"),
        (("--submitter", "broker:ABC", "--only", "refunds"), "cannot be combined with --only"),
    ],
)
def test_a_choice_that_cannot_be_used_ends_with_2_and_a_sentence_and_writes_nothing(
    tmp_path: Path, arguments: tuple[str, ...], sentence: str
) -> None:
    (tmp_path / "exports").mkdir()
    result = cape("run", "--exports", tmp_path / "exports", "--warehouse", tmp_path / "w.duckdb", *arguments)
    assert result.exit_code == 2
    assert sentence in result.stderr
    assert [path.name for path in tmp_path.iterdir()] == ["exports"]
