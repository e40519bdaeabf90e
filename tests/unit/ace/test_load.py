"""What a good file becomes: typed rows, each with the file and row it came from, and one row of ace.loads."""

import hashlib
from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal

import polars as pl
import pytest

from cape_pipeline.ace import LoadResult, UnreadableExport, inspect_file, load_file
from cape_pipeline.ace.reports import report_book
from tests.unit.ace import samples
from tests.unit.ace.intake import Intake, received_contracts

EVERY_REPORT = samples.EVERY_REPORT
ES003 = EVERY_REPORT["ES-003"]


def test_an_es003_row_is_typed_and_knows_its_file_and_row(intake: Intake) -> None:
    path = intake.csv(ES003)
    result = intake.load(path)
    assert (result.rows_read, result.rows_loaded, result.rows_quarantined) == (4, 4, 0)
    columns = "load_id, source_row, entry_number, line_number, tariff_ordinal, hts_number, duty_usd, goods_value_usd"
    assert intake.rows("es003_tariff_lines", columns)[3] == (
        hashlib.sha256(path.read_bytes()).hexdigest(),
        5,
        "MYK01010039",
        1,
        4,
        "8501109000",
        Decimal("3093.95"),
        Decimal("83620.21"),
    )
    columns = "entry_type_code, importer_number, importer_key, entry_date, liquidation_status, liquidation_date"
    assert intake.rows("es003_tariff_lines", columns)[0] == (
        "01",
        "12-3456789",
        "123456789",
        date(2025, 5, 14),
        "Liquidated",
        date(2026, 3, 15),
    )


def test_a_load_says_what_was_received(intake: Intake) -> None:
    rows = [[*row, "x"] for row in ES003]
    rows[0][-1] = "Our PO"
    intake.load(intake.csv(rows, "ES-003_2026-07-20.csv"))
    columns = "load_number, report_code, file_name, report_run_date, report_run_date_basis, sheet_name, header_row"
    assert intake.rows("loads", columns, "load_number") == [
        (1, "ES-003", "ES-003_2026-07-20.csv", date(2026, 7, 20), "file_name", None, 1)
    ]
    columns = "rows_read, rows_loaded, rows_quarantined, rows_skipped, columns_unknown, loaded_at"
    assert intake.rows("loads", columns, "load_number") == [
        (4, 4, 0, 0, ["Our PO"], datetime(2026, 7, 20, 12))  # noqa: DTZ001 - stored without a zone, as UTC
    ]
    ((present, missing),) = intake.rows("loads", "columns_present, columns_missing", "load_number")
    assert {"liquidation_status", "protest_status"} <= set(present)
    assert "protest_number" in missing
    assert not set(present) & set(missing)


def test_the_time_of_loading_is_stored_as_utc(intake: Intake) -> None:
    eastern_summer = timezone(timedelta(hours=-4))
    moment = datetime(2026, 7, 20, 6, tzinfo=eastern_summer)
    load_file(intake.con, inspect_file(intake.csv(ES003)), 1, moment)
    ((stored,),) = intake.rows("loads", "loaded_at", "load_number")
    assert stored.replace(tzinfo=UTC) == moment


@pytest.mark.parametrize("code", EVERY_REPORT)
def test_every_report_loads_the_same_from_csv_and_from_xlsx(code: str, intake: Intake) -> None:
    table = report_book().report(code).contract.table()
    results = []
    for path in (intake.csv(EVERY_REPORT[code]), intake.xlsx({"Main Report": EVERY_REPORT[code]})):
        result = intake.load(path)
        assert result.rows_quarantined == 0
        assert result.rows_loaded == len(EVERY_REPORT[code]) - 1
        results.append(
            intake.con.execute(f"select * exclude (load_id) from ace.{table} order by source_row").fetchall()
        )
        intake.con.execute(f"delete from ace.{table}")
    assert results[0] == results[1]


@pytest.mark.parametrize("code", EVERY_REPORT)
def test_loaded_rows_keep_the_contract(code: str, intake: Intake) -> None:
    contract = report_book().report(code).contract
    intake.load(intake.csv(EVERY_REPORT[code]))
    contract.check_frame(intake.con.sql(f"select * from {contract.table_id()}").pl())
    loads = next(contract for contract in received_contracts() if contract.table() == "loads")
    loads.check_frame(intake.con.sql("select * from ace.loads").pl())


