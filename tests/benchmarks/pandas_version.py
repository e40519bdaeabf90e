"""The same job as a careful pandas user would write it: vectorised, whole cents, factors worked out once, Parquet out.

Belongs here: reading, typing, versions, classification, splits, eligibility, interest, reconciliation, drafts and
position, for comparison with the product; of the product nothing is imported but where the seeds lie. Does not belong
here: what only the product does (quarantine with reasons, most contracts and claims, other readings of the law,
calendar and receivables, packets, page and workbook, lineage, a snapshot, the refresh of only what changed).

`python -m tests.benchmarks.pandas_version EXPORTS OUT DAY` writes Parquet files and prints one JSON object.
"""

import hashlib
import json
import re
import sys
import time
from datetime import date
from decimal import ROUND_HALF_UP, Decimal, localcontext
from pathlib import Path

import numpy as np
import pandas as pd  # type: ignore[import-untyped]

from cape_pipeline.settings import project_files

US_DAY, ISO_DAY = "%m/%d/%Y", "%Y-%m-%d"
NAMES = {
    "Entry Summary Number": "entry_number",
    "Entry Type Code": "entry_type_code",
    "Importer Number": "importer_number",
    "Port of Entry Code": "port_of_entry_code",
    "Entry Date": "entry_date",
    "Entry Summary Date": "entry_summary_date",
    "Initial Entry Summary Create Date": "created_date",
    "Entry Summary Line Number": "line_number",
    "Review Team Number": "review_team_number",
    "Country of Origin Code": "country_of_origin",
    "Country of Export Code": "country_of_export",
    "Manufacturer ID": "manufacturer_id",
    "Foreign Exporter ID": "foreign_exporter_id",
    "Line SPI Code": "line_spi_code",
    "Standard Visa Number": "visa_number",
    "Textile Category Code": "textile_category_code",
    "Textile Category": "textile_category",
    "Tariff Ordinal Number": "tariff_ordinal",
    "HTS Number - Full": "hts_number",
    "Line Tariff Quantity (1)": "quantity_1",
    "Line Tariff UOM (1) Code": "quantity_1_unit",
    "Line Tariff Quantity (2)": "quantity_2",
    "Line Tariff UOM (2) Code": "quantity_2_unit",
    "Line Tariff Quantity (3)": "quantity_3",
    "Line Tariff UOM (3) Code": "quantity_3_unit",
    "Line Tariff Goods Value Amount": "goods_value",
    "Line Tariff Duty Amount": "duty",
    "Liquidation Status": "liquidation_status",
    "Liquidation Date": "liquidation_date",
    "Reconciliation Indicator": "reconciliation_indicator",
    "Protest Status": "protest_status",
    "Column 1 Current Primary Duty Rate": "column_1_printed",
}
DAYS = ("entry_date", "entry_summary_date", "created_date", "liquidation_date")
CENTS = ("goods_value", "duty")
WHOLES = ("line_number", "tariff_ordinal")
PLAIN = ("entry_number",)
LINE = ["entry_number", "line_number"]
PAIR = ["deposit_date", "end_date", "rate_class"]
RUN_DATE = re.compile(r"(\d{4}-\d{2}-\d{2})\.csv$")
NOT_LIQUIDATED = ("Suspended", "Extended", "Under Review")
#: What may be odd about a row, each a bit of `anomalies`.
ANOMALIES = (
    "OUTSIDE-WINDOW",
    "DUTY-ON-EXEMPT-HEADING",
    "WRONG-ORIGIN",
    "SUPERSEDED-RETROACTIVE",
    "UNKNOWN-HEADING",
    "DUTY-WITHOUT-VALUE",
    "DUPLICATE-HEADING",
    "RATE-DIFFERS",
)
RATE_TOLERANCE = 0.005
#: Buckets of an amount in the answers, in the order in which the more special family wins.
BUCKETS = ("section_301", "section_232", "section_122", "other_chapter_99", "unknown_chapter_99", "column_1")


# ---- reading -------------------------------------------------------------------------------------------------------


def cents(text: pd.Series) -> pd.Series:
    """Amounts such as $1,234.50 as whole cents; what cannot be read is missing."""
    plain = text.str.replace("$", "", regex=False).str.replace(",", "", regex=False)
    return (pd.to_numeric(plain, errors="coerce") * 100).round().astype("Int64")


def days(text: pd.Series, layout: str) -> pd.Series:
    return pd.to_datetime(text, format=layout, errors="coerce")


