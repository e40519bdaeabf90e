"""The shipped seeds: all of them load, are cited, keep their contracts and say what the law says."""

import re
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path

import polars as pl
import pytest
from holidays import country_holidays

from cape_pipeline.contracts import registry as contracts
from cape_pipeline.registry.load import load_registry
from cape_pipeline.registry.models import SEEDS, columns
from cape_pipeline.warehouse.contract import TableContract

SEED_FOLDER = Path(__file__).parents[3] / "registry_seeds"
CONTRACTS = {
    contract.table_id(): contract
    for contract in vars(contracts).values()
    if isinstance(contract, type) and issubclass(contract, TableContract) and contract.source == "python"
    if contract
    not in (
        TableContract,
        contracts.AsOf,
        contracts.BankOriginators,
        contracts.ChosenPolicies,
        contracts.ChosenSubmitters,
        contracts.DeclarationForms,
    )
}
RULES = [
    "DATA-COMPLETE",
    "BASELINE",
    "CHECK-DIGIT",
    "SUMMARY-STATUS",
    "ENTRY-DAY",
    "CAPE-OPEN",
    "ALREADY-ACCEPTED",
    "ACCEPTED-ONCE",
    "CBP-VERDICT",
    "PRIOR-REFUND",
    "PREFERENCE-CLAIM",
    "IEEPA-DUTY",
    "DUTY-DEPOSITED",
    "ENTRY-TYPE-EXCLUDED",
    "ENTRY-TYPE-KNOWN",
    "WAREHOUSE-ENTRY",
    "DRAWBACK",
    "LIQUIDATION-STATUS",
    "STALE-STATUS",
    "DEEMED-LIQUIDATED",
    "PROTEST",
    "LIQUIDATION-80-DAYS",
    "THIRD-PHASE",
    "RECON-FLAG",
    "RECON-09",
    "RECON-DUE-DATE",
    "RECON-DUE-75-DAYS",
    "AD-CVD",
    "SURETY",
    "UNDER-REVIEW",
    "PAYEE-BOX28",
    "NET-UNDER-20",
]
CAPE_OPENS = date(2026, 4, 20)


@pytest.fixture(scope="module")
def registry() -> dict[str, pl.DataFrame]:
    return load_registry(SEED_FOLDER)


def live(frame: pl.DataFrame, **equal: object) -> pl.DataFrame:
    return frame.filter(pl.col("withdrawn_date").is_null(), *[pl.col(name) == value for name, value in equal.items()])


def in_force(frame: pl.DataFrame, day: date, **equal: object) -> pl.DataFrame:
    return live(frame, **equal).filter(
        pl.col("effective_from").is_null() | (pl.col("effective_from") <= day),
        pl.col("effective_to").is_null() | (pl.col("effective_to") >= day),
    )


# --- the whole -------------------------------------------------------------------------------------------------------


def test_every_seed_has_a_contract_and_every_contract_a_seed() -> None:
    assert {f"registry.{table}" for table in SEEDS} == set(CONTRACTS)


@pytest.mark.parametrize("table_id", sorted(CONTRACTS))
def test_every_table_keeps_its_contract(registry: dict[str, pl.DataFrame], table_id: str) -> None:
    CONTRACTS[table_id].check_frame(registry[table_id])


@pytest.mark.parametrize("table", sorted(SEEDS))
def test_the_columns_of_a_seed_are_those_of_its_contract(table: str) -> None:
    assert columns(SEEDS[table]) == CONTRACTS[f"registry.{table}"].column_names()


@pytest.mark.parametrize(
    ("table", "rows"),
    [("ieepa_headings", 217), ("chapter99_families", 126), ("interest_rates", 176), ("federal_holidays", 77)],
)
def test_no_researched_row_is_lost(registry: dict[str, pl.DataFrame], table: str, rows: int) -> None:
    assert live(registry[f"registry.{table}"]).height == rows