def test_claim_details_lose_their_text_wrappers(intake: Intake) -> None:
    intake.load(intake.bytes(samples.CLAIM_DETAILS))
    columns = "source_row, entry_number, claim_number, claim_entry_status, error_description"
    assert intake.rows("cape_claim_details", columns) == [
        (2, "MYK01010039", "100000240001", "Entry Summary Updated", None),
        (3, "60576069342", "100000241223", "Failed", "HTS RELATIONSHIP/SEQUENCE MISMATCH"),
    ]


def test_es022_keeps_principal_and_interest_apart(intake: Intake) -> None:
    intake.load(intake.xlsx({"Main Report": EVERY_REPORT["ES-022"]}))
    columns = "claim_number, claim_status, filer_code, importer_key, cf4811_number, liquidation_date"
    assert intake.rows("es022_entries", columns) == [
        ("100000240001", "Accepted", "MYK", "123456789", None, date(2026, 4, 23))
    ]
    columns = "refund_amount_usd, interest_amount_usd, refund_number, refund_date, refund_status"
    assert intake.rows("es022_entries", columns) == [
        (Decimal("25086.06"), Decimal("1442.60"), "R00100000", date(2026, 5, 11), "Certified")
    ]


def test_rev603_rows_stand_below_metadata_and_above_a_total(intake: Intake) -> None:
    rows = [
        *samples.REV603_METADATA,
        samples.REV603_HEADERS,
        samples.rev603_row("R00100000", "$118,577.73", "031000300100000"),
        samples.rev603_row("R00100001", "$119,881.90", "031000300100001"),
        [],
        samples.REV603_TOTAL,
    ]
    for path in (intake.xlsx({"Report": rows}), intake.csv(rows)):
        result = intake.load(path)
        assert (result.rows_read, result.rows_loaded, result.rows_quarantined) == (2, 2, 0)
        assert result.rows_skipped == {"blank": 1, "total": 1}
        columns = "source_row, refund_number, total_refund_usd, trace_number, refund_secondary_status"
        assert intake.rows("rev603_refunds", columns) == [
            (7, "R00100000", Decimal("118577.73"), "031000300100000", "Treasury Issued"),
            (8, "R00100001", Decimal("119881.90"), "031000300100001", "Treasury Issued"),
        ]
        intake.con.execute("delete from ace.rev603_refunds")
    assert intake.quarantine() == []


def test_bank_lines_keep_their_sign(intake: Intake) -> None:
    intake.load(intake.csv(samples.BANK))
    assert intake.rows("bank_deposits", "value_date, amount_usd, trace_number, account_last_four") == [
        (date(2026, 5, 13), Decimal("118577.73"), "031000300100000", None),
        (date(2026, 6, 26), Decimal("-119881.90"), "031000300100001", None),
    ]


def test_an_account_number_leaves_only_its_last_four(intake: Intake) -> None:
    rows = [["Value Date", "Amount", "Account Number"], ["2026-05-13", "1.00", "000123456789"]]
    intake.load(intake.csv(rows))
    assert intake.rows("bank_deposits", "account_last_four") == [("6789",)]


def test_importers_are_read_with_their_name_and_flags(intake: Intake) -> None:
    intake.load(intake.csv(samples.IMPORTERS))
    columns = "importer_number, importer_key, importer_name, rate_class, payee_4811, ach_enrolled"
    assert intake.rows("importers", columns) == [
        ("12-3456789", "123456789", None, "corporate", None, True),
        ("98-7654321AB", "987654321AB", "Example Partners", "noncorporate", "36-9998887", False),
    ]


def test_payees_are_read_with_their_days_and_a_blank_setting_is_unknown(intake: Intake) -> None:
    intake.load(intake.csv(samples.PAYEES))
    columns = "importer_key, payee_number, designation_from_date, designation_to_date, ach_enrolled, last_checked_date"
    assert intake.rows("payees", columns) == [
        ("123456789", "36-9998887", date(2025, 3, 1), None, True, date(2026, 7, 15)),
        ("987654321AB", "36-9998887 00", None, date(2026, 2, 28), None, None),
    ]


