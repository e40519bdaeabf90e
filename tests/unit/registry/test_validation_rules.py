"""The rules a declaration is checked by before it is uploaded: their codes, and on whose word they reject."""

import re
from pathlib import Path

import polars as pl
import pytest
from pydantic import ValidationError

from cape_pipeline.contracts import CONTRACTS
from cape_pipeline.registry.load import load_registry
from cape_pipeline.registry.models import ValidationRule

SEED_FOLDER = Path(__file__).parents[3] / "registry_seeds"
ROW = {
    "rule_id": "VAL-F-01",
    "title": "The file is a CSV file.",
    "severity": "reject",
    "what_to_do": "Save it as CSV.",
    "source": "csms-68340863",
    "locator": "file validations",
    "recorded_date": "2026-11-21",
    "confidence": "confirmed",
}
RULES = load_registry(SEED_FOLDER)["registry.validation_rules"].filter(pl.col("withdrawn_date").is_null())


def test_the_rules_of_a_family_are_counted_from_1_without_a_gap() -> None:
    counted: dict[str, list[int]] = {"VAL-F": [], "VAL-E": [], "VAL-I": []}
    for rule_id in RULES["rule_id"]:
        family, _, ordinal = rule_id.rpartition("-")
        counted[family].append(int(ordinal))
    assert {family: len(numbers) for family, numbers in counted.items()} == {"VAL-F": 17, "VAL-E": 10, "VAL-I": 6}
    assert all(numbers == list(range(1, len(numbers) + 1)) for numbers in counted.values())


def test_a_title_is_one_sentence_and_so_is_every_piece_of_advice() -> None:
    for text in [*RULES["title"], *RULES["what_to_do"]]:
        assert re.fullmatch(r"[A-Za-z].*\.", text), text


def test_only_what_cbp_says_rejects() -> None:
    rejecting = RULES.filter(pl.col("severity") == "reject")
    assert not rejecting.is_empty()
    assert all(source.startswith(("csms-", "cbp-")) for source in rejecting["source"])
    guides = RULES.filter(pl.col("source").is_in(["un-tariff-filing-guide", "cape-pipeline-house-rules"]))
    assert set(guides["severity"]) == {"warn"}


@pytest.mark.parametrize("source", ["un-tariff-filing-guide", "cape-pipeline-house-rules", "boxc-cape-knowledge"])
def test_a_rule_that_rejects_on_the_word_of_another_does_not_load(source: str) -> None:
    assert ValidationRule.model_validate({**ROW, "source": source, "severity": "warn"}).severity == "warn"
    with pytest.raises(ValidationError, match="only what CBP says rejects"):
        ValidationRule.model_validate({**ROW, "source": source})


@pytest.mark.parametrize("rule_id", ["VAL-F-1", "VAL-X-01", "F-01", "VAL-F-001"])
def test_a_code_of_another_form_does_not_load(rule_id: str) -> None:
    with pytest.raises(ValidationError):
        ValidationRule.model_validate({**ROW, "rule_id": rule_id})


def test_the_contract_says_that_the_codes_are_not_cbps() -> None:
    contract = CONTRACTS["registry.validation_rules"]
    (field,) = [field for field in contract.fields if field.name == "rule_id"]
    assert "never CBP's" in field.description
