"""What is kept of runs and told of errors tells nobody who somebody is: good runs, refused ones and broken ones.

A person's own terminal may show what that person asked for (the position a run prints, `cape explain`, `cape sql`);
everything that is kept, or that may end in a log, is searched: Dagster's whole folder and every error stream.
"""

import shutil
from pathlib import Path

import duckdb
import pytest
from typer.testing import CliRunner, Result

from cape_pipeline.cli import app

#: Who they are: no part of these may be told but the last four characters.
IMPORTER, RELATED, PAYEE, THIRD = "57-1357924", "57-1357924QZ", "58-2468013", "246802-46802"
NAME, PAYEE_NAME, ADDRESS = "Quennelbrook Trading", "Vasselthorpe Freight", "77 Umberlane Wharf"
TRACE, ACCOUNT, PERSON, NOTE = "083000137713577", "998877665544", "Odalys Brenneke", "mail of Odalys"
MAKER, CLIENT = "CNQUENNEL77SHE", "quennelbrook-client"
SECRETS = (
    IMPORTER, IMPORTER.replace("-", ""), PAYEE, PAYEE.replace("-", ""), THIRD, THIRD.replace("-", ""), NAME, "Quennel",
    PAYEE_NAME, "Vasselthorpe", ADDRESS, "Umberlane", TRACE, ACCOUNT, PERSON, "Odalys", "Brenneke", NOTE, MAKER, CLIENT,
)  # fmt: skip
ES003 = (
    "Entry Summary Number,Entry Type Code,Importer Number,Importer Name,Manufacturer ID,Entry Date,Entry Summary Date,"
    "Entry Summary Line Number,Country of Origin Code,Tariff Ordinal Number,HTS Number - Full,"
    "Line Tariff Goods Value Amount,Line Tariff Duty Amount,Liquidation Status,Liquidation Date,"
    "Reconciliation Indicator,Protest Status,Our Buyer\n"
)
BAI2 = (
    "01,121000358,CUSTOMER,260721,0600,1,,,2/\n02,CUSTOMER,121000358,1,260720,,,2/\n03,{account},,,,,/\n"
    "16,165,10000,,{trace},,ACH CREDIT CBP REFUND {name}\n49,{total},3/\n98,{total},1,5/\n99,{total},1,7/\n"
)


def es003(rows: int, duty: str = "$100.00", importer: str = IMPORTER) -> str:
    row = (
        "ZQX2100366{check},01,{importer},{name},{maker},05/14/2025,05/24/2025,{line},CN,1,99030124,$1000.00,{duty},"
        "Unliquidated,,,,{name}"
    )
    told = [
        row.format(check=7, importer=importer, name=NAME, maker=MAKER, line=line, duty=duty)
        for line in range(1, rows + 1)
    ]
    return ES003 + "\n".join(told) + "\n"


def put(folder: Path, name: str, text: str) -> None:
    folder.mkdir(exist_ok=True)
    (folder / name).write_text(text, encoding="utf-8")


@pytest.fixture
def exports(tmp_path: Path) -> Path:
    folder = tmp_path / "exports"
    put(folder, "es003_2026-07-01.csv", es003(60) + "\n".join(es003(2, f"{NAME} {IMPORTER}").splitlines()[2:]) + "\n")
    put(folder, "importers.csv", f"importer_number,name,client_id,rate_class,payee_4811,ach_enrolled,"
        f"periodic_monthly_statement,ach_payer_id\n{IMPORTER},{NAME},{CLIENT},corporate,{PAYEE},Y,N,{TRACE}\n"
        f"{RELATED},{NAME},{CLIENT},{PERSON},,Y,N,\n{THIRD},{PAYEE_NAME},,corporate,,N,N,\n")  # fmt: skip
    put(
        folder,
        "payees.csv",
        f"importer_number,payee_number,payee_name,evidence\n{IMPORTER},{PAYEE},{PAYEE_NAME},{NOTE}\n",
    )
    put(folder, "rev603_2026-07-02.csv", "Refund ID,Payee ID,Company Name,C/O,Address,Refund Date,Refund Status,"
        "Refund Type,Document Number,Total Refund Amount,Check/ACH Trace Number\n"
        f"R00204248,{PAYEE},{PAYEE_NAME},{PERSON},{ADDRESS},06/01/2026,Certified,CAPE,,$100.00,{TRACE}\n")  # fmt: skip
    put(folder, "bank.csv", "Date,Description,Amount,Trace Number,Account Number\n"
        f"2026-06-03,CBP REFUND {NAME},100.00,{TRACE},{ACCOUNT}\n2026-06-04,{NAME},-10.00,,{ACCOUNT}\n")  # fmt: skip
    put(folder, "statement.bai2", BAI2.format(account=ACCOUNT, trace=TRACE, name=NAME, total=10000))
    put(folder, "entry_facts.csv", "entry_number,drawback,box28_number,account_last_four,evidence,recorded_by\n"
        f"ZQX21003667,N,{PAYEE},{ACCOUNT},{NOTE},{PERSON}\n")  # fmt: skip
    put(folder, "unknown.csv", f"{NAME},{IMPORTER}\n{PERSON},{TRACE}\n")
    return folder


