"""`cape explain`: each row with heading, programme, window, rate, authority, source, share and reason, at any width."""

import json
from datetime import date
from decimal import Decimal
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console

from cape_pipeline.explain import NoSuchEntry, explain_entry
from cape_pipeline.explanation import STATED, print_explanation
from cape_pipeline.settings import Settings
from cape_pipeline.summary import SnapshotUnusable
from tests.support.pipeline import empty_warehouse, run_on

CHECKS = Path(__file__).parents[1] / "golden" / "worked_checks"
ENTRIES = {
    (entry["check"], entry["what"]): entry["entry_number"]
    for entry in json.loads((CHECKS / "expected.json").read_text(encoding="utf-8"))
}
NETTED = ENTRIES[4, "whole 15 percent on the chapter 99 row"]
SUPERSEDED = ENTRIES[5, "uncorrected added duty of Japan"]
TWO_LINES = ENTRIES[7, "steel chair: other content on line 1, metal on line 2"]
WIDTHS = (40, 80, 120, 160, 220)


@pytest.fixture(scope="module")
def settings(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    """The nine worked checks as an analysts' snapshot."""
    path = tmp_path_factory.mktemp("explained") / "cape_analyst.duckdb"
    con = empty_warehouse(str(path))
    run_on(con, CHECKS / "exports", date(2026, 7, 20))
    con.close()
    return Settings(warehouse=path)


def printed(told: dict[str, Any], width: int) -> str:
    console = Console(file=StringIO(), width=width, color_system=None)
    print_explanation(console, told)
    assert isinstance(console.file, StringIO)
    return console.file.getvalue()


def words(text: str) -> str:
    """The text without frames and line breaks, as one run of characters; a cell may fold in the middle of a word."""
    return "".join(character for character in text if not character.isspace() and character not in "│┃┏┓┗┛━─┌┐└┘├┤")


def test_json_tells_of_every_row_its_rule_its_share_and_the_reason(settings: Settings) -> None:
    told = json.loads(json.dumps(explain_entry(settings, NETTED), default=str))
    floor, commodity = told["contributions"]
    assert (floor["heading"], floor["programme"], floor["floor_rate"]) == ("9903.02.20", "reciprocal", "0.150000")
    assert (floor["effective_from"], floor["effective_to"]) == ("2025-08-07", "2026-02-23")
    assert (floor["ieepa_low_usd"], floor["ieepa_high_usd"]) == ("110.00", "110.00")
    assert floor["contribution_reason"] == "15 % heading: 40.00 of column 1 duty taken out (4 % of the value)"
    assert floor["authority"].startswith("EO 14326")
    assert floor["rule_source"] in {row["source"] for row in told["sources"]}
    assert (commodity["ieepa_high_usd"], commodity["contribution_reason"]) == (
        "0.00",
        "ordinary column 1 duty, not refundable under IEEPA",
    )
    assert [row["assumption_id"] for row in told["assumptions"]] == ["column1_restored"]


def test_an_anomaly_comes_with_its_meaning(settings: Settings) -> None:
    told = explain_entry(settings, SUPERSEDED)
    assert [row["anomaly_code"] for row in told["anomalies"]] == ["SUPERSEDED-RETROACTIVE"]
    meaning, effect = (told["anomalies"][0][name] for name in ("anomaly_meaning", "anomaly_effect"))
    text = " ".join(printed(told, 400).split())
    assert f"SUPERSEDED-RETROACTIVE (row 1): {meaning} Effect: {effect}." in text


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("entry", [NETTED, SUPERSEDED, TWO_LINES])
def test_every_width_shows_the_same_facts_of_every_row_and_never_more_than_fits(
    settings: Settings, entry: str, width: int
) -> None:
    told = explain_entry(settings, entry)
    text = printed(told, width)
    assert max(map(len, text.splitlines())) <= width
    if width < 80 or 150 <= width < 200:  # a column of these folds between any two lines of its neighbours
        return
    run = words(text)
    for row in told["contributions"]:
        facts = [row["heading"], f"{row['ieepa_low_usd']:,.2f}", row["programme"], row["rule_source"]]
        assert [fact for fact in facts if words(fact) not in run] == []
    if width < 150:
        for row in told["contributions"]:
            facts = [row["contribution_reason"], row["authority"], row["rule_title"]]
            assert [fact for fact in facts if words(fact) not in run] == []


def test_each_line_of_an_entry_is_told_apart(settings: Settings) -> None:
    text = printed(explain_entry(settings, TWO_LINES), 100)
    first, second = text.index("Line 1:"), text.index("Line 2:")
    assert first < text.index("9903.01.25") < second < text.index("9903.81.91")
    assert "Duty filed 40.00: IEEPA 40.00." in text
    assert "Duty filed 300.00: IEEPA 0.00, Section 232 300.00." in text


def test_an_amount_that_is_not_certain_is_told_from_low_to_high(settings: Settings) -> None:
    told = explain_entry(settings, NETTED)
    told["contributions"][0]["ieepa_low_usd"] = Decimal("0.00")
    told["lines"][0]["ieepa_low_usd"] = Decimal("0.00")
    text = printed(told, 100)
    assert "Row 1  9903.02.20   duty 150.00   IEEPA 0.00 to 110.00" in text
    assert "IEEPA 0.00 to 110.00, column 1 40.00." in text


def test_a_line_derived_from_rates_has_no_rows_and_shows_what_its_list_states(settings: Settings) -> None:
    told = explain_entry(settings, NETTED)
    told["files"] = [{"load_id": "a", "file_name": "broker.csv"}]
    told["contributions"], told["received_rows"] = [], []
    told["lines"][0]["split_basis"] = "rate_derived"
    stated = dict.fromkeys(STATED.split(), None)
    told["broker_lines"] = [
        {**stated, "line_number": 1, "load_id": "a", "source_row": 7, "entry_date": date(2025, 10, 1)}
        | {"hts_number": "8501109000", "paid_duty_usd": Decimal("150.00")}
    ]
    text = printed(told, 100)
    assert "derived from the rates of the registry, because the export has no chapter 99 rows" in text
    assert "Received as row 7 of broker.csv." in text
    assert "150.00" in text[text.index("As the list states it") :]


def test_a_reading_other_than_the_default_is_named(settings: Settings) -> None:
    told = explain_entry(settings, NETTED)
    assert told["other_readings"] == []
    told["other_readings"] = ["ieepa_last_day=day_of_the_judgment"]
    assert "Under readings other than the default: ieepa_last_day=day_of_the_judgment." in printed(told, 100)


def test_a_number_is_found_with_dashes_too_and_an_unknown_one_is_one_sentence(settings: Settings) -> None:
    dashed = f"{NETTED[:3].lower()}-{NETTED[3:10]}-{NETTED[10]}"
    assert explain_entry(settings, dashed)["entry_number"] == NETTED
    with pytest.raises(NoSuchEntry, match="names entry ABC12345676"):
        explain_entry(settings, "ABC-1234567-6")


def test_a_snapshot_of_another_release_asks_for_a_run(tmp_path: Path) -> None:
    path = tmp_path / "cape_analyst.duckdb"
    con = empty_warehouse(str(path))
    con.execute("drop view if exists lines.row_contributions")
    con.close()
    with pytest.raises(SnapshotUnusable, match="bring it up to date with cape run"):
        explain_entry(Settings(warehouse=path), NETTED)
