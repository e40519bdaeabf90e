"""The worked pages work: their steps, done on a copy of the project as they stand there, have the effect they name."""

import json
import os
import re
import shutil
import subprocess
import sys
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from cape_pipeline.registry.load import load_registry
from tests.architecture.project import ROOT
from tests.support.seeds import SEED_FOLDER

ALIAS, LAW, TABLE = "cape_pipeline/ace/README.md", "registry_seeds/ADDING.md", "sql/ADDING_A_TABLE.md"
COPIED = ("cape_pipeline", "registry_seeds", "sql", "tests/support", "tests/tables")
EXPORT = (
    "Entry Summary Number,Entry Type Code,Entry Date,Importer Number,Summary Line Nbr,Country of Origin Code,"
    "Tariff Ordinal Number,HTS Number - Full,Line Tariff Goods Value Amount,Line Tariff Duty Amount,"
    "Liquidation Status,Liquidation Date,Reconciliation Indicator,Protest Status\n"
    "ZQX21012619,01,05/15/2025,89-0000101,1,NZ,1,99030197,0.00,60000.00,Unliquidated,,,\n"
    "ZQX21012619,01,05/15/2025,89-0000101,1,NZ,2,8482105044,500000.00,0.00,Unliquidated,,,\n"
)
#: What is asked of the copy, by its own code: everything a page promises.
ASK = """
import json, sys
from datetime import date
from pathlib import Path
from cape_pipeline.definitions import defs
from tests.support.pipeline import empty_warehouse, run_on
con = empty_warehouse()
run_on(con, Path(sys.argv[1]), date(2026, 7, 20))
def all_of(query):
    return [[str(value) for value in row] for row in con.execute(query).fetchall()]
graph = defs.resolve_asset_graph()
print(json.dumps({
    "lines": all_of(
        "select line_number, heading, is_ieepa_duty, registry_rate from lines.classified_lines order by all"
    ),
    "status": all_of(
        "select cape_status, path_reason, list_contains(blocking_rules, 'LARGE-REFUND') from entries.eligibility"
    ),
    "finding": all_of(
        "select outcome, message, source from entries.eligibility_findings where rule_id = 'LARGE-REFUND'"
    ),
    "table": all_of("select comment from duckdb_tables() where table_name = 'later_liquidations'"),
    "asset": [key.to_user_string() for key in graph.materializable_asset_keys if "later" in key.path[-1]],
    "checks": [key.name for key in graph.asset_check_keys if "later" in key.asset_key.path[-1]],
}))
"""


def page(name: str) -> str:
    return re.sub(r"(?m)^ {3}", "", (ROOT / name).read_text(encoding="utf-8"))


def change(folder: Path, block: str) -> None:
    """Do what one block says: put its new lines in the place of its old ones, or at the end where it has none."""
    head, *lines = block.splitlines()
    target = folder / head.removeprefix("--- ")
    old, new = ("".join(f"{line[1:]}\n" for line in lines if line[:1] == sign) for sign in "-+")
    text = target.read_text(encoding="utf-8")
    assert text.count(old) == 1 or not old, f"{head}: the page shows lines that the file does not have once"
    target.write_text(text.replace(old, new) if old else text + new, encoding="utf-8")