@pytest.fixture
def warehouse(tmp_path: Path) -> Path:
    return tmp_path / "w" / "cape.duckdb"


def cape(*arguments: object) -> Result:
    return CliRunner().invoke(app, [str(argument) for argument in arguments])


def run(exports: Path, warehouse: Path, *more: object) -> Result:
    places = ["--exports", exports, "--warehouse", warehouse, "--out", warehouse.parent / "out"]
    return cape("run", *places, "--as-of", "2026-07-20", *more)


def told_in(text: str | bytes) -> list[str]:
    found = text.encode() if isinstance(text, str) else text
    return [secret for secret in SECRETS if secret.lower().encode() in found.lower()]


def told_by_what_is_kept(warehouse: Path) -> list[str]:
    """Everything beside the warehouse that is no table, archive or output: Dagster's history, logs and settings.

    Nor the note of what the last run was asked for, which a next one compares with: it is the owner's, and no log.
    """
    kept = [path for path in warehouse.parent.rglob("*") if path.is_file()]
    kept = [path for path in kept if not {"archive", "out"} & set(path.relative_to(warehouse.parent).parts)]
    kept = [path for path in kept if path.suffix != ".duckdb" and not path.name.endswith(".last_run.json")]
    return [f"{path.relative_to(warehouse.parent)}: {secret}" for path in kept for secret in told_in(path.read_bytes())]


def break_a_table(warehouse: Path) -> None:
    """What no file can do: two rows of one key among the received ones, and a value that no contract allows."""
    with duckdb.connect(str(warehouse)) as con:
        con.execute("insert into ace.importers select * from ace.importers")
        con.execute("update ace.es003_tariff_lines set entry_type_code = importer_name, tariff_ordinal = -1")


def test_a_good_run_keeps_nothing_that_tells(exports: Path, warehouse: Path) -> None:
    done = run(exports, warehouse, "--attest", "drawback", "--attested-by", PERSON)
    assert done.exit_code == 0, done.output
    assert told_in(done.stderr) == []
    assert told_by_what_is_kept(warehouse) == []
    assert len(list((warehouse.parent / "dagster").rglob("*.db"))) > 1
    with duckdb.connect(str(warehouse), read_only=True) as con:
        assert con.execute("select count(*) from ace.quarantine").fetchone() != (0,)


def test_the_submitters_of_a_run_are_kept_without_their_numbers(exports: Path, warehouse: Path) -> None:
    assert run(exports, warehouse, "--submitter", f"importer:{IMPORTER}").exit_code == 0
    assert told_by_what_is_kept(warehouse) == []


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("too_many.csv", es003(40, f"{NAME} {IMPORTER}")),
        ("cut.csv", es003(3) + f'ZQX21003675,01,{IMPORTER},"{NAME}'),
        ("twice.csv", es003(3).replace("Our Buyer", "Importer Number")),
        ("rows.bai2", BAI2.format(account=ACCOUNT, trace=TRACE, name=NAME, total=10001)),
        ("day.bai2", BAI2.format(account=ACCOUNT, trace=TRACE, name=NAME, total=10000).replace("260720", ACCOUNT)),
        ("total.bai2", BAI2.format(account=ACCOUNT, trace=TRACE, name=NAME, total=TRACE + "X")),
    ],
)
def test_a_file_that_is_refused_tells_nothing(name: str, text: str, exports: Path, warehouse: Path) -> None:
    put(exports, name, text)
    done = run(exports, warehouse)
    assert told_in(done.stderr) == []
    assert told_by_what_is_kept(warehouse) == []
    checked = cape("check", exports / name)
    assert checked.exit_code != 0
    assert told_in(checked.stderr) == []


def test_a_broken_promise_tells_nothing(exports: Path, warehouse: Path) -> None:
    assert run(exports, warehouse).exit_code == 0
    break_a_table(warehouse)
    put(exports, "es003_2026-07-03.csv", es003(61))
    done = run(exports, warehouse)
    assert done.exit_code == 1, done.output
    assert told_in(done.stderr) == []
    assert told_by_what_is_kept(warehouse) == []
    verified = cape("verify", "--warehouse", warehouse)
    assert verified.exit_code == 1
    assert told_in(verified.output) == []


def test_a_fault_of_the_engine_tells_nothing(exports: Path, warehouse: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(con: duckdb.DuckDBPyConnection, *_: object, **__: object) -> None:
        con.execute(f"select cast('{IMPORTER} {NAME}' as integer)")

    monkeypatch.setattr("cape_pipeline.assets.load.load_files", fail)
    done = run(exports, warehouse)
    assert done.exit_code in (1, 2), done.output
    assert "Conver" in done.stderr
    assert told_in(done.stderr) == []
    assert told_by_what_is_kept(warehouse) == []


def test_a_client_that_is_not_there_is_answered_without_the_others(exports: Path, warehouse: Path) -> None:
    assert run(exports, warehouse).exit_code == 0
    done = run(exports, warehouse, "--client", "nobody")
    assert done.exit_code == 2
    assert told_by_what_is_kept(warehouse) == []
    shutil.rmtree(warehouse.parent / "out")
