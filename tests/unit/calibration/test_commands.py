"""`cape calibrate` and the conventions of `cape interest`, as typed."""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from cape_pipeline.cli import app
from cape_pipeline.interest import OPTIONS, Conventions, InterestError
from cape_pipeline.interest.choosing import changes_of, conventions_of

HEADER = "entry_number,principal_usd,deposit_date,liquidation_date,interest_usd,rate_class"
GOOD = "ABC12345676,100000.00,2025-05-15,2026-06-10,6430.69,corporate"
BOTH_DAYS = "ABC12345684,100000.00,2025-05-15,2026-06-10,6448.18,corporate"
A_YEAR = ("100000", "--from", "2025-05-15", "--to", "2026-06-10")


def cape(*arguments: object) -> Result:
    return CliRunner().invoke(app, [str(argument) for argument in arguments], env={"COLUMNS": "200"})


def refunds(folder: Path, *rows: str) -> Path:
    path = folder / "refunds.csv"
    path.write_text("\n".join((HEADER, *rows)) + "\n", encoding="utf-8")
    return path


def test_a_file_that_fits_the_default_says_so_and_nothing_is_written(tmp_path):
    path = refunds(tmp_path, GOOD)
    done = cape("calibrate", path)
    assert done.exit_code == 0, done.output
    assert "The default reproduces the one refund to the cent." in done.output
    assert "nothing (the default)" in done.output
    assert list(tmp_path.iterdir()) == [path]


def test_json_holds_everything(tmp_path):
    told = json.loads(cape("calibrate", refunds(tmp_path, BOTH_DAYS), "--json").stdout)
    assert told["best"]["changes"] == {"day_count": "both"}
    assert told["default"]["largest_difference_usd"] == "17.49"
    assert told["verdict"][0].startswith(
        "day_count=both reproduces the one refund to the cent; the default reproduces 0"
    )
    assert len(told["combinations"]) == told["combination_count"] == 288
    assert told["refunds"][0]["default_difference_usd"] == "-17.49"
    assert {score["combination"]["day_count"] for score in told["combinations"]} == set(OPTIONS["day_count"])
    changed = {next(iter(score["changes"])) for score in told["one_difference"]}
    assert changed == {
        "ten_thousand_dollar_rule", "day_count", "compounding", "rounding_stage", "rounding_mode", "daily_rate",
    }  # fmt: skip


def test_a_damaged_cell_is_named_the_rest_is_fitted_and_the_end_is_2(tmp_path):
    done = cape("calibrate", refunds(tmp_path, GOOD, BOTH_DAYS.replace("2025-05-15", "15.5.2025")))
    assert done.exit_code == 2
    assert "row 3, deposit_date: '15.5.2025' is not a date; write MM/DD/YYYY or YYYY-MM-DD" in done.output
    assert "The default reproduces the one refund to the cent." in done.output


def test_a_readable_row_that_cannot_be_used_ends_with_1(tmp_path):
    done = cape("calibrate", refunds(tmp_path, GOOD, BOTH_DAYS.replace("2026-06-10", "2025-05-14")))
    assert done.exit_code == 1
    assert "row 3, deposit_date: 2025-05-15 lies after the liquidation on 2025-05-14" in done.output


def test_a_file_of_damaged_rows_alone_lists_them_and_ends_with_2(tmp_path):
    path = refunds(tmp_path, GOOD.replace("6430.69", "?"))
    done = cape("calibrate", path)
    assert done.exit_code == 2
    assert "row 2, interest_usd: '?' is not an amount" in done.stderr
    assert f"cape: {path}: none of its 1 rows can be used, so there is no refund to fit" in done.stderr


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("", "the file is empty"),
        (HEADER + "\n", "it has no row of data, so there is no refund to fit"),
        ("a,b\n1,2\n", "no row of the first 60 names the columns"),
        (None, "there is no such file"),
    ],
)
def test_a_file_without_refunds_ends_with_2_and_one_sentence(tmp_path, text, told):
    path = tmp_path / "refunds.csv"
    if text is not None:
        path.write_text(text, encoding="utf-8")
    done = cape("calibrate", path)
    assert done.exit_code == 2
    assert done.stderr.startswith(f"cape: {path}: ")
    assert told in done.stderr


def test_a_principal_of_a_15_percent_heading_is_tested(tmp_path):
    path = tmp_path / "refunds.csv"
    header = HEADER + ",paid_row_usd,goods_value_usd,column_1_rate"
    path.write_text(f"{header}\n{GOOD},120000.00,800000.00,2.5%\n", encoding="utf-8")
    done = cape("calibrate", path)
    assert "1 row of 15 percent headings: 0 came back whole, 1 less column 1 duty" in done.output
    told = json.loads(cape("calibrate", path, "--json").stdout)["column_1"]
    assert told["rows"][0]["reading"] == "less_column_1"