def test_every_row_is_cited_by_a_document_in_the_sources(registry: dict[str, pl.DataFrame]) -> None:
    known = set(registry["registry.sources"]["source"])
    for table_id, frame in registry.items():
        if table_id != "registry.sources":
            assert set(frame["source"]) <= known, table_id
            assert "" not in set(frame["locator"]), table_id


def test_every_document_is_cited_by_some_row(registry: dict[str, pl.DataFrame]) -> None:
    cited: set[str] = set()
    for table_id, frame in registry.items():
        if table_id != "registry.sources":
            cited |= set(frame["source"]) | set(re.findall(r"[a-z0-9]+(?:-[a-z0-9]+)+", " ".join(frame["locator"])))
    assert set(registry["registry.sources"]["source"]) - cited == set()


def test_every_document_a_locator_names_is_in_the_sources(registry: dict[str, pl.DataFrame]) -> None:
    known = set(registry["registry.sources"]["source"])
    families = {key.split("-")[0] for key in known if re.search(r"\d", key)} - {"es", "un", "boxc"}
    for table_id, frame in registry.items():
        if table_id != "registry.sources":
            named = set(re.findall(r"[a-z]+(?:-[a-z0-9]+)+", " ".join(frame["locator"])))
            assert {key for key in named if key.split("-")[0] in families} <= known, table_id


def test_a_csms_message_has_the_address_that_its_number_gives(registry: dict[str, pl.DataFrame]) -> None:
    for row in registry["registry.sources"].filter(pl.col("source").str.starts_with("csms-")).to_dicts():
        number = int(row["source"].removeprefix("csms-"))
        assert row["reference"] == f"CSMS {number}"
        assert row["address"].endswith(f"USDHSCBP-{number:x}")


# --- headings --------------------------------------------------------------------------------------------------------


def test_there_are_168_ieepa_headings(registry: dict[str, pl.DataFrame]) -> None:
    assert registry["registry.ieepa_headings"]["heading"].n_unique() == 168


@pytest.mark.parametrize("heading", ["9903.01.50", "9903.02.19", "9903.02.20", "9903.02.74", "9903.02.77"])
def test_the_european_union_is_written_out_as_its_27_members(registry: dict[str, pl.DataFrame], heading: str) -> None:
    countries = live(registry["registry.ieepa_headings"], heading=heading)["countries"][0].to_list()
    members = set(countries) - {"JO"}
    assert len(members) == 27
    assert {"DE", "HR", "CY", "MT", "GR"} <= members
    assert members.isdisjoint({"EU", "GB", "CH", "NO", "EL"})


def test_the_five_headings_that_include_column_1_have_a_rule_and_no_rate(registry: dict[str, pl.DataFrame]) -> None:
    floors = live(registry["registry.ieepa_headings"], rate_kind="floor_inclusive")
    assert floors["heading"].to_list() == ["9903.02.20", "9903.02.73", "9903.02.80", "9903.02.83", "9903.02.88"]
    assert set(floors["rate_text"]) == {"max(0.15-column1,0)"}
    assert floors["rate"].null_count() == 5
    assert registry["registry.ieepa_headings"]["rate"].null_count() == 5


def test_nothing_is_collected_after_23_february_2026(registry: dict[str, pl.DataFrame]) -> None:
    headings = registry["registry.ieepa_headings"]
    assert headings["effective_to"].max() == date(2026, 2, 23)
    assert headings["effective_from"].min() == date(2025, 2, 4)
    assert in_force(headings, date(2026, 2, 23)).height > 0
    assert in_force(headings, date(2026, 2, 24)).height == 0


