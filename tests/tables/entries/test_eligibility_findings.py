"""How `entries.eligibility_findings` puts the outcomes of the rules into words.

Belongs here: which findings there are, their message and their source. Does not belong here: the outcomes themselves.
"""

from typing import Any

import duckdb

from tests.support.tables import clear, put, rows_of
from tests.tables.entries.cases import AS_OF, ENTRY, columns_of
from tests.tables.entries.law import seeds
from tests.tables.promises import broken_promises

Connection = duckdb.DuckDBPyConnection
RULES = [
    name
    for name in columns_of("entries.rule_outcomes")
    if name not in ("entry_number", "partition_month", "as_of_date")
]


def findings(con: Connection, **outcomes: Any) -> dict[str, dict[str, Any]]:
    put(con, "registry.as_of", as_of_date=AS_OF)
    put(con, "entries.rule_outcomes", entry_number=ENTRY, **outcomes)
    return {row["rule_id"]: row for row in rows_of(con, "entries.eligibility_findings")}


def test_every_outcome_has_the_rule_of_its_name_and_every_rule_its_outcome(law: Connection) -> None:
    found = findings(law, **dict.fromkeys(RULES, "pass"))
    assert set(found) == {rule.upper().replace("_", "-") for rule in RULES}
    assert set(found) == set(seeds()["registry.cape_rules"]["rule_id"])
    assert broken_promises(law, "entries.eligibility_findings") == []


def test_each_outcome_is_told_under_its_own_rule(law: Connection) -> None:
    for rule in RULES:
        clear(law, "entries.rule_outcomes")
        (told,) = findings(law, **{rule: "fail"})
        assert told == rule.upper().replace("_", "-")


def test_a_rule_without_an_outcome_has_no_finding(law: Connection) -> None:
    assert findings(law, recon_flag=None) == {}


def test_a_passed_rule_is_told_by_its_title_alone(law: Connection) -> None:
    told = findings(law, protest="pass")["PROTEST"]
    assert (told["outcome"], told["message"]) == ("pass", "No protest on the entry is open or suspended.")


def test_a_failed_rule_is_told_with_the_message_of_cbp_where_one_is_published(law: Connection) -> None:
    found = findings(law, protest="fail", surety="fail")
    assert found["PROTEST"]["message"] == "PROTEST ON ENTRY: No protest on the entry is open or suspended."
    assert found["SURETY"]["message"] == "No part of the IEEPA duty was paid by a surety."


def test_an_unknown_fact_is_told_with_what_is_needed_and_where_it_is_found(law: Connection) -> None:
    message = findings(law, recon_09="unknown")["RECON-09"]["message"]
    assert " Needed: reconciliation indicator, entry type, type 09 on file. " in message
    assert message.endswith("or state recon_09_filed in entry_facts.csv.")


def test_an_unknown_fact_of_a_rule_that_names_neither_need_nor_place_is_told_by_the_title_alone(
    law: Connection,
) -> None:
    law.execute("update registry.cape_rules set fact_needed = null, where_in_ace = null where rule_id = 'SURETY'")
    message = findings(law, surety="unknown")["SURETY"]["message"]
    assert message == "No part of the IEEPA duty was paid by a surety."


def test_a_finding_names_window_and_source_of_its_rule(law: Connection) -> None:
    told = findings(law, recon_flag="fail")["RECON-FLAG"]
    window = (told["effective_from"].isoformat(), told["effective_to"].isoformat())
    assert window == ("2026-04-20", "2026-06-28")
    assert told["source"] == "csms-68340863"
    assert told["as_of_date"] == AS_OF


def test_a_withdrawn_wording_is_told_no_more(law: Connection) -> None:
    law.execute("update registry.cape_rules set withdrawn_date = date '2026-12-01' where rule_id = 'SURETY'")
    assert findings(law, surety="fail") == {}
