"""The pages of the registry say what the seeds say, the same every time, and the committed ones are those."""

import re
from pathlib import Path

import pytest

from cape_pipeline.registry.load import RegistryError, load_registry
from cape_pipeline.registry.pages import pages_of, stale_pages, write_pages
from tests.support.seeds import SEED_FOLDER, copy_seeds, correct, edit

CHINA = {"heading": "9903.01.24", "effective_from": "2025-11-10"}


@pytest.fixture
def seeds(tmp_path: Path) -> Path:
    return copy_seeds(tmp_path / "seeds")


@pytest.fixture(scope="module")
def pages() -> dict[str, str]:
    return pages_of(SEED_FOLDER)


def section(page: str, title: str) -> str:
    return re.split(r"(?m)^#{2,3} ", page.split(f"# {title}\n", 1)[1])[0]


def test_the_committed_pages_are_those_of_the_seeds(pages: dict[str, str]) -> None:
    assert stale_pages(SEED_FOLDER, pages) == []


def test_there_is_a_page_for_every_programme_one_for_the_other_families_and_an_index(pages: dict[str, str]) -> None:
    programmes = set(load_registry(SEED_FOLDER)["registry.ieepa_headings"]["programme"])
    assert set(pages) == {f"{programme}.md" for programme in programmes} | {"other_families.md", "README.md"}
    assert all(f"({name})" in pages["README.md"] for name in pages if name != "README.md")


def test_every_window_stands_on_its_programme_s_page_with_source_and_locator(pages: dict[str, str]) -> None:
    for row in load_registry(SEED_FOLDER)["registry.ieepa_headings"].to_dicts():
        citations = section(pages[f"{row['programme']}.md"], "Where each row comes from")
        begins = f"| {row['heading']} | {row['effective_from']} |"
        cited = f"| {row['source']} | {row['locator']} | {row['confidence']} | {row['recorded_date']} |"
        assert any(line.startswith(begins) and line.endswith(cited) for line in citations.splitlines()), row


def test_every_family_stands_under_its_bucket(pages: dict[str, str]) -> None:
    for row in load_registry(SEED_FOLDER)["registry.chapter99_families"].to_dicts():
        bucket = section(pages["other_families.md"], row["duty_bucket"] or "no tariff number")
        assert f"| {row['pattern']} | {row['family']} |" in bucket


def test_every_document_a_programme_rests_on_is_listed_with_its_number(pages: dict[str, str]) -> None:
    sources = section(pages["fentanyl_CN.md"], "Sources")
    assert "| eo-14195 | Executive Order 14195" in sources
    assert "| csms-66749380 |" in sources
    assert "CSMS 66749380" in sources


@pytest.mark.parametrize(
    ("day", "told"),
    [
        ("2025-02-04", "| 9903.01.20 | 10 % | CN HK | 2025-03-03 |"),
        ("2025-03-04", "Ended the day before: 9903.01.20 (10 %)."),
        ("2025-11-10", "| 9903.01.24 | 10 % | CN HK | 2026-02-23 |"),
        ("2025-11-10", "Ended the day before: 9903.01.24 (20 %)."),
        ("2026-02-24", "Ended the day before: 9903.01.24 (10 %)."),
    ],
)
def test_the_timeline_tells_what_begins_and_what_has_ended(pages: dict[str, str], day: str, told: str) -> None:
    assert told in section(pages["fentanyl_CN.md"], day)


def test_no_day_of_a_timeline_is_silent(pages: dict[str, str]) -> None:
    for page in pages.values():
        for day in re.findall(r"(?m)^### (.+)$", page):
            assert len(section(page, day).split()) > 3


def test_exempt_suspended_and_replaced_headings_stand_apart_from_the_rates(pages: dict[str, str]) -> None:
    page = pages["reciprocal.md"]
    assert "| 9903.01.33 | exempt |" in section(page, "Headings that carry no duty")
    assert "| 9903.01.43 | suspended |" in section(page, "Suspended")
    assert "| 9903.02.30 |" in section(page, "Replaced backwards in time")
    assert "| 9903.02.20 | 15 % less column 1 | 27 countries, listed below |" in page
    assert "27: AT BE" in section(page, "Lists of countries")


def test_a_row_found_wrong_stays_on_the_page_and_out_of_the_timeline(seeds: Path) -> None:
    correct(seeds, "ieepa_headings", CHINA, "2026-12-01", rate="0.120000", rate_text="0.12")
    page = pages_of(seeds)["fentanyl_CN.md"]
    assert "| 9903.01.24 | 12 % |" in section(page, "2025-11-10")
    assert "| 9903.01.24 | 10 % |" not in section(page, "2025-11-10")
    assert "| 9903.01.24 | 10 % | 2025-11-10 | 2026-02-23 | 2026-11-20 | 2026-12-01 |" in section(
        page, "Rows found wrong"
    )


def test_the_order_of_the_rows_in_a_seed_does_not_matter_to_the_pages(seeds: Path, pages: dict[str, str]) -> None:
    edit(seeds, "ieepa_headings", lambda rows: rows.reverse())
    edit(seeds, "sources", lambda rows: rows.reverse())
    assert pages_of(seeds) == pages


def test_pages_are_written_once_and_what_is_stale_is_told(seeds: Path) -> None:
    pages = pages_of(seeds)
    assert len(stale_pages(seeds, pages)) == len(pages)
    assert len(write_pages(seeds, pages)) == len(pages)
    assert write_pages(seeds, pages) == []
    assert stale_pages(seeds, pages) == []
    correct(seeds, "ieepa_headings", CHINA, "2026-12-01", rate="0.120000", rate_text="0.12")
    assert stale_pages(seeds, pages_of(seeds)) == [
        "programmes/fentanyl_CN.md: not what the seeds say; write it with cape registry pages"
    ]


def test_a_page_of_a_programme_that_is_no_more_is_told_and_removed_but_no_other_file(seeds: Path) -> None:
    pages = pages_of(seeds)
    write_pages(seeds, pages)
    old, own = seeds / "programmes" / "old.md", seeds / "programmes" / "notes.md"
    old.write_text(pages["brazil.md"], encoding="utf-8")
    own.write_text("# Notes\n", encoding="utf-8")
    assert [sentence.split(":")[0] for sentence in stale_pages(seeds, pages)] == [
        "programmes/notes.md",
        "programmes/old.md",
    ]
    write_pages(seeds, pages)
    assert (old.exists(), own.exists()) == (False, True)


def test_seeds_that_do_not_load_have_no_pages(seeds: Path) -> None:
    (seeds / "sources.csv").unlink()
    with pytest.raises(RegistryError):
        pages_of(seeds)