@pytest.mark.parametrize(
    ("heading", "day", "rate"),
    [
        ("9903.01.20", date(2025, 3, 3), "0.100000"),
        ("9903.01.20", date(2025, 3, 4), None),
        ("9903.01.24", date(2025, 6, 10), "0.200000"),
        ("9903.01.24", date(2025, 11, 9), "0.200000"),
        ("9903.01.24", date(2025, 11, 10), "0.100000"),
        ("9903.01.25", date(2025, 6, 10), "0.100000"),
        ("9903.01.25", date(2025, 4, 4), None),
        ("9903.01.63", date(2025, 4, 9), "0.840000"),
        ("9903.01.63", date(2025, 4, 20), "1.250000"),
        ("9903.01.63", date(2025, 5, 13), "1.250000"),
        ("9903.01.63", date(2025, 5, 14), "0.000000"),
        ("9903.02.30", date(2025, 8, 20), "0.150000"),
        ("9903.02.09", date(2025, 9, 1), "0.100000"),
        ("9903.01.77", date(2025, 9, 1), "0.400000"),
        ("9903.02.26", date(2025, 12, 1), "0.250000"),
        ("9903.01.84", date(2025, 12, 1), "0.250000"),
        ("9903.01.84", date(2026, 2, 6), "0.250000"),
        ("9903.01.84", date(2026, 2, 7), None),
        ("9903.01.10", date(2025, 7, 31), "0.250000"),
        ("9903.01.10", date(2025, 8, 1), "0.350000"),
        ("9903.01.13", date(2025, 7, 31), "0.100000"),
        ("9903.01.13", date(2025, 8, 1), "0.100000"),
        ("9903.01.04", date(2025, 3, 6), None),
        ("9903.01.04", date(2025, 3, 7), "0.000000"),
    ],
)
def test_the_rate_of_a_heading_on_a_day(
    registry: dict[str, pl.DataFrame], heading: str, day: date, rate: str | None
) -> None:
    rates = in_force(registry["registry.ieepa_headings"], day, heading=heading)["rate"].to_list()
    assert rates == ([] if rate is None else [Decimal(rate)])


def test_a_suspended_heading_imposes_no_duty(registry: dict[str, pl.DataFrame]) -> None:
    headings = registry["registry.ieepa_headings"]
    assert headings.filter(pl.col("rate_kind") == "suspended")["imposes_duty"].any() is False
    assert headings["imposes_duty"].sum() == 129


def test_every_programme_has_the_days_its_court_date_needs(registry: dict[str, pl.DataFrame]) -> None:
    headings, dates = registry["registry.ieepa_headings"], registry["registry.programme_dates"]
    assert set(dates["programme"]) == set(headings["programme"])
    assert set(dates["confidence"]) == {"unconfirmed"}
    first = headings.group_by("programme").agg(pl.col("effective_from").min())
    joined = dates.join(first, on="programme")
    assert joined["first_collection_date"].to_list() == joined["effective_from"].to_list()


# --- families --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("digits", "family", "bucket"),
    [
        ("98020080", "ch98_assembly", "chapter_98"),
        ("98130005", "ch98_other", "chapter_98"),
        ("99020101", "mtb", "other_chapter_99"),
        ("99038803", "s301_china", "section_301"),
        ("99038191", "s232_steel", "section_232"),
        ("99034522", "s201_solar", "section_201"),
        ("99030301", "s122", "section_122"),
        ("99030312", "s338_canada", "other_chapter_99"),
        ("99039601", "civil_aircraft_exempt_companion", "ieepa_exempt"),
        ("99030135", "ieepa", "ieepa"),
        ("99040101", "ag_safeguard", "other_chapter_99"),
        ("99220101", "fta_trq", "other_chapter_99"),
        ("01012100", "ordinary", "column_1"),
        ("97069000", "ordinary", "column_1"),
    ],
)
def test_the_narrowest_range_gives_the_family_of_a_number(
    registry: dict[str, pl.DataFrame], digits: str, family: str, bucket: str
) -> None:
    holding = registry["registry.chapter99_families"].filter(
        pl.col("heading_from") <= digits, pl.col("heading_to") >= digits
    )
    narrowest = holding.sort(pl.col("heading_to").cast(pl.Int64) - pl.col("heading_from").cast(pl.Int64)).row(
        0, named=True
    )
    assert (narrowest["family"], narrowest["duty_bucket"]) == (family, bucket)


