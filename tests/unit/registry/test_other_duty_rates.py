"""The rates that can stand beside IEEPA in a paid total: dated, cited, and refused where they are not well formed."""

from decimal import Decimal
from functools import cache

import polars as pl
import pytest
from pydantic import ValidationError

from cape_pipeline.registry.load import load_registry
from cape_pipeline.registry.models import OtherDutyRate
from cape_pipeline.settings import project_files

ROW = {
    "other_duty": "section_232_wood_uk",
    "duty_bucket": "section_232",
    "countries": "GB",
    "rate": "0.100000",
    "rate_kind": "ad_valorem_add",
    "hts_prefixes": "4403|940161",
    "effective_from": "2025-10-14",
    "source": "hts-2025-rev-25",
    "locator": "heading 9903.76.20",
    "recorded_date": "2026-11-21",
    "confidence": "secondary",
}


@cache
def seed() -> pl.DataFrame:
    return load_registry(project_files("registry_seeds"))["registry.other_duty_rates"]


def test_a_well_formed_row_is_read() -> None:
    row = OtherDutyRate.model_validate(ROW)
    assert (row.rate, row.hts_prefixes, row.effective_to) == (Decimal("0.1"), ("4403", "940161"), None)


@pytest.mark.parametrize(
    ("column", "cell"),
    [
        ("countries", "EU"),
        ("countries", "GBR"),
        ("hts_prefixes", "4403.11"),
        ("hts_prefixes", "4"),
        ("rate", "0.000000"),
        ("rate", "10%"),
        ("rate_kind", "zero_exempt"),
        ("duty_bucket", "section_122"),
        ("effective_from", "14 October 2025"),
        ("effective_to", "2025-10-13"),
    ],
)
def test_a_cell_that_cannot_be_is_refused(column: str, cell: str) -> None:
    with pytest.raises(ValidationError):
        OtherDutyRate.model_validate({**ROW, column: cell})


def test_section_301_is_for_goods_of_china_of_any_kind() -> None:
    rows = seed().filter(pl.col("duty_bucket") == "section_301")
    assert set(rows["rate"]) == {Decimal("0.075"), Decimal("0.25"), Decimal("0.5"), Decimal(1)}
    assert {tuple(countries) for countries in rows["countries"]} == {("CN",)}
    assert rows["hts_prefixes"].null_count() == rows.height


def test_a_rate_that_includes_column_1_says_to_which_goods_it_can_apply() -> None:
    """Else every 15 percent of these origins could be a vehicle part, and no total would tell anything."""
    inclusive = seed().filter(pl.col("rate_kind") == "floor_inclusive")
    assert inclusive.height > 0
    assert inclusive["hts_prefixes"].null_count() == 0
