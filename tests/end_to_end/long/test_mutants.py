"""The mutants of the tables' SELECTs: what each kind of change makes of a SELECT, and that the draw repeats."""

import tomllib
from datetime import date

import pytest

from cape_pipeline.settings import project_files
from tests.support.tables import empty_tables
from tests.tables.entries import test_bank_credits
from tests.trust.mutants import EQUIVALENT, instead_of_files, own_tests, wider_tests
from tests.trust.mutants_made import OPERATORS, draw, mutant_at, parsed, sites_of, table_files

CHANGES = {
    "comparison flipped": (
        "SELECT a < 1 AS b FROM t WHERE c BETWEEN d AND e",
        [
            "SELECT a < 1 AS b FROM t WHERE (c > d AND c <= e)",
            "SELECT a < 1 AS b FROM t WHERE (c >= d AND c < e)",
            "SELECT a <= 1 AS b FROM t WHERE c BETWEEN d AND e",
        ],
    ),
    "join made inner or left": (
        "SELECT a FROM t JOIN u ON t.b = u.b LEFT JOIN v USING (b) CROSS JOIN w",
        [
            "SELECT a FROM t LEFT JOIN u ON t.b = u.b LEFT JOIN v USING (b) CROSS JOIN w",
            "SELECT a FROM t JOIN u ON t.b = u.b JOIN v USING (b) CROSS JOIN w",
        ],
    ),
    "day moved by one": (
        "SELECT a_date <= b AS c, a_date AS d, CAST('9999-12-31' AS DATE) AS e FROM t",
        [
            "SELECT a_date <= b AS c, a_date AS d, CAST('9999-12-30' AS DATE) AS e FROM t",
            "SELECT (a_date + 1) <= b AS c, a_date AS d, CAST('9999-12-31' AS DATE) AS e FROM t",
        ],
    ),
    "and and or swapped": (
        "SELECT a AND (b OR c) AS d FROM t",
        ["SELECT (a OR (b OR c)) AS d FROM t", "SELECT a AND ((b AND c)) AS d FROM t"],
    ),
    "negation turned": (
        "SELECT a IS NULL AS b, NOT c AS d FROM t WHERE a IN (1, 2)",
        [
            "SELECT NOT (a IS NULL) AS b, NOT c AS d FROM t WHERE a IN (1, 2)",
            "SELECT a IS NULL AS b, c AS d FROM t WHERE a IN (1, 2)",
            "SELECT a IS NULL AS b, NOT c AS d FROM t WHERE NOT (a IN (1, 2))",
        ],
    ),
    "least and greatest swapped": (
        "SELECT MAX(a) AS a, ARG_MIN(b, c) AS b, LEAST(d, e) AS d FROM t",
        [
            "SELECT MIN(a) AS a, ARG_MIN(b, c) AS b, LEAST(d, e) AS d FROM t",
            "SELECT MAX(a) AS a, ARG_MAX(b, c) AS b, LEAST(d, e) AS d FROM t",
            "SELECT MAX(a) AS a, ARG_MIN(b, c) AS b, GREATEST(d, e) AS d FROM t",
        ],
    ),
    "order turned": (
        "SELECT ROW_NUMBER() OVER (ORDER BY a NULLS FIRST) AS b FROM t",
        ["SELECT ROW_NUMBER() OVER (ORDER BY a DESC NULLS FIRST) AS b FROM t"],
    ),
    "fallback removed": (
        "SELECT COALESCE(a, 0) AS a, COALESCE(b, c, d) AS b FROM t",
        ["SELECT a AS a, COALESCE(b, c, d) AS b FROM t", "SELECT COALESCE(a, 0) AS a, COALESCE(b, c) AS b FROM t"],
    ),
    "branch removed": (
        "SELECT CASE WHEN a THEN 1 WHEN b THEN 2 ELSE 3 END AS c FROM t",
        [
            "SELECT CASE WHEN b THEN 2 ELSE 3 END AS c FROM t",
            "SELECT CASE WHEN a THEN 1 ELSE 3 END AS c FROM t",
            "SELECT CASE WHEN a THEN 1 WHEN b THEN 2 END AS c FROM t",
        ],
    ),
    "union branch dropped": (
        "WITH t AS (SELECT 1 AS a) SELECT a FROM t UNION ALL SELECT b FROM u",
        ["WITH t AS (SELECT 1 AS a) SELECT a FROM t", "WITH t AS (SELECT 1 AS a) SELECT b FROM u"],
    ),
    "distinct dropped": (
        "SELECT DISTINCT a FROM t UNION SELECT COUNT(DISTINCT b) FROM u",
        [
            "SELECT DISTINCT a FROM t UNION ALL SELECT COUNT(DISTINCT b) FROM u",
            "SELECT a FROM t UNION SELECT COUNT(DISTINCT b) FROM u",
            "SELECT DISTINCT a FROM t UNION SELECT COUNT(b) FROM u",
        ],
    ),
    "constant changed": (
        "SELECT 'a' AS a, 0.05 AS b, TRUE AS c, CAST(d AS DECIMAL(18, 2)) AS d FROM t",
        [
            "SELECT 'a' AS a, 0.05 AS b, FALSE AS c, CAST(d AS DECIMAL(18, 2)) AS d FROM t",
            "SELECT 'ax' AS a, 0.05 AS b, TRUE AS c, CAST(d AS DECIMAL(18, 2)) AS d FROM t",
            "SELECT 'a' AS a, 0.06 AS b, TRUE AS c, CAST(d AS DECIMAL(18, 2)) AS d FROM t",
        ],
    ),
    "plus and minus swapped": ("SELECT a + b AS c FROM t", ["SELECT (a - b) AS c FROM t"]),
    "condition dropped": (
        "SELECT COUNT(*) FILTER(WHERE a) AS b FROM t WHERE c AND d",
        [
            "SELECT COUNT(*) FILTER(WHERE a) AS b FROM t",
            "SELECT COUNT(*) FILTER(WHERE a) AS b FROM t WHERE c",
            "SELECT COUNT(*) FILTER(WHERE a) AS b FROM t WHERE d",
            "SELECT COUNT(*) AS b FROM t WHERE c AND d",
        ],
    ),
    "list member dropped": (
        "SELECT a IN (1, 2) AS b FROM t",
        ["SELECT a IN (2) AS b FROM t", "SELECT a IN (1) AS b FROM t"],
    ),
    "partition dropped": (
        "SELECT SUM(a) OVER (PARTITION BY b, c) AS d FROM t",
        ["SELECT SUM(a) OVER (PARTITION BY c) AS d FROM t", "SELECT SUM(a) OVER (PARTITION BY b) AS d FROM t"],
    ),
    "sum of another sign": ("SELECT SUM(a) AS a FROM t", ["SELECT (-SUM(a)) AS a FROM t"]),
}