def run(folder: Path, *arguments: str | Path, ends_with: int = 0) -> str:
    done = subprocess.run(
        [sys.executable, *map(str, arguments)],
        cwd=folder,
        env=os.environ | {"PYTHONPATH": str(folder), "COLUMNS": "200"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == ends_with, f"{done.stdout}\n{done.stderr}"
    return done.stdout + done.stderr


def blocks(text: str, language: str) -> list[str]:
    return re.findall(rf"(?ms)^```{language}\n(.*?)^```", text)


@pytest.fixture(scope="module")
def copy(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the project, still as it is."""
    folder = tmp_path_factory.mktemp("how_to")
    for name in COPIED:
        shutil.copytree(ROOT / name, folder / name, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / "pyproject.toml", folder)
    shutil.copy(ROOT / "tests/conftest.py", folder / "tests")
    (folder / "exports").mkdir()
    (folder / "exports" / "my_es003.csv").write_text(EXPORT, encoding="utf-8")
    return folder


@pytest.fixture(scope="module")
def refused(copy: Path) -> str:
    """What `cape check` says of the file before the alias is added."""
    return run(copy, "-m", "cape_pipeline.cli", "check", "exports/my_es003.csv", ends_with=2)


@pytest.fixture(scope="module")
def changed(copy: Path, refused: str) -> Path:
    """The copy after every step of the three pages, in order."""
    assert refused
    for name in (ALIAS, LAW):
        for block in blocks(page(name), "diff"):
            change(copy, block)
    contract, test = blocks(page(TABLE), "python")
    contracts = copy / "cape_pipeline/contracts/entries.py"
    contracts.write_text(contracts.read_text(encoding="utf-8") + f"\n\n{contract}", encoding="utf-8")
    for target, text in zip(
        re.findall(r"`(sql/entries/\S+\.sql)`", page(TABLE)), blocks(page(TABLE), "sql"), strict=True
    ):
        (copy / target).write_text(text, encoding="utf-8")
    (target,) = set(re.findall(r"`(tests/tables/entries/\w+\.py)`", page(TABLE)))
    (copy / target).write_text(test, encoding="utf-8")
    for module in ("cape_pipeline.assets.lineage", "cape_pipeline.contracts.dictionary"):
        run(copy, "-m", module)
    return copy


@pytest.fixture(scope="module")
def answers(changed: Path) -> dict[str, Any]:
    told: dict[str, Any] = json.loads(run(changed, "-c", ASK, "exports").splitlines()[-1])
    return told


def test_a_file_with_an_unknown_header_is_refused_until_the_alias_is_added(refused: str, changed: Path) -> None:
    assert "lack 'Entry Summary Line Number'" in refused
    told = run(changed, "-m", "cape_pipeline.cli", "check", "exports/my_es003.csv")
    assert "ES-003" in told


def test_a_heading_window_that_was_added_decides_and_what_was_believed_before_stays(
    changed: Path, answers: dict[str, Any]
) -> None:
    assert answers["lines"][1][:3] == ["1", "9903.01.97", "True"]
    assert Decimal(answers["lines"][1][3]) == Decimal("0.12")
    folder = changed / "registry_seeds"
    for day, rate in ((date(2026, 11, 21), "0.10"), (date(2026, 11, 22), "0.12")):
        headings = load_registry(folder, day)["registry.ieepa_headings"]
        (row,) = (row for row in headings.to_dicts() if row["heading"] == "9903.01.97" and not row["withdrawn_date"])
        assert row["rate"] == Decimal(rate)
    assert "9903.01.97" not in set(load_registry(SEED_FOLDER)["registry.ieepa_headings"]["heading"])


def test_the_difference_of_two_registries_names_the_new_heading(changed: Path) -> None:
    told = run(changed, "-m", "cape_pipeline.cli", "registry", "diff", SEED_FOLDER, "registry_seeds", "--json")
    assert "9903.01.97" in told
    assert "LARGE-REFUND" in told


def test_a_cape_rule_that_was_added_decides_and_is_told_with_its_source(answers: dict[str, Any]) -> None:
    assert answers["finding"] == [
        ["fail", "The refund of the entry is not above 50000 dollars.", "cape-pipeline-house-rules"]
    ]
    assert answers["status"] == [["review", "a large refund is looked at first", "True"]]


def test_a_table_that_was_added_is_a_table_an_asset_a_check_and_a_page(changed: Path, answers: dict[str, Any]) -> None:
    assert answers["asset"] == ["entries/later_liquidations"]
    assert "all_are_in_the_future" in answers["checks"]
    ((comment,),) = answers["table"]
    assert comment.startswith("One entry summary that liquidates after the valuation day")
    assert "## later_liquidations" in (changed / "sql/entries/README.md").read_text(encoding="utf-8")


def test_the_test_of_the_added_table_passes(changed: Path) -> None:
    run(
        changed,
        "-m",
        "pytest",
        "-q",
        "-n0",
        "-p",
        "no:cacheprovider",
        "tests/tables/entries/test_later_liquidations.py",
    )
