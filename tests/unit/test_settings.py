"""Settings come from the environment, and what cannot be one is said in a sentence."""

from pathlib import Path

import pytest
from typer.testing import CliRunner

from cape_pipeline.cli import app
from cape_pipeline.resources import Warehouse
from cape_pipeline.settings import BANK_ORIGINATORS, Settings, UnusableSetting


@pytest.mark.parametrize("text", ["true", "True", "1", "yes", " on "])
def test_raw_files_are_discarded_where_the_environment_says_yes(text: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CAPE_DISCARD_RAW", text)
    assert Settings.from_environment().discard_raw is True


@pytest.mark.parametrize("text", ["false", "False", "0", "no", "off"])
def test_raw_files_are_kept_where_the_environment_says_no(text: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CAPE_DISCARD_RAW", text)
    assert Settings.from_environment().discard_raw is False


@pytest.mark.parametrize(("text", "line_ending"), [(None, "crlf"), ("crlf", "crlf"), ("LF", "lf")])
def test_drafts_end_their_lines_with_crlf_unless_lf_is_asked_for(
    text: str | None, line_ending: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    if text is not None:
        monkeypatch.setenv("CAPE_LINE_ENDING", text)
    assert Settings.from_environment().line_ending == line_ending


@pytest.mark.parametrize("text", [None, "CBP|US TREAS 310"])
def test_the_words_by_which_a_bank_line_is_cbps_are_a_pattern_of_the_installation(
    text: str | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    if text is not None:
        monkeypatch.setenv("CAPE_BANK_ORIGINATORS", text)
    assert Settings.from_environment().bank_originators == (text or BANK_ORIGINATORS)


def test_a_pattern_that_is_none_is_named_in_one_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CAPE_BANK_ORIGINATORS", "CBP(")
    with pytest.raises(UnusableSetting, match=r"CAPE_BANK_ORIGINATORS=CBP\(: write a regular expression"):
        Settings.from_environment()


@pytest.mark.parametrize(("text", "share"), [("0", 0.0), ("0.25", 0.25), ("1", 1.0)])
def test_the_share_of_rows_that_stops_a_load_is_from_none_to_all(
    text: str, share: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CAPE_REJECT_SHARE", text)
    assert Settings.from_environment().reject_share == share


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("CAPE_DISCARD_RAW", "maybe"),
        ("CAPE_DISCARD_RAW", ""),
        ("CAPE_REJECT_SHARE", "5"),
        ("CAPE_REJECT_SHARE", "-0.01"),
        ("CAPE_REJECT_SHARE", "nan"),
        ("CAPE_REJECT_SHARE", "5 %"),
        ("CAPE_THREADS", "two"),
        ("CAPE_LINE_ENDING", "cr"),
        ("CAPE_LINE_ENDING", ""),
        ("CAPE_BANK_ORIGINATORS", " "),
    ],
)
def test_a_variable_that_cannot_be_read_is_named_in_one_sentence(
    name: str, text: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv(name, text)
    with pytest.raises(UnusableSetting, match=f"{name}={text}"):
        Settings.from_environment()
    result = CliRunner().invoke(app, ["run", "--exports", str(tmp_path)])
    assert result.exit_code == 2
    assert result.stderr.startswith(f"cape: {name}={text}: ")
    assert len(result.stderr.splitlines()) == 1


def test_a_child_process_gets_the_same_settings(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    given = Settings(
        tmp_path / "w.duckdb", tmp_path, tmp_path, "1GB", 1, 0.5, reject_share=0.1, discard_raw=True, line_ending="lf"
    )
    for name, text in given.as_environment().items():
        monkeypatch.setenv(name, text)
    assert Settings.from_environment() == given


def test_a_run_gets_the_same_settings() -> None:
    given = Settings(reject_share=0.1, discard_raw=True, line_ending="lf", bank_originators="CBP")
    assert Warehouse.of(given).settings == given


def test_the_archive_lies_beside_the_warehouse() -> None:
    assert Settings(warehouse=Path("here/cape.duckdb")).archive == Path("here/archive")


@pytest.mark.parametrize(
    ("text", "owners"),
    [
        (None, "team:customs_data"),
        ("team:duty, ana@example.com", "team:duty,ana@example.com"),
        ("ana@example.com", "ana@example.com"),
    ],
)
def test_owners_are_teams_and_addresses(text: str | None, owners: str, monkeypatch: pytest.MonkeyPatch) -> None:
    if text is not None:
        monkeypatch.setenv("CAPE_OWNERS", text)
    assert Settings.from_environment().owners == owners


@pytest.mark.parametrize("text", ["", "customs", "team:", "team:a b", "team:a,,team:b", "ana@", "ana@example"])
def test_an_owner_that_is_neither_is_named_in_one_sentence(text: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CAPE_OWNERS", text)
    with pytest.raises(UnusableSetting, match=r"CAPE_OWNERS=.*: write team:name or an e-mail address"):
        Settings.from_environment()


@pytest.mark.parametrize(("text", "hours"), [(None, 0), ("0", 0), ("30", 30)])
def test_nothing_is_late_until_hours_are_set(text: str | None, hours: int, monkeypatch: pytest.MonkeyPatch) -> None:
    if text is not None:
        monkeypatch.setenv("CAPE_FRESHNESS_HOURS", text)
    assert Settings.from_environment().freshness_hours == hours


@pytest.mark.parametrize("text", ["-1", "1.5", "a day"])
def test_hours_that_are_none_are_named_in_one_sentence(text: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CAPE_FRESHNESS_HOURS", text)
    with pytest.raises(UnusableSetting, match=r"CAPE_FRESHNESS_HOURS=.*: write a whole number of hours"):
        Settings.from_environment()


def test_limits_of_large_warehouses_are_whole_numbers_from_zero(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CAPE_WORKBOOK_ROWS", "0")
    monkeypatch.setenv("CAPE_AUDIT_PACKETS", "7")
    settings = Settings.from_environment()
    assert (settings.workbook_rows, settings.audit_packets) == (0, 7)
    monkeypatch.setenv("CAPE_WORKBOOK_ROWS", "-1")
    with pytest.raises(UnusableSetting, match="CAPE_WORKBOOK_ROWS=-1"):
        Settings.from_environment()


@pytest.mark.parametrize(("text", "told"), [(None, "True"), ("on", "True"), ("off", "False")])
def test_a_snapshot_is_written_unless_it_is_switched_off(
    text: str | None, told: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    if text is not None:
        monkeypatch.setenv("CAPE_SNAPSHOT", text)
    settings = Settings.from_environment()
    assert str(settings.writes_snapshot) == told
    assert settings.as_environment()["CAPE_SNAPSHOT"] == told


def test_bytes_that_are_no_text_are_no_pattern(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CAPE_BANK_ORIGINATORS", "CBP\udcff")
    with pytest.raises(UnusableSetting, match="write a regular expression"):
        Settings.from_environment()