def changed(select: str, operator: str) -> list[str]:
    tree = parsed(select)
    made = [mutant_at("s.t", tree, site) for site in sites_of(tree) if site.operator == operator]
    return [mutant.text for mutant in made if mutant is not None]


def test_every_kind_of_change_is_shown_here() -> None:
    assert set(CHANGES) == set(OPERATORS)


@pytest.mark.parametrize("operator", CHANGES)
def test_a_kind_of_change_makes_these_texts_of_a_select(operator: str) -> None:
    select, texts = CHANGES[operator]
    assert sorted(changed(select, operator)) == sorted(texts)


def test_what_is_null_otherwise_loses_nothing_with_its_otherwise() -> None:
    assert changed("SELECT CASE WHEN a THEN 1 WHEN b THEN 2 ELSE NULL END AS c FROM t", "branch removed") == [
        "SELECT CASE WHEN b THEN 2 ELSE NULL END AS c FROM t",
        "SELECT CASE WHEN a THEN 1 ELSE NULL END AS c FROM t",
    ]


def test_the_same_seed_draws_the_same_mutants_and_another_one_others() -> None:
    texts = {"s.few": "select a from t where a = 1", "s.many": "select a + b as a from t where c < 1 and d <= e or f"}
    first, again, other = (draw(texts, 8, seed) for seed in (1, 1, 2))
    assert first == again
    assert {mutant.mutant_id for mutant in first} != {mutant.mutant_id for mutant in other}
    assert {mutant.table_id for mutant in first} == set(texts)


def test_one_change_is_drawn_once_and_what_the_engine_cannot_plan_is_not_counted() -> None:
    texts = {"s.few": "select a from t where a = 1 and b"}
    drawn = draw(texts, 100, 1, lambda mutant: mutant.operator != "condition dropped")
    assert len(drawn) == len({mutant.text for mutant in drawn}) == 3


def test_a_mutant_keeps_its_name_when_another_part_of_the_file_changes() -> None:
    def ids(select: str) -> set[str]:
        return {
            mutant.mutant_id for mutant in draw({"s.t": select}, 9, 1) if mutant.operator == "plus and minus swapped"
        }

    assert ids("select a + b as c, 1 as d from t") == ids("select a + b as c, 2 as d from t")
    assert ids("select a + b as c, 1 as d from t") != ids("select a + b as e, 1 as d from t")


def test_every_table_that_a_select_builds_has_tests_of_its_own_and_wider_ones() -> None:
    tables = table_files(project_files("sql"))
    assert [table_id for table_id in tables if not own_tests(table_id)] == []
    assert "tests/tables/entries/test_credit_matches.py" in wider_tests("entries.bank_credits")
    own = own_tests("entries.open_deadlines")
    assert own == (
        "tests/tables/entries/test_open_deadlines.py", "tests/tables/reports/test_deadline_calendar.py",
    )  # fmt: skip
    assert not set(own_tests("entries.bank_credits")) & set(wider_tests("entries.bank_credits"))


def test_what_is_judged_equivalent_is_a_mutant_of_the_file_as_it_stands_and_says_why() -> None:
    listed = tomllib.loads(EQUIVALENT.read_text(encoding="utf-8"))["mutant"]
    assert len({mutant["id"] for mutant in listed}) == len(listed)
    tables = table_files(project_files("sql"))
    for told in listed:
        tree = parsed(tables[told["table"]].read_text(encoding="utf-8"))
        sites = [site for site in sites_of(tree) if site.operator == told["operator"]]
        found = filter(None, (mutant_at(told["table"], tree, site) for site in sites))
        assert told["id"] in {mutant.mutant_id for mutant in found}, told
        assert told["reason"].endswith(".")
        assert isinstance(told["judged"], date)


def test_a_mutant_stands_in_place_of_its_file_and_the_tests_of_the_table_tell_it() -> None:
    table_id = "entries.bank_credits"
    path = table_files(project_files("sql"))[table_id]
    written = path.read_text(encoding="utf-8")
    tree = parsed(written)
    mutants = filter(None, (mutant_at(table_id, tree, site) for site in sites_of(tree)))
    late = next(mutant for mutant in mutants if "value_date < day.as_of_date" in mutant.after)

    def on_its_day() -> None:
        with empty_tables() as con:
            test_bank_credits.test_a_credit_after_the_day_is_not_seen(con, 0, is_seen=True)

    with instead_of_files({table_id: late.text}), pytest.raises(AssertionError):
        on_its_day()
    on_its_day()
    assert path.read_text(encoding="utf-8") == written
