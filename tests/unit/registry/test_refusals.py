"""Each kind of bad row is refused with a sentence that names file, row and column."""

import csv
import shutil
from collections.abc import Callable
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from cape_pipeline.contracts import registry as contracts
from cape_pipeline.registry.load import RegistryError, load_registry
from cape_pipeline.registry.models import InterestRate, heading_range

SEED_FOLDER = Path(__file__).parents[3] / "registry_seeds"
Rows = list[dict[str, str]]
CITATION = {
    "source": "csms-68340863",
    "locator": "page 1",
    "recorded_date": "2026-11-20",
    "confidence": "confirmed",
}


@pytest.fixture
def seeds(tmp_path: Path) -> Path:
    folder = tmp_path / "registry_seeds"
    shutil.copytree(SEED_FOLDER, folder)
    return folder


def change(folder: Path, table: str, edit: Callable[[Rows], None]) -> None:
    path = folder / f"{table}.csv"
    with path.open(encoding="utf-8", newline="") as handle:
        reader = csv.DictReader(handle)
        rows, header = list(reader), list(reader.fieldnames or ())
    edit(rows)
    with path.open("w", encoding="utf-8", newline="") as handle:
        writer = csv.DictWriter(handle, header)
        writer.writeheader()
        writer.writerows(rows)


def put(column: str, value: str, row_number: int = 2) -> Callable[[Rows], None]:
    def edit(rows: Rows) -> None:
        rows[row_number - 2][column] = value

    return edit


def problems(folder: Path) -> tuple[str, ...]:
    with pytest.raises(RegistryError) as refused:
        load_registry(folder)
    assert str(refused.value) == "\n".join(refused.value.problems)
    return refused.value.problems


@pytest.mark.parametrize(
    ("table", "column", "value", "sentence"),
    [
        ("cape_rules", "source", "", "the cell is empty; a row that names no source does not load"),
        ("cape_rules", "locator", "", "the cell is empty; every row needs one"),
        ("cape_rules", "source", "csms-1", "'csms-1' is not a key of sources.csv; add the document there first"),
        (
            "cape_rules",
            "effective_to",
            "2026-04-19",
            "2026-04-19 is before effective_from 2026-04-20; write the last day the rule applies, that day included",
        ),
        ("cape_rules", "effective_from", "04/20/2026", "'04/20/2026' is not a day; write it as YYYY-MM-DD"),
        ("cape_rules", "effective_from", "20260420", "'20260420' is not a day; write it as YYYY-MM-DD"),
        (
            "cape_rules",
            "withdrawn_date",
            "2026-11-20",
            "2026-11-20 is not after recorded_date 2026-11-20; a row is withdrawn on a later day than it was recorded",
        ),
        ("ieepa_headings", "imposes_duty", "1", "'1' is neither true nor false"),
        ("ieepa_headings", "imposes_duty", "false", "a heading imposes duty exactly when its rate is not zero"),
        (
            "ieepa_headings",
            "rate",
            "25%",
            "'25%' is not a rate; write a fraction such as 0.250000 for 25 percent",
        ),
        ("ieepa_headings", "rate", "0.350000", "the rate is not the one that rate_text states (0.25)"),
        ("ieepa_headings", "countries", "EU", "EU is not a country; write its 27 members out, joined by |"),
        ("ieepa_headings", "countries", "MEX", "'MEX' is not a two-letter country code"),
        ("ieepa_headings", "countries", "ALL|MX", "a country stands twice, or ALL stands beside others"),
        (
            "ieepa_headings",
            "programme",
            "fentanyl",
            "'fentanyl' has no row in programme_dates.csv, so its court date could not be computed",
        ),
        (
            "chapter99_families",
            "pattern",
            "9903.8x.0x",
            "'9903.8x.0x' is not a heading, a template or a range; write 9903.81.92, 9902.xx.xx or a-b",
        ),
        ("chapter99_families", "pattern", "9903.02.91-9903.02.01", "'9903.02.91-9903.02.01' runs backwards"),
        (
            "chapter99_families",
            "duty_bucket",
            "",
            "tariff numbers need a bucket, and what is not a tariff number has none",
        ),
        ("interest_rates", "quarter_start", "1983-02-01", "1983-02-01 is not the first day of a calendar quarter"),
        (
            "interest_rates",
            "quarter_end",
            "1983-03-30",
            "1983-03-30 is not the last day of the quarter that starts on 1983-01-01",
        ),
        (
            "federal_holidays",
            "holiday_date",
            "2026-07-04",
            "2026-07-04 is at a weekend; write the day it is observed",
        ),
        ("timing_policies", "days_to", "59", "59 is before days_from 60"),
        (
            "stacking_rules",
            "programme",
            "fentanyl",
            "'fentanyl' is neither a programme of programme_dates.csv nor a family of chapter99_families.csv",
        ),
        (
            "stacking_rules",
            "beside",
            "reciprocal|s232_tin",
            "'s232_tin' is neither a programme of programme_dates.csv nor a family of chapter99_families.csv",
        ),
        (
            "stacking_rules",
            "beside",
            "reciprocal|fentanyl_CN",
            "fentanyl_CN stands beside itself; name other programmes",
        ),
        ("stacking_rules", "countries", "EU", "EU is not a country; write its 27 members out, joined by |"),
        ("stacking_rules", "countries_excepted", "CAN", "'CAN' is not a two-letter country code"),
        (
            "preference_claims",
            "programme",
            "fentanyl",
            "'fentanyl' is neither a programme of programme_dates.csv nor a family of chapter99_families.csv",
        ),
        ("preference_claims", "countries", "CA|CA", "a country stands twice, or ALL stands beside others"),
        (
            "preference_claims",
            "pattern",
            "USMCA",
            "'USMCA' is not a heading, a template or a range; write 9903.81.92, 9902.xx.xx or a-b",
        ),
        ("policies", "is_default", "false", "0 readings of ieepa_first_day are the default; exactly one must be"),
        ("policies", "policy_value", "4 February", "'4 February' cannot stand here: a day such as 2026-02-23"),
        ("policies", "policy_value", "", "a reading of ieepa_first_day states a day such as 2026-02-23"),
        (
            "timing_policies",
            "timing_policy",
            "next_tuesday",
            "'next_tuesday' is no reading of payment_clock in policies.csv",
        ),
    ],
)
def test_a_bad_cell_is_refused_with_its_place(seeds: Path, table: str, column: str, value: str, sentence: str) -> None:
    change(seeds, table, put(column, value))
    told = problems(seeds)
    if sentence.endswith("exactly one must be"):
        assert told == (f"{table}.csv, row 3, column {column}: {sentence}",)
    else:
        assert f"{table}.csv, row 2, column {column}: {sentence}" in told


