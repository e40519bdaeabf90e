"""The templates a user fills in: headers only, every column explained, nothing overwritten."""

from pathlib import Path

import pytest

from cape_pipeline.contracts.ace import EntryFacts
from cape_pipeline.demo import write_templates
from cape_pipeline.demo.entry_numbers import check_digit
from cape_pipeline.demo.exports import FACT_COLUMNS
from cape_pipeline.demo.templates import TEMPLATES, Template


def test_templates_hold_a_header_and_no_row(tmp_path: Path) -> None:
    paths = write_templates(tmp_path / "templates")
    names = [
        "importers",
        "entry_facts",
        "deposits",
        "declarations",
        "attestations",
        "exclusions",
        "payees",
        "bills",
        "materiality",
        "alerts_ack",
        "loads",
    ]
    assert [path.name for path in paths] == [*(f"{name}.csv" for name in names), "README.txt"]
    headers = {path.name: path.read_bytes().decode() for path in paths[:-1]}
    assert headers["importers.csv"].startswith("importer_number,name,")
    assert headers["declarations.csv"].startswith("claim_number,file_name,filed_date,accepted_date")
    assert headers["attestations.csv"].startswith("fact,importer_number,entry_number,attested_by,attested_on")
    assert headers["exclusions.csv"] == "entry_number,reason,excluded_by,excluded_on\r\n"
    assert headers["loads.csv"] == "file_name,report_run_date\r\n"
    assert all(text.endswith("\r\n") and text.count("\n") == 1 for text in headers.values())


@pytest.mark.parametrize("template", TEMPLATES, ids=lambda template: template.file_name)
def test_the_readme_explains_every_column_and_every_closed_vocabulary(template: Template, tmp_path: Path) -> None:
    readme = write_templates(tmp_path)[-1].read_text(encoding="utf-8")
    for column in template.header.split(","):
        assert f"- {column} (" in readme
    for field in template.columns:
        assert all(value in readme for value in field.one_of or ())
    assert "A blank cell in a column that is there means no" in readme
    assert "A column that is not there means unknown" in readme


@pytest.mark.parametrize("template", TEMPLATES, ids=lambda template: template.file_name)
def test_the_examples_use_columns_of_the_template_and_have_as_many_cells(template: Template) -> None:
    header, *rows = template.example
    assert set(header.split(",")) <= set(template.header.split(","))
    assert {row.count(",") for row in rows} == {header.count(",")}


def test_the_example_entry_numbers_are_valid() -> None:
    facts = next(template for template in TEMPLATES if template.contract is EntryFacts)
    for row in facts.example[1:]:
        assert check_digit(row[:10]) == int(row[10])


def test_the_demonstrations_own_facts_use_columns_of_the_contract() -> None:
    assert set(FACT_COLUMNS) <= set(EntryFacts.column_names())


def test_a_filled_file_is_never_overwritten(tmp_path: Path) -> None:
    (tmp_path / "entry_facts.csv").write_text("mine")
    with pytest.raises(FileExistsError, match=r"entry_facts\.csv"):
        write_templates(tmp_path)
    assert (tmp_path / "entry_facts.csv").read_text() == "mine"
    assert not (tmp_path / "importers.csv").exists()