def read_rows(exports: Path) -> tuple[pd.DataFrame, pd.DataFrame]:
    """All tariff rows of all ES-003 files, typed, and those with a cell that could not be read."""
    parts = []
    for number, path in enumerate(sorted(exports.glob("ES-003*.csv"))):
        part = pd.read_csv(path, dtype=str).rename(columns=NAMES)
        part["source_row"] = np.arange(2, len(part) + 2)
        part["load_number"] = np.int16(number)
        (run,) = RUN_DATE.findall(path.name)
        part["run_date"] = pd.Timestamp(run)
        part = part[part["entry_number"].notna()]
        stated = part["duty"].notna()
        for name in DAYS:
            part[name] = days(part[name], US_DAY)
        for name in CENTS:
            part[name] = cents(part[name])
        for name in WHOLES:
            part[name] = pd.to_numeric(part[name], errors="coerce").astype("Int16")
        part["entry_number"] = part["entry_number"].str.replace("-", "", regex=False).str.upper()
        part["is_unreadable"] = (stated & part["duty"].isna()) | ~part["entry_number"].str.fullmatch("[A-Z0-9]{11}")
        parts.append(part)
    rows = pd.concat(parts, ignore_index=True)
    rows["entry_type_code"] = rows["entry_type_code"].str.zfill(2)
    rows["port_of_entry_code"] = rows["port_of_entry_code"].str.zfill(4)
    for name in rows.columns.difference([*PLAIN, *DAYS, *CENTS, *WHOLES]):
        if rows[name].dtype == object:
            rows[name] = rows[name].astype("category")
    return rows[~rows["is_unreadable"]].drop(columns="is_unreadable"), rows[rows["is_unreadable"]]


def loads_of(exports: Path) -> pd.DataFrame:
    """Every file with its hash and size. Grain: file."""
    told = []
    for path in sorted(exports.glob("*.csv")):
        with path.open("rb") as file:
            told.append((path.name, hashlib.file_digest(file, "sha256").hexdigest(), path.stat().st_size))
    return pd.DataFrame(told, columns=["file_name", "load_id", "bytes"])


def read_one(exports: Path, pattern: str, layout: str = ISO_DAY) -> pd.DataFrame:
    """A small report with its columns in lower case and underscores; days typed, the rest text."""
    found = pd.concat([pd.read_csv(path, dtype=str) for path in sorted(exports.glob(pattern))], ignore_index=True)
    found.columns = found.columns.str.lower().str.replace(r"[^a-z0-9]+", "_", regex=True)
    for name in found.columns:
        if name.endswith("date") or name == "recorded_on":
            found[name] = days(found[name], layout)
    return found


def has_right_check_digit(entries: pd.Series) -> pd.Series:
    """Every second character doubles, letters count as 1 to 9 again and again, the last makes the sum a ten."""
    text = np.array(entries.tolist(), dtype="S11").view("u1").reshape(-1, 11).astype("int16")
    letter = text - ord("A")
    value = np.where(text <= ord("9"), text - ord("0"), np.where(letter < 18, letter % 9 + 1, letter - 16))
    value = value[:, :10]
    value[:, 1::2] = value[:, 1::2] * 2 // 10 + value[:, 1::2] * 2 % 10
    return pd.Series((10 - value.sum(axis=1) % 10) % 10 == text[:, 10] - ord("0"), index=entries.index)


# ---- versions ------------------------------------------------------------------------------------------------------


def claims_of(exports: Path) -> pd.DataFrame:
    """What CBP said last of each entry: accepted with its day, or failed with a message. Grain: entry."""
    details = read_one(exports, "claim_details_*.csv")
    filed = read_one(exports, "declarations.csv")[["claim_number", "accepted_date", "filed_date"]]
    found = details.merge(filed, on="claim_number", how="left")
    found["is_accepted"] = found["status"].eq("Entry Summary Updated")
    found = found.sort_values("filed_date").drop_duplicates("entry_number", keep="last")
    return found[["entry_number", "claim_number", "accepted_date", "is_accepted", "error_description"]]


def baselines(rows: pd.DataFrame, claims: pd.DataFrame) -> tuple[pd.DataFrame, pd.DataFrame]:
    """The rows of the newest version from before the acceptance, each once, and the newest facts of every entry."""
    accepted = claims[claims["is_accepted"]].set_index("entry_number")["accepted_date"]
    runs = rows[["entry_number", "run_date"]].drop_duplicates()
    runs["accepted_date"] = runs["entry_number"].map(accepted)
    before = runs[runs["accepted_date"].isna() | (runs["run_date"] < runs["accepted_date"])]
    chosen = before.groupby("entry_number", sort=False)["run_date"].max().rename("baseline_run")
    standing = rows[rows["run_date"].eq(rows["entry_number"].map(chosen))]
    standing = standing.sort_values(["load_number", "source_row"], kind="stable")
    standing = standing.drop_duplicates([*LINE, "tariff_ordinal"], keep="last")
    newest = rows[rows["run_date"].eq(rows["entry_number"].map(runs.groupby("entry_number")["run_date"].max()))]
    facts = newest.drop_duplicates("entry_number", keep="last").set_index("entry_number")
    columns = ["importer_number", "entry_type_code", "entry_date", "entry_summary_date", "liquidation_status"]
    columns += ["liquidation_date", "reconciliation_indicator", "protest_status", "run_date"]
    return standing, facts[columns]


# ---- classification and splits -------------------------------------------------------------------------------------