def test_origins_can_be_excepted_from_all_origins_only(seeds: Path) -> None:
    def narrow(rows: Rows) -> None:
        rows[0] |= {"countries": "CN|HK", "countries_excepted": "HK"}

    change(seeds, "stacking_rules", narrow)
    assert problems(seeds) == (
        "stacking_rules.csv, row 2, column countries_excepted: countries are excepted from ALL only; name the ones it "
        "applies to",
    )


def test_a_value_outside_a_closed_vocabulary_is_refused_with_the_vocabulary(seeds: Path) -> None:
    change(seeds, "cape_messages", put("remedy", "pray", 5))
    (told,) = problems(seeds)
    assert told.startswith("cape_messages.csv, row 5, column remedy: 'pray' cannot stand here: ")
    assert "'refile_unchanged_once'" in told


@pytest.mark.parametrize("value", ["-0.060000", "6", "0.0600001", "NaN", "6e-2"])
def test_a_rate_that_is_no_fraction_of_six_decimals_is_refused(seeds: Path, value: str) -> None:
    change(seeds, "interest_rates", put("overpayment_corporate_rate", value))
    (told,) = problems(seeds)
    assert told.startswith("interest_rates.csv, row 2, column overpayment_corporate_rate: ")


def test_a_binary_fraction_never_becomes_a_rate() -> None:
    row: dict[str, Any] = {
        **CITATION,
        "quarter_start": "2026-01-01",
        "quarter_end": "2026-03-31",
        "underpayment_rate": "0.07",
        "overpayment_corporate_rate": "0.06",
        "overpayment_noncorporate_rate": "0.07",
    }
    assert InterestRate.model_validate(row).overpayment_corporate_rate == Decimal("0.06")
    with pytest.raises(ValidationError, match="binary fraction"):
        InterestRate.model_validate(row | {"underpayment_rate": 0.07})


def test_a_key_that_no_row_has_is_refused() -> None:
    with pytest.raises(ValidationError, match="uprating"):
        InterestRate.model_validate({**CITATION, "uprating": "1"})


