"""Every alert code is in use and says what is the matter and what to do; no day limit stands outside the seed."""

import re
from datetime import date
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from pydantic import ValidationError

from cape_pipeline.contracts.fields import ALERT_SEVERITIES
from cape_pipeline.registry.load import load_registry
from cape_pipeline.registry.models import AlertCode

ROOT = Path(__file__).parents[3]
SQL = ROOT / "sql" / "payments"
FILES = [SQL / name for name in ("alerts.sql", "entry_concerns.sql", "refund_concerns.sql", "wider_concerns.sql")]
CODES = load_registry(ROOT / "registry_seeds")["registry.alert_codes"].filter(pl.col("withdrawn_date").is_null())
BY_CODE = {row["alert_code"]: row for row in CODES.iter_rows(named=True)}
CODE = r"'([A-Z][A-Z0-9]*(?:-[A-Z0-9]+)+)' as alert_code|then '([A-Z]+(?:-[A-Z]+)+)'|else '([A-Z]+(?:-[A-Z]+)+)'"
ROW: dict[str, Any] = {
    "alert_code": "ES022-BLANK",
    "severity": "money_missing",
    "alert_meaning": "x",
    "clock_days": "60",
    "clock_rule": "after",
    "counted_from": "acceptance",
    "next_action": "x",
    "whose_reading": "guide",
    "source": "es-003-batch-guide",
    "locator": "x",
    "recorded_date": "2026-11-21",
    "confidence": "secondary",
}


def statement(path: Path) -> str:
    """The SQL without its comments."""
    return re.sub(r"--.*", "", path.read_text(encoding="utf-8"))


def codes_in_use() -> set[str]:
    found = [match for path in FILES for match in re.findall(CODE, statement(path))]
    return {code for groups in found for code in groups if code}


def test_every_code_is_in_use_and_every_code_in_use_has_its_row() -> None:
    assert codes_in_use() == set(BY_CODE)


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_no_day_limit_stands_in_the_sql(path: Path) -> None:
    text = statement(path)
    assert "interval" not in text
    assert set(re.findall(r"\b\d+\b", re.sub(r"'[^']*'", "", text))) <= {"0", "1", "2", "18"}, "18, 2: decimal(18, 2)"


def test_the_limits_are_those_the_guides_and_the_law_name() -> None:
    told = {code: (row["clock_days"], row["clock_rule"]) for code, row in BY_CODE.items()}
    assert told["ES022-BLANK"] == (60, "after")
    assert told["TREASURY-SLOW"] == (14, "after")
    assert told["RELIQUIDATED-NO-REFUND"] == (30, "after")
    assert told["NO-CLAIM-DETAILS"] == (2, "after")
    assert told["RELIQUIDATION-OVERDUE"] == (85, "from")
    assert told["LIQUIDATION-OVERDUE"] == (47, "from")
    assert told["REPORT-STALE"] == (8, "after")
    assert told["LATE-INTEREST"] == (30, "after")
    assert told["RECON-DUE"] == (75, "before")
    assert told["COURT-CLOCK"] == (120, "before")
    assert told["CLIENT-ACCOUNTING-DUE"] == (45, "from")
    assert BY_CODE["CLIENT-ACCOUNTING-DUE"]["due_days"] == 60


def test_every_meaning_and_every_action_is_a_sentence() -> None:
    for row in BY_CODE.values():
        for text in (row["alert_meaning"], row["next_action"]):
            assert re.fullmatch(r"[A-Z].*\.", text), text


def test_the_mailboxes_are_the_two_that_cbp_and_the_guides_name() -> None:
    named = {row["cbp_mailbox"] for row in BY_CODE.values()} - {None}
    assert named == {"IEEPARefunds@cbp.dhs.gov", "frn-achrefundsupport@cbp.dhs.gov"}
    assert BY_CODE["ES022-BLANK"]["cbp_mailbox"] == "IEEPARefunds@cbp.dhs.gov"
    assert BY_CODE["TREASURY-SLOW"]["cbp_mailbox"] == "frn-achrefundsupport@cbp.dhs.gov"


def test_every_severity_is_in_use() -> None:
    assert {row["severity"] for row in BY_CODE.values()} == set(ALERT_SEVERITIES)


# ---- what does not load ---------------------------------------------------------------------------------------------


def test_a_whole_row_loads() -> None:
    row = AlertCode.model_validate(ROW)
    assert (row.clock_days, row.recorded_date) == (60, date(2026, 11, 21))


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"clock_rule": None}, "give all three or none"),
        ({"counted_from": None}, "give all three or none"),
        ({"clock_days": None}, "give all three or none"),
        ({"due_days": "59"}, "cannot be less"),
        ({"cbp_mailbox": "IEEPARefunds@cbp.dhs.gov"}, "does not say to write"),
        ({"whose_reading": "own"}, "own goes with cape-pipeline-house-rules"),
        ({"source": "cape-pipeline-house-rules"}, "own goes with cape-pipeline-house-rules"),
        ({"severity": "bad"}, "severity"),
        ({"clock_rule": "at"}, "clock_rule"),
        ({"clock_days": "-1"}, "clock_days"),
        ({"alert_code": "blank"}, "alert_code"),
    ],
)
def test_a_row_that_contradicts_itself_does_not_load(change: dict[str, Any], said: str) -> None:
    with pytest.raises(ValidationError, match=said):
        AlertCode.model_validate({**ROW, **change})


def test_a_row_without_a_clock_loads() -> None:
    AlertCode.model_validate({**ROW, "clock_days": None, "clock_rule": None, "counted_from": None})