def test_a_payee_without_a_number_or_with_an_unreadable_day_is_set_aside(intake: Intake) -> None:
    header = ["importer_number", "payee_number", "designation_from_date"]
    rows = [header, ["12-3456789", "", "2025-03-01"], ["12-3456789", "36-9998887", "spring"], ["12-3456789", "1-2", ""]]
    intake.load(intake.csv(rows), reject_share=1.0)
    assert intake.rows("payees", "payee_number") == [("1-2",)]
    told = intake.rows("quarantine", "source_row, column_name, reason_code", "source_row")
    assert told == [(2, "payee_number", "required_value_missing"), (3, "designation_from_date", "date_unreadable")]


def test_a_blank_setting_of_an_importer_is_unknown_and_a_blank_enrolment_is_no(intake: Intake) -> None:
    header = ["importer_number", "ach_enrolled", "ace_sub_account", "routing_fedach_ok", "address_ok", "email_on_file"]
    intake.load(intake.csv([header, ["12-3456789", "", "", "N", "unknown", "Y"]]))
    columns = "ach_enrolled, ace_sub_account, routing_fedach_ok, address_ok, email_on_file, ace_top_account"
    assert intake.rows("importers", columns) == [(False, None, False, None, True, None)]


def test_in_the_users_files_blank_is_no_absent_is_unknown_and_unknown_stays_unknown(intake: Intake) -> None:
    intake.load(intake.csv(samples.ENTRY_FACTS))
    columns = "deposit_date, adcvd_status, drawback, protest_status, protest_scope, recon_09_filed, surety_paid"
    assert intake.rows("entry_facts", columns) == [
        (date(2025, 5, 14), "none", False, "none", None, False, False),
        (date(2025, 12, 8), "instructions_issued", None, "denied_in_part", "ieepa_only", True, True),
    ]
    assert intake.rows("entry_facts", "recon_issue, prior_refund_usd, protest_number") == [(None, None, None)] * 2
    intake.load(intake.csv([["entry_number", "drawback"], ["MYK01010773", ""]], "b.csv"))
    columns = "drawback, surety_paid, protest_status, adcvd_status"
    assert intake.rows("entry_facts", columns, "load_id, source_row desc")
    ((*facts,),) = intake.con.execute(
        f"select {columns} from ace.entry_facts where entry_number = 'MYK01010773'"
    ).fetchall()
    assert facts == [False, None, None, None]


def test_in_an_es003_a_blank_status_stays_blank_and_the_load_says_the_column_was_there(intake: Intake) -> None:
    intake.load(intake.csv([samples.ES003_HEADERS, samples.es003_row(status="", protest="", liquidation_date="")]))
    assert intake.rows("es003_tariff_lines", "liquidation_status, protest_status") == [(None, None)]
    ((present,),) = intake.rows("loads", "columns_present", "load_number")
    assert {"liquidation_status", "protest_status"} <= set(present)


def test_a_default_es003_loads_without_its_liquidation_columns(intake: Intake) -> None:
    result = intake.load(intake.csv([row[: len(samples.ES003_DEFAULT)] for row in ES003]))
    assert result.rows_loaded == 4
    assert intake.rows("es003_tariff_lines", "liquidation_status, liquidation_date")[0] == (None, None)


def test_blank_and_zero_amounts_stay_apart(intake: Intake) -> None:
    rows = [
        samples.ES003_HEADERS,
        samples.es003_row(duty="", value="$0.00"),
        samples.es003_row(ordinal="4", duty="0", value=""),
    ]
    intake.load(intake.csv(rows))
    assert intake.rows("es003_tariff_lines", "duty_usd, goods_value_usd") == [
        (None, Decimal("0.00")),
        (Decimal("0.00"), None),
    ]


@pytest.mark.parametrize("derived", ["03/20/1900", "1900-03-20", "1900-03-20 00:00:00", "80"])
def test_days_added_to_an_empty_cell_are_no_liquidation_date(derived: str, intake: Intake) -> None:
    intake.load(intake.csv([samples.ES003_HEADERS, samples.es003_row(status="Unliquidated", liquidation_date=derived)]))
    assert intake.rows("es003_tariff_lines", "liquidation_status, liquidation_date") == [("Unliquidated", None)]