def test_a_row_cannot_be_changed_once_it_is_read() -> None:
    row = InterestRate.model_validate(
        {
            **CITATION,
            "quarter_start": "2026-10-01",
            "quarter_end": "2026-12-31",
            "underpayment_rate": "0.07",
            "overpayment_corporate_rate": "0.06",
            "overpayment_noncorporate_rate": "0.07",
        }
    )
    with pytest.raises(ValidationError, match="frozen"):
        row.underpayment_rate = Decimal(1)  # type: ignore[misc]


# --- columns and files -----------------------------------------------------------------------------------------------


def test_an_unknown_and_a_missing_column_are_named(seeds: Path) -> None:
    path = seeds / "assumptions.csv"
    path.write_text(path.read_text(encoding="utf-8").replace("locator", "where", 1), encoding="utf-8")
    assert problems(seeds) == (
        "assumptions.csv, row 1, column where: no such column; remove it or correct its name",
        "assumptions.csv, row 1, column locator: the column is missing",
    )


def test_columns_in_another_order_are_refused(seeds: Path) -> None:
    path = seeds / "assumptions.csv"
    path.write_text(path.read_text(encoding="utf-8").replace("source,locator", "locator,source", 1), encoding="utf-8")
    (told,) = problems(seeds)
    assert told.startswith("assumptions.csv, row 1: the columns must be, once each and in this order, assumption_id, ")


def test_a_row_with_too_many_cells_is_refused(seeds: Path) -> None:
    path = seeds / "programme_dates.csv"
    path.write_text(path.read_text(encoding="utf-8") + "a,b,c,d,e,f,g,h,i\n", encoding="utf-8")
    assert "programme_dates.csv, row 9, column confidence: 9 cells where the header has 8" in problems(seeds)


def test_a_missing_an_empty_and_a_surplus_file_are_all_named(seeds: Path) -> None:
    (seeds / "assumptions.csv").unlink()
    (seeds / "federal_holidays.csv").write_text(
        "holiday_date,holiday_name,source,locator,recorded_date,withdrawn_date,confidence\n", encoding="utf-8"
    )
    (seeds / "tariffs.csv").write_text("a\n", encoding="utf-8")
    told = problems(seeds)
    assert told[0].startswith("federal_holidays.csv: the file holds no row")
    assert told[1].startswith("assumptions.csv: the file is missing from the registry folder ")
    assert told[2].startswith("tariffs.csv: no table has this name; ")


def test_a_file_in_another_encoding_is_refused(seeds: Path) -> None:
    (seeds / "assumptions.csv").write_bytes(b"assumption_id\xff\n")
    (told,) = problems(seeds)
    assert told.startswith("assumptions.csv: not a csv file in UTF-8")


def test_a_byte_order_mark_left_by_a_spreadsheet_does_no_harm(seeds: Path) -> None:
    path = seeds / "assumptions.csv"
    path.write_bytes(b"\xef\xbb\xbf" + path.read_bytes())
    assert load_registry(seeds)["registry.assumptions"].height == 12


def test_every_fault_is_told_at_once(seeds: Path) -> None:
    change(seeds, "cape_rules", put("source", "", 3))
    change(seeds, "sources", put("address", "example.org", 4))
    told = problems(seeds)
    assert any(sentence.startswith("cape_rules.csv, row 3, column source") for sentence in told)
    assert any(sentence.startswith("sources.csv, row 4, column address") for sentence in told)


# --- rules between rows ----------------------------------------------------------------------------------------------


def test_overlapping_windows_of_one_key_are_refused_with_both_rows(seeds: Path) -> None:
    change(seeds, "entry_types", put("effective_to", "2026-06-29"))
    (told,) = problems(seeds)
    assert told == (
        "entry_types.csv, row 3, column effective_from: 01: the window overlaps row 2 (2026-04-20 to 2026-06-29); both "
        "ends are included, so one must end the day before the other starts, or be withdrawn"
    )


def test_overlapping_quarters_are_refused_although_they_share_no_key(seeds: Path) -> None:
    change(seeds, "interest_rates", lambda rows: rows.append(dict(rows[0])))
    (told,) = problems(seeds)
    assert told.startswith("interest_rates.csv, row 178, column quarter_start: the table: the window overlaps row 2 ")