@pytest.mark.parametrize("digits", ["99030000", "99037700", "99039999", "99240000", "98999999x", "00999999"])
def test_a_number_of_no_family_is_swallowed_by_no_template(registry: dict[str, pl.DataFrame], digits: str) -> None:
    families = registry["registry.chapter99_families"]
    assert families.filter(pl.col("heading_from") <= digits, pl.col("heading_to") >= digits).height == 0


def test_what_is_no_tariff_number_has_neither_range_nor_bucket(registry: dict[str, pl.DataFrame]) -> None:
    others = registry["registry.chapter99_families"].filter(pl.col("heading_from").is_null())
    assert set(others["pattern"]) == {"A-nnn-nnn", "C-nnn-nnn", "499", "501"}
    assert others["duty_bucket"].null_count() == others["heading_to"].null_count() == 4


# --- interest, holidays, timing --------------------------------------------------------------------------------------


def test_the_quarters_follow_each_other_without_a_gap(registry: dict[str, pl.DataFrame]) -> None:
    rates = live(registry["registry.interest_rates"]).sort("quarter_start")
    assert rates["quarter_start"][0] == date(1983, 1, 1)
    assert rates["quarter_end"][-1] == date(2026, 12, 31)
    assert rates["quarter_end"][:-1].dt.offset_by("1d").to_list() == rates["quarter_start"][1:].to_list()


@pytest.mark.parametrize(
    ("quarter", "underpayment", "corporate", "noncorporate"),
    [
        (date(2025, 1, 1), "0.070000", "0.060000", "0.070000"),
        (date(2026, 1, 1), "0.070000", "0.060000", "0.070000"),
        (date(2026, 4, 1), "0.060000", "0.050000", "0.060000"),
        (date(2026, 7, 1), "0.070000", "0.060000", "0.070000"),
        (date(2026, 10, 1), "0.070000", "0.060000", "0.070000"),
        (date(2023, 10, 1), "0.080000", "0.070000", "0.080000"),
        (date(1983, 1, 1), "0.160000", "0.160000", "0.160000"),
    ],
)
def test_interest_rates_are_fractions_a_year(
    registry: dict[str, pl.DataFrame], quarter: date, underpayment: str, corporate: str, noncorporate: str
) -> None:
    row = live(registry["registry.interest_rates"], quarter_start=quarter).row(0, named=True)
    assert row["underpayment_rate"] == Decimal(underpayment)
    assert row["overpayment_corporate_rate"] == Decimal(corporate)
    assert row["overpayment_noncorporate_rate"] == Decimal(noncorporate)


def test_a_rate_without_the_notice_of_cbp_says_how_well_it_is_supported(registry: dict[str, pl.DataFrame]) -> None:
    rates = registry["registry.interest_rates"].filter(pl.col("quarter_start") >= date(2026, 1, 1))
    assert rates["confidence"].to_list() == ["confirmed", "secondary", "inferred", "inferred"]


def test_holidays_stand_on_the_weekday_they_are_observed(registry: dict[str, pl.DataFrame]) -> None:
    holidays = dict(registry["registry.federal_holidays"].select("holiday_date", "holiday_name").iter_rows())
    assert all(day.isoweekday() <= 5 for day in holidays)
    assert holidays[date(2026, 7, 3)] == "Independence Day"
    assert date(2026, 7, 4) not in holidays
    assert holidays[date(2027, 12, 31)] == "New Year's Day"
    assert holidays[date(2029, 11, 12)] == "Veterans Day"
    assert {day.year for day in holidays} == set(range(2024, 2031))


def test_the_holidays_are_those_the_library_that_generated_them_gives(registry: dict[str, pl.DataFrame]) -> None:
    public = country_holidays("US", years=range(2024, 2032), categories=("public",))
    observed = {day for day in public if day.isoweekday() <= 5 and 2024 <= day.year <= 2030}
    assert set(registry["registry.federal_holidays"]["holiday_date"]) == observed