def test_signs_in_a_name_are_shown_as_they_are(tmp_path):
    assert "[BOLD]X" in cape("calibrate", refunds(tmp_path, GOOD.replace("ABC12345676", "[bold]x"))).output


def test_twenty_refunds_are_shown_the_worst_first_and_all_are_in_the_json(tmp_path):
    rows = [GOOD.replace("ABC12345676", f"E{number}").replace("6430.69", f"{6430 + number}.69") for number in range(30)]
    path = refunds(tmp_path, *rows)
    shown = cape("calibrate", path).output
    assert "20 of 30, the largest differences first" in shown
    assert "E29 " in shown
    assert "E3 " not in shown
    assert len(json.loads(cape("calibrate", path, "--json").stdout)["refunds"]) == 30


# --- cape interest --------------------------------------------------------------------------------------------------


def test_interest_goes_by_the_conventions_asked_for_and_names_them():
    done = cape("interest", *A_YEAR, "--convention", "day_count=both", "--convention", "divisor=fixed_365")
    assert done.exit_code == 0
    assert "Interest 6,448.18 on 100,000.00" in done.output
    assert "not by the default but with day_count=both, divisor=fixed_365" in done.output
    told = json.loads(cape("interest", *A_YEAR, "--convention", "day_count=both", "--json").stdout)
    assert (told["interest_usd"], told["conventions_changed"]) == ("6448.18", {"day_count": "both"})
    assert told["conventions"]["day_count"] == "both"


def test_interest_by_the_default_says_nothing_of_conventions():
    done = cape("interest", *A_YEAR)
    assert "Interest 6,430.69 on 100,000.00 over 391 days, corporate rate, rounded once to the cent" in done.output
    assert json.loads(cape("interest", *A_YEAR, "--json").stdout)["conventions_changed"] == {}


def test_the_ten_thousand_dollar_rule_is_switched_on_and_its_rate_shown():
    done = cape("interest", *A_YEAR, "--convention", "ten_thousand_dollar_rule=true")
    assert "Interest 4,904.04" in done.output
    assert "6.00 % / 4.50 %" in done.output


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("days=both", "There is no interest convention 'days'; choose one of: day_count, divisor, compounding"),
        ("day_count=all", "day_count cannot be 'all'; choose one of: last_day_in, first_day_in, both, neither"),
        ("day_count", "'day_count' is no interest convention; write name=value"),
        ("ten_thousand_dollar_rule=maybe", "cannot be 'maybe'; choose one of: false, true"),
    ],
)
def test_an_unknown_convention_is_one_sentence_that_lists_the_allowed(text, told):
    done = cape("interest", *A_YEAR, "--convention", text)
    assert done.exit_code == 2
    assert told in done.stderr
    assert done.stderr.count("\n") == 1


def test_a_convention_given_twice_is_refused():
    done = cape("interest", *A_YEAR, "--convention", "day_count=both", "--convention", "day_count=both")
    assert (done.exit_code, "is given twice" in done.stderr) == (2, True)


def test_days_past_the_rate_table_are_refused_or_carried_forward_and_marked():
    days = ("1000", "--from", "2026-12-01", "--to", "2027-01-15")
    refused = cape("interest", *days)
    assert (refused.exit_code, "last quarter with a published rate" in refused.stderr) == (2, True)
    done = cape("interest", *days, "--carry-forward")
    assert done.exit_code == 0
    assert "6.00 % *" in done.output
    assert "No rate is published after 2026-12-31" in done.output
    assert json.loads(cape("interest", *days, "--carry-forward", "--json").stdout)["carried_forward"] is True


@pytest.mark.parametrize(("name", "value"), [(name, value) for name, values in OPTIONS.items() for value in values])
def test_every_option_can_be_written_and_is_named_as_it_is_written(name, value):
    text = f"{name}={str(value).lower()}"
    chosen = conventions_of([text])
    assert chosen == Conventions(**{name: value})
    named = [f"{option}={said}" for option, said in changes_of(chosen).items()]
    assert named == ([] if value == OPTIONS[name][0] else [text])


def test_no_text_is_the_default_and_blanks_do_not_matter():
    assert conventions_of([]) == Conventions()
    assert conventions_of([" day_count = both "]) == Conventions(day_count="both")
    with pytest.raises(InterestError):
        conventions_of(["=both"])