@pytest.mark.parametrize("table", ["sources", "timing_policies", "federal_holidays", "programme_dates", "assumptions"])
def test_a_key_that_stands_twice_is_refused(seeds: Path, table: str) -> None:
    change(seeds, table, lambda rows: rows.append(dict(rows[-1])))
    assert any("; withdraw the wrong one" in sentence for sentence in problems(seeds))


def correct_first_row(rows: Rows, recorded: str = "2026-12-01") -> None:
    corrected = rows[0] | {"rate": "0.300000", "rate_text": "0.30", "recorded_date": recorded}
    rows[0]["withdrawn_date"] = "2026-12-01"
    rows.append(corrected)


def test_a_withdrawn_row_stays_beside_the_row_that_corrects_it(seeds: Path) -> None:
    change(seeds, "ieepa_headings", correct_first_row)
    frame = load_registry(seeds)["registry.ieepa_headings"]
    contracts.IeepaHeadings.check_frame(frame)
    believed = frame.filter(pl.col("heading") == "9903.01.01").select("rate", "withdrawn_date").rows()
    assert believed == [(Decimal("0.250000"), date(2026, 12, 1)), (Decimal("0.300000"), None)]


def test_a_correction_recorded_on_the_day_of_the_wrong_row_is_refused(seeds: Path) -> None:
    change(seeds, "ieepa_headings", lambda rows: correct_first_row(rows, "2026-11-20"))
    (told,) = problems(seeds)
    assert told.startswith("ieepa_headings.csv, row 219, column recorded_date: row 2 is the same rule recorded on the ")


def family(pattern: str) -> Callable[[Rows], None]:
    def edit(rows: Rows) -> None:
        rows.append(rows[-1] | {"pattern": pattern})

    return edit


def test_families_that_cross_are_refused_with_both_rows(seeds: Path) -> None:
    change(seeds, "chapter99_families", family("9903.91.10-9903.91.13"))
    crossed = [
        sentence for sentence in problems(seeds) if "9903.91.10-9903.91.13 and 9903.91.12-9903.91.16" in sentence
    ]
    assert len(crossed) == 1
    assert crossed[0].startswith("chapter99_families.csv, row 128, column pattern: ")
    assert crossed[0].endswith("share headings and neither is the narrower")


def test_families_of_one_and_the_same_range_are_refused(seeds: Path) -> None:
    change(seeds, "chapter99_families", family("9802.00.00-9802.99.99"))
    assert load_registry(seeds)["registry.chapter99_families"].height == 127
    change(seeds, "chapter99_families", family("9802.xx.xx"))
    (told,) = problems(seeds)
    assert "9802.xx.xx and 9802.00.00-9802.99.99 (row 128)" in told


# --- patterns --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("pattern", "ends"),
    [
        ("9903.81.92", ("99038192", "99038192")),
        ("9903.01.01-9903.01.90", ("99030101", "99030190")),
        ("9902.xx.xx", ("99020000", "99029999")),
        ("9905.xx.xx-9923.xx.xx", ("99050000", "99239999")),
        ("98xx.xx.xx", ("98000000", "98999999")),
        ("01xx.xx.xx-97xx.xx.xx", ("01000000", "97999999")),
        ("A-nnn-nnn", None),
        ("C-nnn-nnn", None),
        ("499", None),
        ("501", None),
    ],
)
def test_a_pattern_is_read_as_its_first_and_last_heading(pattern: str, ends: tuple[str, str] | None) -> None:
    assert heading_range(pattern) == ends


@pytest.mark.parametrize("pattern", ["", "9903", "9903.8192", "99038192", "B-nnn-nnn", "9903.xx.01", "a-b", "9903.1.1"])
def test_anything_else_is_no_pattern(pattern: str) -> None:
    with pytest.raises(ValueError, match="is not a heading"):
        heading_range(pattern)


@given(digits=st.from_regex(r"[0-9]{8}", fullmatch=True), open_places=st.integers(0, 6))
def test_a_template_holds_exactly_the_headings_that_start_like_it(digits: str, open_places: int) -> None:
    kept = digits[: 8 - open_places]
    template = kept + "x" * open_places
    ends = heading_range(f"{template[:4]}.{template[4:6]}.{template[6:]}")
    assert ends is not None
    assert ends[0] <= digits <= ends[1]
    assert int(ends[1]) - int(ends[0]) == 10**open_places - 1
    assert all(end.startswith(kept) for end in ends)