def test_short_codes_get_their_leading_zero_back(intake: Intake) -> None:
    intake.load(
        intake.csv([samples.ES003_HEADERS, samples.es003_row(entry_type="1"), samples.es003_row(entry_type="11")])
    )
    assert intake.rows("es003_tariff_lines", "entry_type_code") == [("01",), ("11",)]


def test_typed_cells_of_a_workbook_are_read_like_text(intake: Intake) -> None:
    typed = list(samples.es003_row(entry="60576069342"))
    changes = {
        "Entry Summary Number": 60576069342,
        "Entry Date": date(2025, 5, 14),
        "Entry Summary Line Number": 1,
        "Tariff Ordinal Number": 3.0,
        "HTS Number - Full": 99030125,
        "Line Tariff Goods Value Amount": 0,
        "Line Tariff Duty Amount": 8362.02,
        "Liquidation Date": date(2026, 3, 15),
        "Entry Summary Date": 45801,
    }
    for header, value in changes.items():
        typed[samples.ES003_HEADERS.index(header)] = value  # type: ignore[call-overload]
    intake.load(intake.xlsx({"Main Report": [samples.ES003_HEADERS, typed]}))
    intake.load(intake.csv([samples.ES003_HEADERS, samples.es003_row(entry="605-7606934-2")]))
    rows = intake.con.sql("select * exclude (load_id) from ace.es003_tariff_lines").pl()
    assert rows.height == 2
    assert rows.unique().height == 1


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "cp1252"])
def test_the_encoding_of_a_file_changes_nothing(encoding: str, intake: Intake) -> None:
    rows = [samples.IMPORTERS[0], ["12-3456789", "Müller & Söhne", "corporate", "", "Y", "N"]]
    intake.load(intake.csv(rows, encoding=encoding))
    assert intake.rows("importers", "importer_name") == [("Müller & Söhne",)]


@pytest.mark.parametrize("name", ["ES-003 [March] *.csv", "what?.csv", "O'Neill.csv", "{a,b}.csv"])
def test_a_name_is_never_taken_for_a_pattern(name: str, intake: Intake) -> None:
    intake.csv([samples.ES003_HEADERS, samples.es003_row()], "ES-003 March other.csv")
    assert intake.load(intake.csv(ES003, name)).rows_read == 4


def test_line_breaks_inside_quotes_belong_to_the_cell(intake: Intake) -> None:
    refund = samples.rev603_row("R1", "$5.00", "031")
    refund[4] = "1 Main Street\nSpringfield"
    rows = [samples.REV603_HEADERS, refund, samples.rev603_row("R2", "$6.00", "032")]
    content = intake.csv(rows).read_bytes().replace(b"\r\n", b"\n")
    intake.load(intake.bytes(content, "lf.csv"))
    assert intake.rows("rev603_refunds", "source_row, refund_number, address") == [
        (2, "R1", "1 Main Street\nSpringfield"),
        (3, "R2", None),
    ]


def test_rows_are_numbered_as_a_spreadsheet_shows_them_whatever_stands_between(intake: Intake) -> None:
    good = samples.rev603_row
    rows = [
        *samples.REV603_METADATA,
        samples.REV603_HEADERS,
        good("R1", "$5.00", "031"),
        [],
        good("R2", "$5.00", "031"),
        ["Total", *[""] * 9, "$10.00", *[""] * 5],
        samples.REV603_HEADERS,
        [],
        [],
        good("R3", "$5.00", "031"),
    ]
    for path in (intake.csv(rows), intake.xlsx({"Report": rows})):
        result = intake.load(path)
        assert intake.rows("rev603_refunds", "source_row, refund_number") == [(7, "R1"), (9, "R2"), (14, "R3")]
        assert result.rows_skipped == {"blank": 3, "header": 1, "total": 1}
        assert result.rows_read == 3
        intake.con.execute("delete from ace.rev603_refunds")