def test_payment_is_timed_from_acceptance_unless_told_otherwise(registry: dict[str, pl.DataFrame]) -> None:
    policies = registry["registry.timing_policies"]
    assert set(policies["timing_policy"]) == {
        "csms_acceptance_60_90",
        "batch_guide_liquidation_60_90",
        "filing_guide_30_60",
    }
    clock = registry["registry.policies"].filter((pl.col("policy_point") == "payment_clock") & pl.col("is_default"))
    default = policies.filter(pl.col("timing_policy") == clock["policy"].item()).row(0, named=True)
    told = [default[name] for name in ("timing_policy", "clock_start", "days_from", "days_to", "liquidation_days_to")]
    assert told == ["csms_acceptance_60_90", "acceptance", 60, 90, 30]


POINTS = {
    "ieepa_first_day": "first_collection",
    "ieepa_last_day": "last_collection",
    "ieepa_heading_range": "every_printed_heading",
    "law_date": "entry_date",
    "zone_goods_date": "privileged_foreign_date",
    "fifteen_percent_headings": "column_1_restored",
    "interest_rates": "published",
    "interest_end": "liquidation",
    "interest_start": "payment_date",
    "interest_ten_thousand_rule": "off",
    "interest_day_count": "last_day_in",
    "interest_divisor": "calendar_year",
    "interest_compounding": "daily",
    "interest_rounding": "once",
    "interest_rounding_mode": "half_up",
    "interest_beyond_rates": "refuse",
    "payment_clock": "csms_acceptance_60_90",
    "liquidation_run": "calendar_day",
    "variance_materiality": "limits_per_entry",
}


def test_every_point_of_disagreement_has_one_default_and_another_reading(registry: dict[str, pl.DataFrame]) -> None:
    policies = registry["registry.policies"]
    assert dict(policies.filter("is_default").select("policy_point", "policy").rows()) == POINTS
    assert set(policies.filter(~pl.col("is_default"))["policy_point"]) == set(POINTS)


def test_the_default_window_of_ieepa_duties_is_that_of_the_headings(registry: dict[str, pl.DataFrame]) -> None:
    policies = {row["policy"]: row["policy_value"] for row in registry["registry.policies"].to_dicts()}
    headings = registry["registry.ieepa_headings"]
    assert policies["first_collection"] == headings["effective_from"].min().isoformat()
    assert policies["last_collection"] == headings["effective_to"].max().isoformat()


# --- CAPE ------------------------------------------------------------------------------------------------------------


def test_the_rules_are_exactly_those_that_stand_as_columns_elsewhere(registry: dict[str, pl.DataFrame]) -> None:
    assert sorted(registry["registry.cape_rules"]["rule_id"]) == sorted(RULES)


def test_no_rule_applies_before_cape_opened(registry: dict[str, pl.DataFrame]) -> None:
    for table in ("cape_rules", "entry_types", "cape_messages"):
        assert registry[f"registry.{table}"]["effective_from"].min() == CAPE_OPENS, table


@pytest.mark.parametrize(
    ("day", "rules"),
    [
        (date(2026, 4, 19), set()),
        (date(2026, 4, 20), {"RECON-FLAG"}),
        (date(2026, 6, 28), {"RECON-FLAG"}),
        (date(2026, 6, 29), {"RECON-09", "RECON-DUE-DATE"}),
        (date(2026, 7, 6), {"RECON-09", "RECON-DUE-DATE"}),
        (date(2026, 7, 7), {"RECON-09", "RECON-DUE-DATE", "WAREHOUSE-ENTRY"}),
    ],
)
def test_the_dated_rules_change_on_their_days(registry: dict[str, pl.DataFrame], day: date, rules: set[str]) -> None:
    dated = {"RECON-FLAG", "RECON-09", "RECON-DUE-DATE", "WAREHOUSE-ENTRY"}
    assert set(in_force(registry["registry.cape_rules"], day)["rule_id"]) & dated == rules


