"""A side is a folder of seeds, or what it held to be right on a day; anything else is refused with its sentence."""

from datetime import date
from pathlib import Path

import pytest

from cape_pipeline.registry_diff.sides import UnusableSide, read_side
from tests.support.seeds import SEED_FOLDER, Rows, copy_seeds, correct, edit, put_in_place

BRAZIL = {"heading": "9903.01.77"}


@pytest.fixture
def seeds(tmp_path: Path) -> Path:
    return copy_seeds(tmp_path / "seeds")


def refusal(name: object) -> str:
    with pytest.raises(UnusableSide) as refused:
        read_side(str(name))
    return str(refused.value)


def without_column(folder: Path, table: str, column: str) -> None:
    path = folder / f"{table}.csv"
    path.write_text(path.read_text(encoding="utf-8").replace(f",{column}", "", 1), encoding="utf-8")


def test_shipped_is_this_installation_s_own() -> None:
    side = read_side("shipped")
    assert (side.folder, side.believed_on) == (SEED_FOLDER, None)
    assert side.is_whole


def test_a_folder_is_read_as_it_stands_and_with_a_day_as_it_was_believed(seeds: Path) -> None:
    correct(seeds, "ieepa_headings", BRAZIL, "2099-12-01", effective_to="2026-02-22")
    now, then = read_side(str(seeds)), read_side(f"{seeds}@2099-11-30")
    assert then.believed_on == date(2099, 11, 30)
    assert now.tables["registry.ieepa_headings"].height == then.tables["registry.ieepa_headings"].height + 1


def test_a_folder_may_have_an_at_sign_in_its_name(tmp_path: Path) -> None:
    folder = copy_seeds(tmp_path / "seeds@home")
    assert read_side(str(folder)).folder == folder


def test_no_folder_and_no_day_are_told(tmp_path: Path) -> None:
    assert refusal(tmp_path / "none").endswith(
        f"no folder {tmp_path / 'none'}; name a folder of seeds, or shipped for this installation's own"
    )
    assert refusal("shipped@yesterday") == (
        "shipped@yesterday: write the day behind @ as YYYY-MM-DD, such as shipped@2026-11-20"
    )
    assert refusal("shipped@2026-02-30") == "shipped@2026-02-30: 2026-02-30 is no day of the calendar"


def test_a_folder_of_another_release_is_told_in_one_sentence(seeds: Path) -> None:
    (seeds / "assumptions.csv").unlink()
    without_column(seeds, "programme_dates", "locator")
    without_column(seeds, "sources", "address")
    path = seeds / "origin_aliases.csv"
    path.write_text(path.read_text(encoding="utf-8").replace("confidence", "confidence,colour", 1), encoding="utf-8")
    told = refusal(seeds)
    assert told.startswith(f"{seeds}: not a registry of this release: ")
    assert "\n" not in told
    for part in (
        "sources.csv lacks the column address",
        "programme_dates.csv lacks the column locator",
        "origin_aliases.csv has the column colour, which is not read",
        "assumptions.csv is missing",
    ):
        assert part in told


def test_seeds_that_do_not_load_are_told_with_the_registry_s_own_sentences(seeds: Path) -> None:
    put_in_place(seeds, "ieepa_headings", BRAZIL, rate="40%")
    told = refusal(seeds)
    assert told.startswith(f"{seeds}: the seeds cannot be used\nieepa_headings.csv, row ")
    assert "column rate: '40%' is not a rate" in told


def test_a_day_before_the_first_record_is_refused() -> None:
    assert refusal("shipped@2026-11-19") == (
        "shipped@2026-11-19: nothing was recorded by 2026-11-19; the first rows are of 2026-11-20"
    )


def test_a_table_begun_after_the_day_of_belief_is_named_because_no_amount_can_stand_on_it(seeds: Path) -> None:
    def record_later(rows: Rows) -> None:
        for row in rows:
            row["recorded_date"] = "2099-12-01"

    edit(seeds, "federal_holidays", record_later)
    side = read_side(f"{seeds}@2099-11-30")
    assert (side.begun_later, side.is_whole) == (("federal_holidays",), False)
    assert read_side(str(seeds)).is_whole