def test_a_file_without_data_rows_loads_as_empty(intake: Intake) -> None:
    result = intake.load(intake.csv([samples.REV603_HEADERS]))
    assert (result.rows_read, result.rows_loaded, result.rows_quarantined) == (0, 0, 0)
    assert intake.rows("loads", "rows_read", "load_number") == [(0,)]


def test_every_row_of_a_long_file_keeps_its_number_inside_an_open_transaction(intake: Intake) -> None:
    count = 300_000
    frame = pl.DataFrame({"n": range(count)}).select(
        pl.lit("MYK01010039").alias("Entry Summary Number"),
        (pl.col("n") + 1).alias("Entry Summary Line Number"),
        pl.lit(1).alias("Tariff Ordinal Number"),
        pl.lit("99030125").alias("HTS Number - Full"),
        pl.lit("$1.00").alias("Line Tariff Duty Amount"),
        pl.lit("x" * 150).alias("Manufacturer ID"),
    )
    path = intake.folder / "long.csv"
    frame.write_csv(path)
    intake.con.execute("set preserve_insertion_order = false")
    result = intake.load(path)
    assert result.rows_loaded == count
    wrong = intake.con.execute("select count(*) from ace.es003_tariff_lines where source_row <> line_number + 1")
    assert wrong.fetchone() == (0,)


def test_the_same_rows_from_two_files_are_two_loads(intake: Intake) -> None:
    first = intake.load(intake.csv(ES003, "a.csv"))
    second = intake.load(intake.csv([*ES003, samples.es003_row(ordinal="5")], "b.csv"))
    assert isinstance(first, LoadResult)
    assert first.load_id != second.load_id
    assert intake.rows("loads", "load_number, rows_read", "load_number") == [(1, 4), (2, 5)]


def test_a_file_whose_header_moved_after_it_was_inspected_is_refused(intake: Intake) -> None:
    path = intake.csv(ES003)
    inspection = inspect_file(path)
    intake.csv([["a new first line"], *ES003])
    with pytest.raises(UnreadableExport, match="not in row 1 any more"):
        load_file(intake.con, inspection, 1, datetime(2026, 7, 20, tzinfo=UTC))


def test_a_file_that_cbp_refused_is_stated_without_a_claim_number(intake: Intake) -> None:
    rows = [
        ["claim_number", "file_name", "filed_date", "cbp_status"],
        ["", "first.csv", "2026-07-20", "Not a CSV file"],
        ["100000240001", "", "2026-07-21", ""],
    ]
    result = intake.load(intake.csv(rows))
    assert (result.rows_loaded, result.rows_quarantined) == (2, 0)
    assert intake.rows("declarations", "claim_number, file_name, cbp_status") == [
        (None, "first.csv", "Not a CSV file"),
        ("100000240001", None, None),
    ]


def test_an_attestation_of_an_unknown_fact_is_set_aside_with_the_facts_there_are(intake: Intake) -> None:
    header, *rows = EVERY_REPORT["ATTESTATIONS"]
    result = intake.load(intake.csv([header, *rows * 20, ["paid", "", "", "A. Broker", "2026-07-20"]]))
    assert result.rows_quarantined == 1
    ((reason, detail),) = intake.rows("quarantine", "reason_code, detail")
    assert reason == "value_not_in_vocabulary"
    assert "drawback, surety_paid" in detail


@pytest.mark.parametrize(("amount", "is_refused"), [("4999999999999999.99", False), ("5000000000000000.00", True)])
def test_amounts_that_no_report_adds_up_to_are_refused_in_one_sentence(
    intake: Intake, amount: str, *, is_refused: bool
) -> None:
    """Two rows of half of what a control total can hold, and the others at nothing."""
    duty = ES003[0].index("Line Tariff Duty Amount")
    rows = [ES003[0], *([*row] for row in ES003[1:])]
    for at, row in enumerate(rows[1:]):
        row[duty] = amount if at < 2 else "0.00"
    path = intake.csv(rows)
    if is_refused:
        with pytest.raises(UnreadableExport, match=r"duty_usd adds up to 10,000,000,000,000,000\.00, more than any"):
            intake.load(path)
    else:
        intake.load(path)
        assert intake.rows("loads", "control_total_usd", "load_number") == [(2 * Decimal(amount),)]