def test_every_rule_says_in_one_sentence_what_it_asks_and_where_to_look(registry: dict[str, pl.DataFrame]) -> None:
    for rule in registry["registry.cape_rules"].to_dicts():
        assert rule["title"][0].isupper(), rule
        assert rule["title"].endswith("."), rule
        assert rule["fact_needed"], rule
        assert rule["where_in_ace"], rule


@pytest.mark.parametrize(("day", "barred"), [(date(2026, 8, 20), []), (date(2026, 8, 21), ["06"])])
def test_only_zone_entries_lose_the_correction_of_ieepa_numbers_and_only_from_21_august_2026(
    registry: dict[str, pl.DataFrame], day: date, barred: list[str]
) -> None:
    types = in_force(registry["registry.entry_types"], day, ieepa_psc_barred=True)
    assert types["entry_type_code"].to_list() == barred


def test_the_messages_a_rule_quotes_are_messages_of_cbp(registry: dict[str, pl.DataFrame]) -> None:
    known = set(registry["registry.cape_messages"]["message"])
    quoted = registry["registry.cape_rules"]["cbp_message"].drop_nulls().str.split("; ").explode()
    assert set(quoted) <= known


@pytest.mark.parametrize(
    ("entry_type", "day", "treatment", "recon_flag"),
    [
        ("01", date(2026, 6, 28), "accepted", False),
        ("01", date(2026, 6, 29), "accepted", True),
        ("06", date(2026, 7, 7), "accepted", True),
        ("03", date(2026, 6, 29), "ad_cvd_rule", False),
        ("07", date(2026, 4, 20), "ad_cvd_rule", False),
        ("08", date(2026, 11, 20), "rejected", False),
        ("09", date(2026, 11, 20), "rejected", False),
        ("47", date(2026, 11, 20), "rejected", False),
        ("21", date(2026, 7, 6), "accepted_paid_on_liquidation", False),
        ("21", date(2026, 7, 7), "rejected", False),
        ("22", date(2026, 7, 7), "rejected", False),
        ("31", date(2026, 7, 7), "accepted_paid_on_liquidation", False),
        ("38", date(2026, 7, 7), "accepted_paid_on_liquidation", False),
        ("11", date(2026, 7, 7), "unknown", False),
        ("86", date(2026, 7, 7), "unknown", False),
    ],
)
def test_what_cape_does_with_a_type_on_a_day(
    registry: dict[str, pl.DataFrame], entry_type: str, day: date, treatment: str, *, recon_flag: bool
) -> None:
    rows = in_force(registry["registry.entry_types"], day, entry_type_code=entry_type)
    assert rows.select("cape_treatment", "recon_flag_allowed").rows() == [(treatment, recon_flag)]


def test_every_entry_type_is_ruled_on_every_day_since_cape_opened(registry: dict[str, pl.DataFrame]) -> None:
    types = registry["registry.entry_types"]
    codes = set(types["entry_type_code"])
    for offset in range(120):
        day = CAPE_OPENS + timedelta(offset)
        assert sorted(in_force(types, day)["entry_type_code"]) == sorted(codes), day


def test_only_warehouse_and_bonded_types_show_duty_that_nobody_deposited(registry: dict[str, pl.DataFrame]) -> None:
    types = registry["registry.entry_types"]
    assert set(types.filter(~pl.col("duty_deposited"))["entry_type_code"]) == {"21", "22", "23"}


