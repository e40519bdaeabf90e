"""What lands in the exports folder is loaded, and of the tables built by month only the months it touches are built.

Belongs here: the pipeline between two states of the exports folder. Does not belong here: when the sensors ask
(`tests/unit/test_automation.py`).
"""

import csv
import shutil
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import dagster as dg
import duckdb
import pytest

from cape_pipeline.assets.load import MONTHS_TOUCHED, record_all
from cape_pipeline.assets.touched import due_in_every_month
from cape_pipeline.automation import landed, landing
from cape_pipeline.contracts import CONTRACTS
from cape_pipeline.definitions import defs
from cape_pipeline.partitions import MONTHS
from cape_pipeline.rebuild import COMPUTED
from cape_pipeline.resources import Warehouse
from cape_pipeline.run import Request, run
from cape_pipeline.settings import Settings
from cape_pipeline.staleness import months_in_play
from cape_pipeline.warehouse.builds import is_monthly, read_builds, stale_tables
from cape_pipeline.warehouse.publish import publish
from tests.support.pipeline import build, build_order, empty_warehouse, receive, run_on

EXPORTS = Path(__file__).parents[2] / "golden" / "guide14" / "exports"
ES_003 = EXPORTS / "ES-003_entry_summary_line_tariff_details.csv"
AS_OF = date(2026, 7, 20)
ENTRY, NEW_ENTRY, MONTH = "MYK01010401", "MYK01015178", "2025-11"
LINES = ("lines.classified_lines", "lines.duty_splits", "lines.entry_amounts")


def contents(con: duckdb.DuckDBPyConnection) -> dict[tuple[str, str], tuple[int, str]]:
    """What stands in every table-month."""
    return {key: (build.row_count, build.content_hash) for key, build in read_builds(con).items() if build.row_count}


def tables(con: duckdb.DuckDBPyConnection) -> dict[str, list[tuple[object, ...]]]:
    """The rows of every derived table, in order."""
    return {
        table_id: con.execute(
            f"select {', '.join(f.name for f in contract.fields if not f.volatile)} from {table_id} order by all"
        ).fetchall()
        for table_id, contract in CONTRACTS.items()
        if contract.source != "received"
    }


# ---- one changed amount -------------------------------------------------------------------------------------------


def change_one_amount(con: duckdb.DuckDBPyConnection) -> None:
    """One duty amount of one entry, as if it had been received so."""
    con.execute(
        "update ace.es003_tariff_lines set duty_usd = duty_usd + 1 where entry_number = ? and source_row ="
        " (select min(source_row) from ace.es003_tariff_lines where entry_number = ? and duty_usd > 0)",
        [ENTRY, ENTRY],
    )
    # files never change once they are loaded, so what is recorded of them would be believed
    con.execute("delete from warehouse.received_parts where table_id = 'ace.es003_tariff_lines'")
    record_all(con)


def build_and_tell(con: duckdb.DuckDBPyConnection) -> dict[str, tuple[str, ...]]:
    """Bring every table up to date; the months that were built of the tables built by month."""
    built = {}
    for table_id in build_order():
        if is_monthly(CONTRACTS[table_id]):
            built[table_id] = publish(con, CONTRACTS[table_id], CONTRACTS, MONTHS).months_built
        else:
            build_one(con, table_id)
    return built


def build_one(con: duckdb.DuckDBPyConnection, table_id: str) -> None:
    if table_id in COMPUTED:
        COMPUTED[table_id](con)
    else:
        publish(con, CONTRACTS[table_id], CONTRACTS)


def test_one_changed_amount_rebuilds_its_month_alone_and_equals_a_fresh_build() -> None:
    con, fresh = empty_warehouse(), empty_warehouse()
    run_on(con, EXPORTS, AS_OF)
    change_one_amount(con)
    built = build_and_tell(con)
    assert {table_id: built[table_id] for table_id in LINES} == dict.fromkeys(LINES, (MONTH,))
    assert {table_id for table_id, months in built.items() if set(months) - {MONTH}} == set()
    assert stale_tables(con, CONTRACTS, months_in_play(con)) == []
    receive(fresh, EXPORTS, AS_OF)
    change_one_amount(fresh)
    build(fresh)
    assert tables(con) == tables(fresh)
    assert contents(con) == contents(fresh)


def test_a_changed_amount_makes_only_what_reads_its_month_stale() -> None:
    con = empty_warehouse()
    run_on(con, EXPORTS, AS_OF)
    change_one_amount(con)
    for table_id in build_order():
        if table_id.startswith("ace.") or table_id == "lines.entry_baselines":
            build_one(con, table_id)
    behind = [line.split()[:2] for line in stale_tables(con, CONTRACTS, months_in_play(con))]
    assert {month for table, month in behind if is_monthly(CONTRACTS[table])} == {MONTH}
    assert ["lines.classified_lines", MONTH] in behind


