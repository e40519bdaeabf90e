"""The licence of every installed package is known and accepted, and their list is of the packages that are pinned."""

import re

import pytest

from tests.supply_chain.licences import LIST, expression_of, installed_licences, is_acceptable, policy, run
from tests.supply_chain.pins import CONSTRAINTS, needed_to_run, pinned

ROW = re.compile(r"^\| (\S+) \| (\S+) \| (.+) \| (run|test) \|$", re.MULTILINE)


def test_every_licence_here_is_accepted_and_listed() -> None:
    listed = {name: row for name, *row in ROW.findall(LIST.read_text(encoding="utf-8"))}
    acceptable = policy()["acceptable"]
    for one in installed_licences():
        assert is_acceptable(one.expression, acceptable), f"{one.package}: {one.expression}"
        # which packages others need to run differs between versions of Python, whose older ones need more
        assert listed[one.package][:2] == [one.version, one.expression]


def test_the_list_holds_each_pin_once_in_its_version_and_no_other() -> None:
    listed = [(name, version) for name, version, *_ in ROW.findall(LIST.read_text(encoding="utf-8"))]
    assert listed == sorted(pinned(CONSTRAINTS.read_text(encoding="utf-8")).items())


def test_what_the_product_imports_is_needed_to_run_and_what_tests_import_is_not() -> None:
    needed = needed_to_run()
    assert {"dagster", "duckdb", "celery", "psycopg2-binary", "redis", "pyarrow"} <= needed
    assert not {"pytest", "hypothesis", "moto", "playwright", "ruff"} & needed


def test_each_licence_of_the_policy_says_what_it_asks_and_is_some_package_s() -> None:
    rules = policy()
    assert all(rules["acceptable"].values())
    used = " ".join(found[2] for found in ROW.findall(LIST.read_text(encoding="utf-8"))).split()
    assert set(rules["acceptable"]) - set(used) == set()
    assert set(rules["called"].values()) <= set(rules["acceptable"])


RULES = {"called": {"MIT License": "MIT", "Apache Software License": "Apache-2.0"}, "read": {}}


@pytest.mark.parametrize(
    ("names", "expression"),
    [
        (("mit", None, []), "MIT"),
        (("MIT OR Apache-2.0", "something else", ["Other"]), "MIT OR Apache-2.0"),
        ((None, "BSD-3-Clause", []), "BSD-3-Clause"),
        ((None, "MIT License", []), "MIT"),
        ((None, "the whole text of a licence", ["OSI Approved", "MIT License"]), "MIT"),
        ((None, None, ["MIT License", "Apache Software License"]), "Apache-2.0 AND MIT"),
        ((None, None, ["MIT License", "Some Licence of Ours"]), None),
        ((None, "Copyright, all rights reserved", []), None),
        ((None, None, ["OSI Approved"]), None),
        ((None, None, []), None),
    ],
)
def test_a_licence_is_what_the_metadata_say_plainly_and_else_unknown(names, expression) -> None:
    assert expression_of("some", "1.0", names, RULES) == expression


def test_what_somebody_read_holds_for_that_version_alone() -> None:
    rules = {**RULES, "read": {"some": {"version": "1.0", "licence": "ISC"}}}
    assert expression_of("some", "1.0", (None, None, []), rules) == "ISC"
    assert expression_of("some", "1.1", (None, None, []), rules) is None


@pytest.mark.parametrize(
    ("expression", "accepted"),
    [
        ("MIT", True),
        ("MIT AND ISC", True),
        ("MIT AND GPL-3.0-only", False),
        ("GPL-3.0-only OR MIT", True),
        ("GPL-3.0-only", False),
        ("Apache-2.0", False),
        ("(MIT OR GPL-3.0-only) AND ISC", False),
        (None, False),
    ],
)
def test_one_alternative_must_ask_only_for_what_is_accepted_and_the_unknown_never_is(expression, accepted) -> None:
    assert is_acceptable(expression, ["MIT", "ISC"]) is accepted


def test_an_unknown_licence_fails_the_command(monkeypatch: pytest.MonkeyPatch) -> None:
    stricter = {**policy(), "read": {}}
    monkeypatch.setattr("tests.supply_chain.licences.policy", lambda: stricter)
    lines, code = run(writes=False)
    assert code == 1
    assert lines[0].startswith("psycopg2-binary ")
    assert "not named plainly" in lines[0]


def test_other_versions_than_the_pinned_ones_prove_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tests.supply_chain.licences.pinned", lambda text: {"duckdb": "0.1"} if text else {})
    lines, code = run(writes=False)
    assert (len(lines), code) == (1, 2)
    assert "install the pins" in lines[0]
