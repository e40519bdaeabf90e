"""Who may know what: charters, the engine without the domain, the law and the arithmetic without the engine."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.architecture.project import PACKAGE, ROOT, TESTS, Module, modules, words

DOMAIN_WORDS = {
    "ace", "broker", "cape", "cbp", "customs", "declaration", "declarations", "drawback", "duties", "duty", "entries",
    "entry", "heading", "headings", "hts", "ieepa", "importer", "importers", "interest", "liquidated", "liquidation",
    "payee", "principal", "protest", "refund", "refunded", "refunds", "reliquidation", "surety", "tariff", "tariffs",
}  # fmt: skip
#: What a month may mean is a closed list in the contract class; the package and the command carry the product's name.
ALLOWED_NAMES = r"\b(?:entry_month|liquidation_month|refund_month)\b"
PRODUCT_NAMES = r"\bcape_pipeline\b|`cape[ a-z]*`"

WITHOUT_ENGINE = ("cape_pipeline/registry", "cape_pipeline/interest", "tests/support/oracle")
HEAVY = ("dagster", "matplotlib", "pandas", "pandera")


def loaded_by(program: str, *arguments: str, among: tuple[str, ...], folder: Path = ROOT) -> set[str]:
    """Which of the named packages a program had imported by its end, in a fresh interpreter; it must end well."""
    report = f"import atexit, sys; atexit.register(lambda: print('LOADED', *(set(sys.modules) & set({among!r}))))\n"
    done = subprocess.run(
        [sys.executable, "-c", report + program, *arguments],
        capture_output=True,
        text=True,
        cwd=folder,
        env=os.environ | {"PYTHONPATH": str(ROOT)},
        check=False,
    )
    assert done.returncode == 0, f"{done.stdout}\n{done.stderr}"
    last = done.stdout.rstrip().rpartition("\n")[2]
    assert last.startswith("LOADED")
    return set(last.split()[1:])


def cape(*arguments: str, folder: Path) -> set[str]:
    return loaded_by("from cape_pipeline.cli import main; main()", *arguments, among=HEAVY, folder=folder)


def test_there_are_modules_to_look_at() -> None:
    for folder in (PACKAGE, PACKAGE / "warehouse", TESTS, *(ROOT / folder for folder in WITHOUT_ENGINE)):
        assert any(not module.is_empty for module in modules(folder)), folder


@pytest.mark.parametrize("module", modules(PACKAGE), ids=lambda module: module.where)
def test_a_module_opens_with_what_belongs_in_it_and_what_does_not(module: Module) -> None:
    if module.path.name != "__init__.py" or not module.is_empty:
        assert "Belongs here" in module.docstring
        assert "Does not belong here" in " ".join(module.docstring.split())


@pytest.mark.parametrize("module", modules(TESTS), ids=lambda module: module.where)
def test_a_module_of_tests_opens_with_a_sentence(module: Module) -> None:
    if not module.is_empty:
        assert module.docstring.split("\n\n")[0].endswith(".")


@pytest.mark.parametrize("module", modules(PACKAGE / "warehouse"), ids=lambda module: module.where)
def test_the_warehouse_knows_no_word_of_the_domain(module: Module) -> None:
    text = re.sub(PRODUCT_NAMES, "", module.text)
    if module.path.name == "contract.py":
        text = re.sub(ALLOWED_NAMES, "", text)
    assert words(text) & DOMAIN_WORDS == set()


@pytest.mark.parametrize("folder", WITHOUT_ENGINE)
def test_law_arithmetic_and_oracle_load_without_dagster_and_duckdb(folder: str) -> None:
    program = "import importlib, sys; [importlib.import_module(name) for name in sys.argv[1:]]"
    names = [module.name for module in modules(ROOT / folder)]
    assert loaded_by(program, *names, among=("dagster", "duckdb")) == set()


def test_the_oracle_shares_nothing_with_the_product() -> None:
    sharing = {
        module.where: sorted(name for name in module.imports if name.split(".")[0] == "cape_pipeline")
        for module in modules(TESTS / "support" / "oracle")
    }
    assert {where for where, names in sharing.items() if names} == set()


@pytest.mark.parametrize("module", modules(PACKAGE), ids=lambda module: module.where)
def test_the_product_imports_nothing_of_its_tests(module: Module) -> None:
    assert {name for name in module.imports if name.split(".")[0] == "tests"} == set()


@pytest.mark.parametrize("module", modules(PACKAGE), ids=lambda module: module.where)
def test_only_the_resolver_of_project_files_asks_where_it_lies(module: Module) -> None:
    assert ("__file__" in words_and_dunders(module.text)) == (module.where == "cape_pipeline/settings.py")


def words_and_dunders(text: str) -> set[str]:
    return set(re.findall(r"\w+", text))


def test_the_definitions_load_without_what_only_builds_and_draws() -> None:
    """What they cost, beside Dagster alone, is measured by `python -m tests.benchmarks.definitions`."""
    slow = ("sqlglot", "pandera", "pandas", "matplotlib", "itables", "jinja2", "xlsxwriter")
    assert loaded_by("import cape_pipeline.definitions", among=slow) == set()


@pytest.mark.parametrize("line", ["", "--help", "--version", "run --help", "sql --list", "registry pages --check"])
def test_help_and_lists_need_none_of_the_heavy_libraries(line: str, tmp_path: Path) -> None:
    assert cape(*line.split(), folder=tmp_path) == set()


def test_the_interest_of_an_amount_needs_none_of_them(tmp_path: Path) -> None:
    days = ("--from", "2025-05-15", "--to", "2026-06-10")
    assert cape("interest", "1000.00", *days, "--rate-class", "corporate", folder=tmp_path) == set()


def test_checking_a_csv_needs_none_of_them(tmp_path: Path) -> None:
    export = TESTS / "golden" / "guide14" / "exports" / "claim_details.csv"
    assert cape("check", str(export), folder=tmp_path) == set()


def test_checking_a_workbook_needs_no_dagster_and_pandera(tmp_path: Path) -> None:
    export = TESTS / "golden" / "guide14" / "exports" / "REV-603_trade_refund.xlsx"
    assert cape("check", str(export), folder=tmp_path) <= {"pandas"}