def decisions(keys: pd.DataFrame, seeds: Path) -> pd.DataFrame:
    """What the registry says of each tariff number on a day from an origin. Grain: the rows of `keys`."""
    windows = pd.read_csv(seeds / "ieepa_headings.csv", dtype=str)
    windows = windows[windows["withdrawn_date"].isna()]
    windows = windows.assign(
        hts8=windows["heading"].str.replace(".", "", regex=False),
        first=days(windows["effective_from"], ISO_DAY),
        last=days(windows["effective_to"], ISO_DAY),
        imposes=windows["imposes_duty"].eq("true"),
        rate=pd.to_numeric(windows["rate"]),
        floor_rate=pd.to_numeric(windows["rate_text"].str.extract(r"max\((0\.\d+)-column1,0\)")[0]),
    )
    names = ["hts8", "programme", "countries", "first", "last", "imposes", "floor_rate", "rate", "rate_kind"]
    found = keys.reset_index().merge(windows[names], on="hts8", how="inner")
    found["in_window"] = found["entry_date"].between(found["first"], found["last"])
    found["distance"] = np.maximum(
        (found["first"] - found["entry_date"]).dt.days, (found["entry_date"] - found["last"]).dt.days
    )
    found = found.sort_values(["in_window", "distance"], ascending=[False, True]).drop_duplicates("index")
    in_countries = np.array(
        [
            "ALL" in listed or origin in listed
            for listed, origin in zip(found["countries"].str.split("|"), found["country_of_origin"], strict=True)
        ]
    )
    found["in_origin"] = in_countries
    found["is_certain"] = found["in_window"] & found["imposes"] & in_countries
    told = ["programme", "floor_rate", "rate", "rate_kind", "is_certain", "imposes", "in_window", "in_origin"]
    decided = keys.join(found.set_index("index")[told])
    is_ieepa = decided["programme"].notna()
    decided["bucket"] = np.where(is_ieepa, "ieepa", families(decided, seeds))
    decided["is_floor"] = decided["floor_rate"].notna() & decided["is_certain"].eq(other=True)
    decided["is_certain"] = decided["is_certain"].eq(other=True)
    decided["OUTSIDE-WINDOW"] = is_ieepa & decided["in_window"].eq(other=False)
    decided["DUTY-ON-EXEMPT-HEADING"] = is_ieepa & decided["imposes"].eq(other=False) & ~decided["OUTSIDE-WINDOW"]
    decided["WRONG-ORIGIN"] = is_ieepa & decided["in_origin"].eq(other=False)
    decided["SUPERSEDED-RETROACTIVE"] = decided["rate_kind"].eq("ad_valorem_add_superseded_retro")
    decided["UNKNOWN-HEADING"] = decided["bucket"].eq("unknown_chapter_99")
    return decided