@pytest.mark.parametrize(
    ("message", "remedy", "first", "last"),
    [
        ("HTS RELATIONSHIP/SEQUENCE MISMATCH", "refile_unchanged_once", CAPE_OPENS, date(2026, 6, 25)),
        ("GOODS VALUE AMOUNT MUST BE REPORTED ON THE CH 1-97", "refile_unchanged_once", CAPE_OPENS, date(2026, 6, 25)),
        ("INVALID HTS", "psc", date(2026, 6, 25), None),
        ("HTS RELATIONSHIP MISMATCH", "psc", date(2026, 6, 25), None),
        ("ENTRY TYPE NOT ALLOWED", "await_phase", date(2026, 7, 7), None),
        ("STATEMENT PROCESSING NOT COMPLETE", "wait_then_refile", CAPE_OPENS, None),
        ("ENTRY SUMMARY IS IN FINAL LIQUIDATION STATUS", "protest_or_court", CAPE_OPENS, None),
        ("PROTEST ON ENTRY", "remove_cause", CAPE_OPENS, None),
        ("UNABLE TO CALCULATE DUTY", "refile_unchanged_once", CAPE_OPENS, None),
    ],
)
def test_the_remedy_of_a_message(
    registry: dict[str, pl.DataFrame], message: str, remedy: str, first: date, last: date | None
) -> None:
    rows = live(registry["registry.cape_messages"], message=message).select("remedy", "effective_from", "effective_to")
    assert rows.rows() == [(remedy, first, last)]


def test_the_assumptions_other_tables_name_exist(registry: dict[str, pl.DataFrame]) -> None:
    named = {"day_80_inclusive", "column1_restored", "net_under_20", "privileged_foreign_status"}
    assert named <= set(registry["registry.assumptions"]["assumption_id"])


def test_a_stacking_rule_runs_no_longer_than_the_duties_it_is_about(registry: dict[str, pl.DataFrame]) -> None:
    headings = live(registry["registry.ieepa_headings"])
    families = live(registry["registry.chapter99_families"])
    spans = dict[str, tuple[date, date]]()
    for name in {*headings["programme"], *families["family"]}:
        own = headings.filter(pl.col("programme") == name)
        own = families.filter(pl.col("family") == name) if own.is_empty() else own
        spans[name] = (
            own["effective_from"].fill_null(date.min).min(),  # type: ignore[assignment]
            own["effective_to"].fill_null(date.max).max(),
        )
    for rule in live(registry["registry.stacking_rules"]).to_dicts():
        for name in (rule["programme"], *(rule["beside"] if rule["kind"] == "excludes" else ())):
            first, last = spans[name]
            assert first <= rule["effective_from"] <= rule["effective_to"] <= last, (rule["stacking_rule"], name)


def test_what_a_preference_exempts_is_a_heading_of_the_registry_without_duty(
    registry: dict[str, pl.DataFrame],
) -> None:
    exempting = live(registry["registry.preference_claims"], claim_effect="exempts")
    assert sorted(set(exempting["spi_code"])) == ["S", "S+"]
    for claim in exempting.to_dicts():
        (heading,) = live(registry["registry.ieepa_headings"], heading=claim["pattern"]).to_dicts()
        assert (heading["programme"], heading["imposes_duty"]) == (claim["programme"], False)
        assert heading["countries"] == claim["countries"]
        assert [heading["effective_from"], heading["effective_to"]] == [claim["effective_from"], claim["effective_to"]]


def test_a_canadian_province_is_read_as_canada(registry: dict[str, pl.DataFrame]) -> None:
    aliases = dict(registry["registry.origin_aliases"].select("origin_alias", "country_code").iter_rows())
    assert aliases["XO"] == aliases["XQ"] == "CA"
    known = set(registry["registry.ieepa_headings"]["countries"].explode())
    assert known.isdisjoint(aliases)


def test_the_readme_counts_the_rows_that_are_there(registry: dict[str, pl.DataFrame]) -> None:
    readme = (SEED_FOLDER / "README.md").read_text(encoding="utf-8")
    counted = dict(re.findall(r"^\| `(\w+)\.csv` \|.*\| (\d+)[^|]*\|$", readme, flags=re.MULTILINE))
    assert counted == {table: str(registry[f"registry.{table}"].height) for table in SEEDS}
