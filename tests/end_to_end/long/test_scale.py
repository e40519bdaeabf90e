"""The benchmark measures what it says.

Belongs here: counting of checks, measuring of processes, slices, and the page of results. Does not belong here: any
figure of the pipeline, which no test holds.
"""

import json
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from cape_pipeline.demo.cast import AS_OF
from cape_pipeline.sample import write_sample
from tests.benchmarks import nation, product, results
from tests.benchmarks.measuring import Failed, cost_of, size_of

ENTRIES = 400


def cost(cpu: float, peak_mb: float = 500.0, **told: Any) -> dict[str, Any]:
    return {
        "cpu": cpu,
        "wall": cpu,
        "peak_mb": peak_mb,
        "spill_mb": 0.0,
        "disk_mb": 10.0,
        "load": 1.0,
        "loop": 0.05,
        "told": told,
    }


def figures(entries: int, *, run: float, floors: tuple[float, float], **more: Any) -> dict[str, Any]:
    return {
        "entries": entries,
        "exports_mb": 1.0,
        "measured_on": "2026-07-20",
        "cores": 2,
        "memory_gib": 24,
        "system": "Linux",
        "threads": 2,
        "memory_limit": "2GB",
        "versions": {"duckdb": "1.5.5"},
        "rounds": [
            {
                "floors": [cost(floor, file_mb=1.0) for floor in floors],
                "run": cost(run) | {"warehouse_mb": 1.0, "out_mb": 1.0},
                **more,
            }
        ],
    }


def row(page: str, start: str) -> str:
    (found,) = (line for line in page.splitlines() if line.startswith(f"| {start}"))
    return found


def test_a_check_that_is_gone_from_the_kernel_ends_the_measurement(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delattr(product.kernel, "value_offences")
    with pytest.raises(product.Moved, match="has no value_offences"), product.checks_counted():
        pass


def test_every_check_that_is_counted_is_there_and_put_back(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(product.kernel, "grain_offences", lambda: sum(range(300_000)))
    before = product.kernel.grain_offences
    with product.checks_counted() as seconds:
        product.kernel.grain_offences()
        assert product.kernel.grain_offences is not before
    assert product.kernel.grain_offences is before
    assert seconds["grain_offences"] > 0
    assert seconds["value_offences"] == 0


def test_a_process_is_measured_and_what_it_told_is_kept(tmp_path: Path) -> None:
    found = cost_of("json.tool", "--compact", _file(tmp_path, '{"work_cpu": 1.5}'), disk=tmp_path)
    assert found.told == {"work_cpu": 1.5}
    assert found.cpu > 0
    assert found.peak_mb > 1
    assert found.disk_mb > 0


def test_a_process_that_let_its_peak_begin_anew_tells_the_highest_itself(tmp_path: Path) -> None:
    found = cost_of("json.tool", "--compact", _file(tmp_path, '{"peak_mb": 123456.0}'), disk=tmp_path)
    assert found.peak_mb == 123456.0


def test_a_process_that_ends_with_an_error_gives_no_figure(tmp_path: Path) -> None:
    with pytest.raises(Failed, match="ended with 1"):
        cost_of("json.tool", _file(tmp_path, "{"), disk=tmp_path)


def test_a_file_with_two_names_counts_once(tmp_path: Path) -> None:
    (tmp_path / "other.csv").hardlink_to(_file(tmp_path, "12345"))
    assert size_of(tmp_path) == 5


def _file(folder: Path, text: str) -> Path:
    path = folder / "told.json"
    path.write_text(text, encoding="utf-8")
    return path


def test_slices_of_a_sample_are_together_the_files_of_the_whole(tmp_path: Path) -> None:
    whole = write_sample(tmp_path / "whole", ENTRIES, nation.SEED)
    slices = 3
    for number in range(slices + 1):
        nation.write_slice(tmp_path / "exports", tmp_path / "answers", ENTRIES, slices, number)
    written = {path.name: path.read_bytes() for path in (tmp_path / "exports").iterdir()}
    assert written == {path.name: path.read_bytes() for path in whole.files}


def test_every_month_is_in_one_slice() -> None:
    months = tuple(f"month {number}" for number in range(nation.MONTHS))
    for slices in range(1, nation.MONTHS + 1):
        cut = [nation.months_of(months, slices, number) for number in range(slices + 1)]
        assert sum(cut, ()) == months
        assert all(cut[:-1])


def test_slices_are_valued_on_the_day_of_the_sample() -> None:
    assert date.fromisoformat(nation.AS_OF) == AS_OF


def test_ratios_are_told_with_whether_they_meet_their_goal() -> None:
    page = results.page({"1000": figures(1_000, run=12.0, floors=(2.0, 4.0))})
    assert row(page, "end to end / floor").endswith("| 4.00 met |")
    page = results.page({"1000": figures(1_000, run=12.1, floors=(2.0, 4.0))})
    assert row(page, "end to end / floor").endswith("| 4.03 **not met** |")


def test_a_slope_is_told_against_the_next_smaller_size_of_a_million_or_more() -> None:
    sizes = [(100_000, 90.0), (1_000_000, 30.0), (5_000_000, 36.0)]
    page = results.page({str(n): figures(n, run=run, floors=(10.0, 10.0)) for n, run in sizes})
    assert row(page, "ratio to floor / that of the smaller size").endswith("|  |  | 1.20 **not met** |")


def test_what_was_not_measured_is_left_out_of_the_page() -> None:
    page = results.page({"1000": figures(1_000, run=4.0, floors=(1.0, 1.0))})
    assert "pandas" not in page.partition("## Conditions")[0]
    assert "one month" not in page


def test_shares_of_a_run_are_told_as_percentages() -> None:
    page = results.page({"1000": figures(1_000, run=100.0, floors=(25.0, 25.0), next_day=cost(10.5))})
    assert row(page, "as-of one day later / end to end").endswith("| 10.5% **not met** |")


def test_the_kept_figures_are_what_the_page_shows() -> None:
    folder = Path(results.__file__).parent
    kept = json.loads((folder / "results.json").read_text(encoding="utf-8"))
    assert (folder / "RESULTS.md").read_text(encoding="utf-8") == results.page(kept)