def families(keys: pd.DataFrame, seeds: Path) -> np.ndarray:
    """The bucket of every number that is no IEEPA heading: the narrowest range of chapter 99 that holds it."""
    table = pd.read_csv(seeds / "chapter99_families.csv", dtype=str)
    table = table[table["withdrawn_date"].isna() & table["pattern"].str.match(r"9903\.\d\d\.\d\d")]
    ends = table["pattern"].str.replace(".", "", regex=False).str.split("-", expand=True)
    low = ends[0].astype(int).to_numpy()
    high = ends[1].fillna(ends[0]).astype(int).to_numpy()
    number = pd.to_numeric(keys["hts8"], errors="coerce").fillna(0).to_numpy()
    holds = (number[:, None] >= low) & (number[:, None] <= high) & (table["duty_bucket"] != "ieepa").to_numpy()
    narrowest = np.where(holds, high - low, np.iinfo(np.int64).max).argmin(axis=1)
    named = np.where(holds.any(axis=1), table["duty_bucket"].to_numpy()[narrowest], "unknown_chapter_99")
    return np.where(number // 1_000_000 == 99, named, np.where(number // 1_000_000 == 98, "chapter_98", "column_1"))


def classify(standing: pd.DataFrame, seeds: Path) -> pd.DataFrame:
    """Every tariff row with the duty it is; decided on distinct keys. Grain: entry, line, ordinal."""
    rows = standing.assign(hts8=standing["hts_number"].astype(str).str.slice(0, 8))
    rows["country_of_origin"] = rows["country_of_origin"].astype(str)
    key = ["hts8", "entry_date", "country_of_origin"]
    keys = rows[key].drop_duplicates(ignore_index=True)
    decided = decisions(keys, seeds)
    for name in ("programme", "bucket", "rate_kind"):
        decided[name] = decided[name].astype("category")
    rows = rows.merge(decided.drop(columns=["imposes", "in_window", "in_origin"]), on=key, how="left")
    return mark(rows)


def mark(rows: pd.DataFrame) -> pd.DataFrame:
    """What is odd about each row that holds duty, as bits of one number, in the order of ANOMALIES."""
    has_duty = rows["duty"].fillna(0).ne(0)
    commodity_value = rows["goods_value"].where(rows["bucket"].eq("column_1")).astype("float64")
    rows["line_value"] = commodity_value.groupby([rows[name] for name in LINE], sort=False).transform("sum")
    rows["DUTY-WITHOUT-VALUE"] = rows["line_value"].eq(0)
    rows["DUPLICATE-HEADING"] = rows.duplicated([*LINE, "hts8"], keep=False) & rows["bucket"].eq("ieepa")
    expected = rows["line_value"] * rows["rate"]
    differs = (rows["duty"].astype("float64") - expected).abs() > np.maximum(expected * RATE_TOLERANCE, 1)
    rows["RATE-DIFFERS"] = differs & rows["is_certain"] & ~rows["is_floor"]
    bits = sum(rows[name].to_numpy(dtype="int16") << place for place, name in enumerate(ANOMALIES))
    rows["anomalies"] = np.where(has_duty, bits, 0).astype("int16")
    return rows.drop(columns=list(ANOMALIES))


def split(rows: pd.DataFrame) -> pd.DataFrame:
    """The duty of every line by authority, in cents; 15 % headings net of column 1 duty. Grain: entry, line."""
    duty = rows["duty"].fillna(0).astype("int64")
    is_ieepa = rows["bucket"].eq("ieepa")
    is_commodity = rows["bucket"].eq("column_1")
    rows = rows.assign(
        paid=duty,
        certain=duty.where(is_ieepa & rows["is_certain"] & ~rows["is_floor"], 0),
        floor=duty.where(rows["is_floor"], 0),
        doubtful=duty.where(is_ieepa & ~rows["is_certain"], 0),
        value=rows["goods_value"].fillna(0).astype("int64").where(is_commodity, 0),
        **{bucket: duty.where(rows["bucket"].eq(bucket), 0) for bucket in BUCKETS},
        printed=column_1_rate(rows["column_1_printed"].where(is_commodity)),
    )
    amounts = ["paid", "certain", "floor", "doubtful", "value", *BUCKETS]
    lines = rows.groupby(LINE, sort=False)[amounts].sum()
    firsts = rows.groupby(LINE, sort=False)[["printed", "floor_rate", "entry_date", "importer_number"]].first()
    lines = lines.join(firsts)
    due = np.floor(lines["value"] * lines["printed"] + 0.5)
    floor_due = lines["value"] * lines["floor_rate"]
    adds_up = (lines["floor"] + lines["column_1"] - floor_due).abs() <= np.maximum(floor_due * 0.005, 1)
    known = due.notna() | ((lines["column_1"] > 0) & adds_up)
    beside = (lines["column_1"] - due.fillna(lines["column_1"])).abs() <= np.maximum(due * 0.005, 1).fillna(1)
    has_floor = lines["floor"] > 0
    is_net = has_floor & known & adds_up & (lines["column_1"] == 0)
    is_whole = has_floor & known & adds_up & (lines["column_1"] > 0) & beside
    netted = np.minimum(due.fillna(0), lines["floor"]).where(is_net, 0).astype("int64")
    lines["low"] = lines["certain"] + (lines["floor"] - netted).where(is_net | is_whole, 0)
    lines["high"] = lines["certain"] + lines["floor"] - netted + lines["doubtful"]
    lines["column_1"] += netted
    lines["split_basis"] = np.select(
        [~has_floor, is_net, is_whole], ["filed_rows", "replacement_net", "filed_rows"], default="replacement_range"
    )
    return lines.reset_index()


def column_1_rate(printed: pd.Series) -> pd.Series:
    """Free is nought, 4% is 0.04, anything else is not known."""
    text = printed.astype(object)
    rate = pd.to_numeric(text.str.rstrip("%"), errors="coerce") / 100
    return rate.mask(text.eq("Free"), 0.0)


# ---- reconciliation ------------------------------------------------------------------------------------------------


def reconcile(exports: Path, es022: pd.DataFrame) -> pd.DataFrame:
    """Every refund of ES-022 against REV-603, REV-613 and the bank. Grain: refund number."""
    refunds = es022[es022["refund_number"].notna()].groupby("refund_number")[["principal", "interest"]].sum()
    refunds["total"] = refunds["principal"] + refunds["interest"]
    rev603 = read_one(exports, "REV-603_*.csv", US_DAY).set_index("refund_id")
    rev613 = read_one(exports, "REV-613_*.csv", US_DAY)
    bank = read_one(exports, "bank_deposits.csv")
    bank["cents"] = cents(bank["amount"])
    deposited = bank.groupby("trace_number")["cents"].sum()
    refunds["rev603"] = cents(rev603["total_refund_amount"]).astype("float64")
    refunds["secondary_status"] = rev603["refund_secondary_status"]
    refunds["deposited"] = rev603["check_ach_trace_number"].map(deposited)
    refunds["deposited"] = refunds["deposited"].astype("float64").fillna(0)
    refunds["match_status"] = np.select(
        [
            refunds["rev603"].isna(),
            refunds.index.isin(rev613["refund_id"]),
            refunds["deposited"].eq(0),
            refunds["secondary_status"].eq("Funds Diverted"),
            refunds["deposited"].lt(refunds["rev603"]),
        ],
        ["not_in_rev603", "rejected", "pending", "diverted", "short"],
        default="matched",
    )
    return refunds


# ---- eligibility ---------------------------------------------------------------------------------------------------


def judge(entries: pd.DataFrame, day: pd.Timestamp, seeds: Path) -> pd.DataFrame:
    """Status and path of every entry: the first condition that holds. Adds two columns."""
    types = pd.read_csv(seeds / "entry_types.csv", dtype=str)
    types = types[types["withdrawn_date"].isna()]
    current = (types["effective_from"] <= f"{day:%Y-%m-%d}") & ~(types["effective_to"] < f"{day:%Y-%m-%d}")
    treatment = types[current].set_index("entry_type_code")["cape_treatment"]
    remedies = pd.read_csv(seeds / "cape_messages.csv", dtype=str).drop_duplicates("message", keep="last")
    remedy = entries["error_description"].map(remedies.set_index("message")["remedy"])
    failed = entries["error_description"].notna()
    treated = entries["entry_type_code"].astype(str).map(treatment)
    status = entries["liquidation_status"].astype(str)
    liquidated = status.eq("Liquidated")
    age = (day - entries["liquidation_date"]).dt.days.where(liquidated)
    protest = entries["protest_status_fact"].fillna(entries["protest_status"].astype(object).str.lower())
    withdrawable = (age <= 80) & entries["protest_scope"].eq("ieepa_only")
    flagged = entries["reconciliation_indicator"].astype(object).eq("Y")
    is_ad = entries["entry_type_code"].isin(["03", "07"]) & ~liquidated
    due_soon = entries["recon_due_date"] <= day + pd.Timedelta(days=30)
    match = entries["match_status"]
    warehouse = entries["entry_type_code"].isin(["21", "22"])
    late = np.where(age > 180, "court", "file_protest")
    past = (age > 80).to_numpy()
    ladder: list[tuple[pd.Series | np.ndarray, str, str | np.ndarray]] = [
        (match.isin(["short", "diverted"]), "refunded", "dispute_refund"),
        (match.notna() & match.ne("matched"), "refunded", "await_refund"),
        (match.notna(), "refunded", "none"),
        ((entries["high"] > 0) & (entries["prior_refund"] >= entries["high"]), "refunded", "none"),
        (entries["is_accepted"], "accepted", "await_refund"),
        (entries["is_complete"] & entries["high"].eq(0), "no_ieepa", "none"),
        (~entries["is_complete"] | ~entries["is_check_digit_right"], "review", "manual_review"),
        (treated.eq("rejected") & ~warehouse, "ineligible", "manual_review"),
        (entries["drawback"].eq("Y") | warehouse, "ineligible", "await_phase"),
        (failed & remedy.isna(), "review", "manual_review"),
        (failed & remedy.eq("await_phase"), "ineligible", "await_phase"),
        (failed & remedy.isin(["wait_then_refile", "refile_unchanged_once", "psc"]), "ineligible", "fix_and_refile"),
        (failed, "ineligible", late),
        (liquidated & age.isna(), "review", "manual_review"),
        (protest.eq("open") & withdrawable, "ineligible", "withdraw_protest_then_cape"),
        (protest.eq("open"), "ineligible", "await_protest"),
        (protest.eq("approved"), "ineligible", "await_refund"),
        (protest.eq("denied"), "ineligible", "court"),
        (past, "ineligible", late),
        (flagged & (entries["recon_09_filed"].eq("Y") | is_ad), "ineligible", "await_phase"),
        (flagged & entries["recon_09_filed"].isna(), "review", "manual_review"),
        (flagged & due_soon, "review", "file_recon_first"),
        (is_ad & entries["adcvd_status"].isin(["pending", "instructions_issued"]), "ineligible", "await_liquidation"),
        (is_ad & entries["adcvd_status"].isna(), "review", "manual_review"),
        (treated.eq("unknown") & entries["entry_type_code"].ne("11"), "review", "manual_review"),
        (entries["surety_paid"].eq("Y"), "ineligible", "manual_review"),
        (
            status.isin(NOT_LIQUIDATED) | treated.eq("accepted_paid_on_liquidation"),
            "eligible_paid_on_liquidation",
            "file_cape",
        ),
    ]
    entries["cape_deadline_date"] = entries["liquidation_date"] + pd.Timedelta(days=80)
    entries["protest_deadline_date"] = entries["liquidation_date"] + pd.Timedelta(days=180)
    rules = {
        "data_complete": entries["is_complete"],
        "check_digit": entries["is_check_digit_right"],
        "ieepa_duty": unknown_where(entries["high"].gt(0), ~entries["is_complete"]),
        "entry_type": unknown_where(~treated.eq("rejected"), treated.isna() | treated.eq("unknown")),
        "warehouse": ~warehouse,
        "drawback": unknown_where(entries["drawback"].ne("Y"), entries["drawback"].isna()),
        "accepted": ~entries["is_accepted"],
        "refunded": match.isna(),
        "prior_refund": ~(entries["prior_refund"] >= entries["high"]),
        "cbp_verdict": unknown_where(~failed, failed & remedy.isna()),
        "liquidation_date": ~(liquidated & age.isna()),
        "within_80_days": unknown_where(~(age > 80), liquidated & age.isna()),
        "within_180_days": unknown_where(~(age > 180), liquidated & age.isna()),
        "protest": ~protest.isin(["open", "approved", "denied"]),
        "reconciliation": unknown_where(
            ~(flagged & entries["recon_09_filed"].eq("Y")), flagged & entries["recon_09_filed"].isna()
        ),
        "reconciliation_due": ~(flagged & due_soon),
        "ad_cvd": unknown_where(
            ~(is_ad & entries["adcvd_status"].isin(["pending", "instructions_issued"])),
            is_ad & entries["adcvd_status"].isna(),
        ),
        "surety": unknown_where(entries["surety_paid"].ne("Y"), entries["surety_paid"].isna()),
    }
    for name, outcome in rules.items():
        entries[f"rule_{name}"] = np.asarray(outcome).astype("int8")
    conditions = [np.asarray(condition, dtype=bool) for condition, _, _ in ladder]
    entries["cape_status"] = np.select(conditions, [status for _, status, _ in ladder], default="eligible")
    entries["recommended_path"] = np.select(conditions, [path for _, _, path in ladder], default="file_cape")
    owed = entries["low"].where(~(warehouse | treated.eq("unknown") & entries["entry_type_code"].eq("23")), 0)
    entries["principal"] = owed.where(~(entries["prior_refund"] >= entries["high"]), 0)
    return entries


def unknown_where(passed: pd.Series, unknown: pd.Series) -> np.ndarray:
    """Of a rule 1 for passed, 0 for failed, 2 for unknown."""
    return np.where(unknown, 2, np.asarray(passed, dtype=bool))


# ---- interest ------------------------------------------------------------------------------------------------------


def growth(seeds: Path, first: date, last: date) -> dict[str, list[Decimal]]:
    """What a dollar of the first day has become by each day, by class, compounded daily at a 365th of the rate."""
    rates = pd.read_csv(seeds / "interest_rates.csv", dtype=str)
    rates = rates[rates["withdrawn_date"].isna()]
    every = pd.date_range(first, last)
    place = np.searchsorted(pd.to_datetime(rates["quarter_start"]), every, side="right") - 1
    grown = {}
    with localcontext(prec=40):
        for name in ("corporate", "noncorporate"):
            daily = [Decimal(text) / 365 for text in rates[f"overpayment_{name}_rate"]]
            balance, series = Decimal(1), [Decimal(1)]
            for at in place[1:]:
                balance += balance * daily[at]
                series.append(balance)
            grown[name] = series
    return grown


def accrue(entries: pd.DataFrame, day: pd.Timestamp, seeds: Path) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Interest of every entry with principal, and what it is made of quarter by quarter."""
    holidays = pd.read_csv(seeds / "federal_holidays.csv", dtype=str)["holiday_date"].to_numpy("datetime64[D]")
    owed = entries[entries["principal"] > 0].copy()
    owed["deposit_date"] = deposit_days(owed, holidays)
    owed["end_date"] = end_days(owed, day, holidays)
    owed["rate_class"] = owed["rate_class"].fillna("corporate")
    pairs = owed[PAIR].drop_duplicates(ignore_index=True)
    first = pairs["deposit_date"].min().date()
    grown = growth(seeds, first, max(pairs["end_date"].max().date(), day.date()))
    with localcontext(prec=40):
        pairs["factor_exact"] = [
            grown[name][(end.date() - first).days] / grown[name][(start.date() - first).days] - 1
            for start, end, name in pairs.itertuples(index=False, name=None)
        ]
    pairs["factor"] = pairs["factor_exact"].astype(float)
    owed = owed.merge(pairs, on=PAIR, how="left")
    raw = owed["principal"].to_numpy("float64") * owed["factor"].to_numpy()
    owed["interest"] = np.floor(raw + 0.5).astype("int64")
    near = np.abs(raw - np.floor(raw) - 0.5) < 1e-5  # so near to half a cent that a double could err
    exact = zip(owed.loc[near, "principal"], owed.loc[near, "factor_exact"], strict=True)
    owed.loc[near, "interest"] = np.array(
        [int((int(principal) * factor).quantize(Decimal(1), ROUND_HALF_UP)) for principal, factor in exact],
        dtype="int64",
    )
    pieces = segments(pairs, grown, first)
    earned = owed[["entry_number", "principal", *PAIR]].merge(
        pieces[[*PAIR, "from_date", "to_date", "segment_factor"]], on=PAIR, how="left"
    )
    earned["interest_unrounded"] = earned["principal"] * earned["segment_factor"]
    return owed.drop(columns=["factor_exact"]), earned.drop(columns=["deposit_date", "end_date"])


def deposit_days(owed: pd.DataFrame, holidays: np.ndarray) -> pd.Series:
    """The entry summary date, or the 15th working day of the next month where statements are paid by the month."""
    month = owed["entry_date"].to_numpy("datetime64[M]") + np.timedelta64(1, "M")
    paid = np.busday_offset(month.astype("datetime64[D]"), 14, roll="forward", holidays=holidays)
    monthly = owed["periodic_monthly_statement"].eq("Y").to_numpy()
    return pd.Series(
        np.where(monthly, paid.astype("datetime64[ns]"), owed["entry_summary_date"].to_numpy("datetime64[ns]")),
        index=owed.index,
    )


def end_days(owed: pd.DataFrame, day: pd.Timestamp, holidays: np.ndarray) -> pd.Series:
    """The liquidation that paid, else the one foreseen from the acceptance or, where it could be filed, from the day.

    What is held, or not taken, runs to the day; so does what was foreseen and has passed.
    """
    status = owed["liquidation_status_before"].astype(str)
    start = owed["accepted_date"].where(owed["is_accepted"], day)
    next_business_day = np.busday_offset(
        (start + pd.Timedelta(days=1)).to_numpy("datetime64[D]"), 0, roll="forward", holidays=holidays
    ).astype("datetime64[ns]")
    on_day_45 = (start + pd.Timedelta(days=45)).to_numpy("datetime64[ns]")
    foreseen = pd.Series(np.where(status.eq("Liquidated"), next_business_day, on_day_45), index=owed.index)
    is_open = owed["is_accepted"] | owed["cape_status"].eq("eligible")
    foreseen = foreseen.where(is_open & ~status.isin(NOT_LIQUIDATED) & (foreseen >= day))
    return owed["settled_date"].fillna(foreseen).fillna(day)


def segments(pairs: pd.DataFrame, grown: dict[str, list[Decimal]], first: date) -> pd.DataFrame:
    """What each pair of days earns quarter by quarter: the rows behind an interest statement."""
    starts = pairs["deposit_date"].dt.to_period("Q")
    count = (pairs["end_date"].dt.to_period("Q").astype("int64") - starts.astype("int64") + 1).to_numpy()
    parts = pairs.drop(columns=["factor_exact"]).loc[pairs.index.repeat(count)].reset_index(names="pair")
    quarter = pd.PeriodIndex.from_ordinals(
        parts["deposit_date"].dt.to_period("Q").astype("int64") + parts.groupby("pair").cumcount(), freq="Q"
    )
    parts["from_date"] = np.maximum(parts["deposit_date"], quarter.start_time - pd.Timedelta(days=1))
    parts["to_date"] = np.minimum(parts["end_date"], quarter.end_time.normalize())
    offsets = {name: np.array(series, dtype=float) for name, series in grown.items()}
    base = pd.Timestamp(first)
    at = [(parts[name] - base).dt.days.to_numpy() for name in ("deposit_date", "from_date", "to_date")]
    value = np.empty(len(parts))
    for name, series in offsets.items():
        chosen = parts["rate_class"].eq(name).to_numpy()
        deposit, begin, end = (place[chosen] for place in at)
        value[chosen] = (series[end] - series[begin]) / series[deposit]
    parts["segment_factor"] = value
    return parts[parts["from_date"] < parts["to_date"]]


# ---- all of it -----------------------------------------------------------------------------------------------------


def entry_facts(
    exports: Path, lines: pd.DataFrame, facts: pd.DataFrame, spoiled: pd.DataFrame, claims: pd.DataFrame
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """One row an entry with all that decides it, and the refunds."""
    entries = facts.join(lines.groupby("entry_number", sort=False)[["paid", "low", "high", *BUCKETS]].sum())
    missing = spoiled["entry_number"][spoiled["entry_number"].str.fullmatch("[A-Z0-9]{11}")].unique()
    entries = entries.reindex(entries.index.union(pd.Index(missing, name="entry_number")))
    entries["is_complete"] = ~entries.index.isin(missing)
    entries = entries.join(claims.set_index("entry_number"))
    entries["is_accepted"] = entries["is_accepted"].eq(other=True)
    es022 = read_one(exports, "ES-022_*.csv", US_DAY)
    es022["principal"], es022["interest"] = cents(es022["refund_amount"]), cents(es022["interest_amount"])
    refunds = reconcile(exports, es022)
    paid = es022.drop_duplicates("entry_summary_number").set_index("entry_summary_number")
    entries["refund_number"] = paid["refund_number"]
    entries["match_status"] = entries["refund_number"].map(refunds["match_status"])
    settled = entries.index.to_series().map(paid["liquidation_date"])
    entries["settled_date"] = settled.where(settled >= entries["accepted_date"])
    entries["refunded_interest"] = paid["interest"]
    told = read_one(exports, "entry_facts.csv").drop_duplicates("entry_number", keep="last").set_index("entry_number")
    entries = entries.join(
        told[["adcvd_status", "drawback", "protest_scope", "recon_09_filed", "recon_due_date", "surety_paid"]]
    )
    entries["protest_status_fact"] = told["protest_status"]
    entries["prior_refund"] = cents(told["prior_refund_usd"]).astype("float64")
    importers = read_one(exports, "importers.csv").set_index("importer_number")
    number = entries["importer_number"].astype(object)
    entries["rate_class"] = number.map(importers["rate_class"])
    entries["periodic_monthly_statement"] = number.map(importers["periodic_monthly_statement"])
    entries["is_check_digit_right"] = has_right_check_digit(entries.index.to_series())
    return entries.reset_index(), refunds.reset_index()


def check(name: str, frame: pd.DataFrame, key: list[str], required: list[str]) -> None:
    """What a careful writer makes sure of before a table is written: its key and what may not be missing.

    Raises:
        ValueError: a key stands twice, or a cell that must be filled is empty.
    """
    if frame.duplicated(key).any():
        raise ValueError(f"{name}: {key} is not a key")
    if frame[[*key, *required]].isna().any(axis=None):
        raise ValueError(f"{name}: empty cells among {required}")


def write_drafts(drafted: pd.DataFrame, folder: Path) -> pd.DataFrame:
    """A CSV file for each importer and 9,999 entries, with its hash. Grain: file."""
    folder.mkdir(exist_ok=True)
    told = []
    for (importer, number), part in drafted.groupby(["importer_number", "file_number"], observed=True, sort=True):
        path = folder / f"cape_{importer}_{number}.csv"
        content = ("Entry Summary Number\r\n" + "\r\n".join(part["entry_number"]) + "\r\n").encode("ascii")
        path.write_bytes(content)
        told.append((path.name, len(part), hashlib.sha256(content).hexdigest()))
    return pd.DataFrame(told, columns=["file_name", "entry_count", "sha256"])


def run(exports: Path, out: Path, as_of: date) -> dict[str, object]:
    """From exports to Parquet; returns the sums that are compared."""
    out.mkdir(parents=True, exist_ok=True)
    seeds, day = project_files("registry_seeds"), pd.Timestamp(as_of)
    loads_of(exports).to_parquet(out / "loads.parquet", index=False)
    rows, spoiled = read_rows(exports)
    check("received rows", rows, ["load_number", "source_row"], ["entry_number", "hts_number", "run_date"])
    rows.to_parquet(out / "received_rows.parquet", index=False)
    claims = claims_of(exports)
    standing, facts = baselines(rows, claims)
    earlier = standing.drop_duplicates("entry_number").set_index("entry_number")["liquidation_status"]
    del rows
    classified = classify(standing, seeds)
    del standing
    check("classified lines", classified, [*LINE, "tariff_ordinal"], ["bucket", "anomalies", "is_certain"])
    classified.to_parquet(out / "classified_lines.parquet", index=False)
    lines = split(classified)
    del classified
    check("duty splits", lines, LINE, ["paid", "low", "high", "split_basis"])
    if (lines["low"] > lines["high"]).any() or (lines["high"] > lines["paid"]).any():
        raise ValueError("duty splits: more IEEPA duty than was paid")
    lines.to_parquet(out / "duty_splits.parquet", index=False)
    entries, refunds = entry_facts(exports, lines, facts, spoiled, claims)
    entries["liquidation_status_before"] = entries["entry_number"].map(earlier)
    entries = judge(entries, day, seeds)
    check("eligibility", entries, ["entry_number"], ["cape_status", "recommended_path"])
    accruals, pieces = accrue(entries, day, seeds)
    check("interest accruals", accruals, ["entry_number"], ["interest", "deposit_date", "end_date"])
    position = entries.groupby(["cape_status", "recommended_path"])[["principal"]].agg(["count", "sum"])
    position.columns = ["entries", "principal"]
    drafted = entries.loc[entries["recommended_path"].eq("file_cape"), ["entry_number", "importer_number"]]
    drafted = drafted.sort_values(["importer_number", "entry_number"])
    drafted["file_number"] = drafted.groupby("importer_number", observed=True).cumcount() // 9_999 + 1
    for name, frame in (
        ("eligibility", entries),
        ("interest_accruals", accruals),
        ("interest_segments", pieces),
        ("reconciliation", refunds),
        ("declaration_entries", drafted),
        ("declarations", write_drafts(drafted, out / "declarations")),
        ("position", position.reset_index()),
    ):
        frame.to_parquet(out / f"{name}.parquet", index=False)
    return {
        "entries": len(entries),
        "principal_cents": int(entries["principal"].sum()),
        "interest_cents": int(accruals["interest"].sum()),
        "eligible": int(entries["cape_status"].isin(["eligible", "eligible_paid_on_liquidation"]).sum()),
    }


def main() -> None:
    exports, out, as_of = Path(sys.argv[1]), Path(sys.argv[2]), date.fromisoformat(sys.argv[3])
    imported = time.process_time()
    told = run(exports, out, as_of)
    sys.stdout.write(json.dumps({**told, "work_cpu": time.process_time() - imported}) + "\n")


if __name__ == "__main__":
    main()