# ---- a second export ----------------------------------------------------------------------------------------------


def land(exports: Path) -> None:
    """A second ES-003 of one new entry of one month."""
    with ES_003.open(encoding="utf-8-sig", newline="") as file:
        header, *rows = csv.reader(file)
    with (exports / "later_ES-003.csv").open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([header, *([NEW_ENTRY, *row[1:]] for row in rows if row[0] == ENTRY)])


@pytest.fixture
def instance() -> Iterator[dg.DagsterInstance]:
    with dg.DagsterInstance.ephemeral() as ephemeral:
        yield ephemeral


def settings_in(folder: Path) -> Settings:
    exports = folder / "exports"
    shutil.copytree(EXPORTS, exports)
    return Settings(warehouse=folder / "w" / "cape.duckdb", exports=exports, out=folder / "out")


def look_twice(instance: dg.DagsterInstance) -> dg.RunRequest:
    """Two looks of the sensor at the same files."""
    cursor = None
    for _ in range(2):
        with dg.build_sensor_context(instance=instance, cursor=cursor) as context:
            result = landing(context)
        assert isinstance(result, dg.SensorResult)
        cursor = result.cursor
    (request,) = result.run_requests or ()
    return request


def execute(
    settings: Settings, instance: dg.DagsterInstance, job: str, request: dg.RunRequest
) -> dg.ExecuteInProcessResult:
    """The run a sensor asks for, on the warehouse of the settings."""
    assert not request.run_config
    return defs.resolve_job_def(job).execute_in_process(
        instance=instance, tags=dict(request.tags), run_config=Warehouse.run_config(settings)
    )


def follow(instance: dg.DagsterInstance, result: dg.ExecuteInProcessResult) -> dg.RunRequest | dg.SkipReason:
    asked = landed(
        dg.build_run_status_sensor_context(
            sensor_name=landed.name,
            dagster_event=result.get_run_success_event(),
            dagster_instance=instance,
            dagster_run=result.dagster_run,
        )
    )
    assert isinstance(asked, dg.RunRequest | dg.SkipReason)
    return asked


def told(result: dg.ExecuteInProcessResult, table_id: str, name: str) -> Any:
    """What the run said of a table, in each of the months it covered the same."""
    said = [
        event.step_materialization_data.materialization.metadata[name].value
        for event in result.all_events
        if event.is_step_materialization and event.asset_key == dg.AssetKey(table_id.split("."))
    ]
    assert said == said[:1] * len(said)
    return said[0]


def test_a_file_that_lands_is_loaded_and_its_month_alone_built_and_published(
    finished_run: Path, tmp_path: Path, instance: dg.DagsterInstance, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = settings_in(shutil.copytree(finished_run, tmp_path / "first"))
    monkeypatch.setenv("CAPE_EXPORTS", str(settings.exports))
    land(settings.exports)

    loaded = execute(settings, instance, "load", look_twice(instance))
    touched = told(loaded, "ace.loads", MONTHS_TOUCHED)
    assert due_in_every_month() == []
    assert touched == [MONTH]

    request = follow(instance, loaded)
    assert isinstance(request, dg.RunRequest)
    done = execute(settings, instance, "position", request)
    built = {table_id: told(done, table_id, "built") for table_id in LINES}
    assert built == dict.fromkeys(LINES, MONTH)
    monthly = {table_id for table_id, contract in CONTRACTS.items() if is_monthly(contract)}
    # no broker's list landed, so nothing that only follows such lists is due
    for table_id in monthly - {"lines.broker_line_duties", "lines.rate_fits", "lines.rate_derived_splits"}:
        assert told(done, table_id, "built") == MONTH, table_id

    fresh = settings_in(tmp_path / "fresh")
    land(fresh.exports)
    run(fresh, Request(as_of=AS_OF))
    with duckdb.connect(str(settings.snapshot), read_only=True) as con:
        published, rows = contents(con), tables(con)
        assert con.execute("select count(*) from lines.entry_amounts").fetchone() == (15,)
    with duckdb.connect(str(fresh.snapshot), read_only=True) as con:
        assert rows == tables(con)
        assert published == contents(con)


def test_a_file_written_again_with_the_same_rows_is_followed_by_nothing(
    finished_run: Path, tmp_path: Path, instance: dg.DagsterInstance, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = settings_in(shutil.copytree(finished_run, tmp_path / "first"))
    monkeypatch.setenv("CAPE_EXPORTS", str(settings.exports))
    shutil.copy(ES_003, settings.exports / "again.csv")
    asked = follow(instance, execute(settings, instance, "load", look_twice(instance)))
    assert isinstance(asked, dg.SkipReason)
