"""The description of a position: everything it rests on, and the hashes of what came of it.

Belongs here: what a description says and the name that follows from it. Does not belong here: writing it anywhere
(`keeping.py`), and what is done with it (`restoring.py`).
"""

import csv
from collections.abc import Mapping
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

import duckdb

from cape_pipeline.close.frozen import MANIFEST as CLOSE_MANIFEST
from cape_pipeline.close.frozen import as_json, read_closes, sha256_of
from cape_pipeline.contracts import CONTRACTS
from cape_pipeline.contracts.entries import EligibilityHistory
from cape_pipeline.outputs import MANIFEST, Written
from cape_pipeline.release import code_version
from cape_pipeline.run_tags import OF_THE_BOOKS
from cape_pipeline.settings import Settings, project_files
from cape_pipeline.visit import LIBRARIES
from cape_pipeline.warehouse.builds import WHOLE, Builds, is_monthly, read_builds, registry_version

FORMAT = 1
#: Settings that decide tables or files; the others say where things are and how fast they are made.
DECIDING = ("line_ending", "bank_originators", "clients", "csv_rows", "workbook_rows", "audit_packets")
INPUTS = """
select load_id as sha256, file_name, report_code, coalesce(is_raw_kept, false) as is_kept
from ace.loads
order by load_number
"""
ID_LENGTH = 16

#: As JSON holds it: texts, numbers, lists and mappings.
Description = dict[str, Any]


def describe(con: duckdb.DuckDBPyConnection, settings: Settings, written: list[Written]) -> Description:
    """What stands in a finished warehouse and in the files that were just written from it, and what both rest on.

    Raises:
        UnusableClose: a closed period is not what was frozen.
        OSError: a seed or a manifest cannot be read.
    """
    builds = read_builds(con)
    tables = contents_of_tables(builds)
    as_of = con.execute("select as_of_date from registry.as_of").fetchone()
    policies = con.execute("select policy_point, policy from registry.chosen_policies order by 1").fetchall()
    submitters = con.execute(
        "select submitter_type || ':' || submitter_id from registry.chosen_submitters order by submitter_order"
    ).fetchall()
    return {
        "format": FORMAT,
        "as_of_date": as_of[0].isoformat() if as_of else None,
        "registry_version": registry_version(CONTRACTS[OF_THE_BOOKS], builds, CONTRACTS),
        "code_version": code_version(),
        "libraries": {name: _version(name) for name in LIBRARIES},
        "policies": dict(policies),
        "submitters": [submitter for (submitter,) in submitters],
        "settings": {name: getattr(settings, name) for name in DECIDING},
        "finds_history": settings.history or tables.get(EligibilityHistory.table_id(), [0])[0] > 0,
        "inputs": [
            dict(zip(("sha256", "file_name", "report_code", "is_kept"), row, strict=True))
            for row in con.execute(INPUTS).fetchall()
        ],
        "closes": {
            close.close_name: {
                name: sha256_of((close.folder / name).read_bytes())
                for name in sorted({*close.manifest["files"], CLOSE_MANIFEST})
            }
            for close in read_closes(settings.closes)
        },
        "seeds": {path.name: sha256_of(path.read_bytes()) for path in seed_files()},
        "tables": tables,
        "files": hashes_of_files(settings.out, [one.folder for one in written]),
    }


def position_id_of(description: Description) -> str:
    """The name of a position: the start of the hash of all that its description says."""
    return sha256_of(as_json(description))[:ID_LENGTH]


def seed_files() -> list[Path]:
    """The seeds of this installation, one file a registry table."""
    return sorted(project_files("registry_seeds").glob("*.csv"))


def contents_of_tables(builds: Builds) -> dict[str, list[Any]]:
    """Row count and content hash of every table by its id, over all its months; views have no content of their own."""
    found: dict[str, list[Any]] = {}
    for table_id, contract in CONTRACTS.items():
        if contract.source == "view":
            continue
        stands = [
            build
            for (recorded, month), build in builds.items()
            if recorded == table_id and build.row_count and (is_monthly(contract) or month == WHOLE)
        ]
        found[table_id] = [
            sum(build.row_count or 0 for build in stands),
            str(sum(int(build.content_hash) for build in stands)),
        ]
    return found


def hashes_of_files(out: Path, folders: list[Path]) -> dict[str, str]:
    """sha256 of every file that the manifests in these folders list, by its path below `out`."""
    found: dict[str, str] = {}
    for folder in folders:
        with (folder / MANIFEST).open(encoding="utf-8", newline="") as file:
            below = folder.relative_to(out)
            found |= {(below / row["file_name"]).as_posix(): row["sha256"] for row in csv.DictReader(file)}
    return found


def differing(before: Mapping[str, Any], now: Mapping[str, Any]) -> list[str]:
    """The names under which two mappings do not hold the same, in order."""
    return sorted(name for name in {*before, *now} if before.get(name) != now.get(name))


def _version(name: str) -> str | None:
    try:
        return version(name)
    except PackageNotFoundError:
        return None
