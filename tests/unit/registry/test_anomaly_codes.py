"""Every anomaly code has its meaning in one place, the seed, and no other code is in use."""

import csv
import re
from pathlib import Path

from cape_pipeline.ace.reports import report_book

ROOT = Path(__file__).parents[3]
SEED = ROOT / "registry_seeds" / "anomaly_codes.csv"
CODE = r"'([A-Z][A-Z0-9]*(?:-[A-Z0-9]+)+)'"


def meanings() -> dict[str, dict[str, str]]:
    with SEED.open(newline="", encoding="utf-8") as source:
        return {row["anomaly_code"]: row for row in csv.DictReader(source) if not row["withdrawn_date"]}


def codes_in_use() -> set[str]:
    """Every code that a table of `lines` writes; comments are not looked at."""
    used = set()
    for path in sorted((ROOT / "sql" / "lines").glob("*.sql")):
        text = re.sub(r"--.*", "", path.read_text(encoding="utf-8"))
        used |= set(re.findall(CODE, text))
    return used - {report.code for report in report_book().reports}


def test_every_code_in_use_has_a_meaning_and_an_effect() -> None:
    assert codes_in_use() - set(meanings()) == set()
    assert all(row["anomaly_meaning"].endswith(".") and row["anomaly_effect"] for row in meanings().values())


def test_every_code_with_a_meaning_is_in_use() -> None:
    assert set(meanings()) - codes_in_use() == set()


def test_the_readme_of_the_seeds_lists_the_codes_of_the_seed_and_no_other() -> None:
    readme = (ROOT / "registry_seeds" / "README.md").read_text(encoding="utf-8")
    section = readme.split("## Anomaly codes")[1].split("\n## ")[0]
    assert sorted(re.findall(r"^\| `([A-Z0-9-]+)`", section, flags=re.MULTILINE)) == sorted(meanings())
