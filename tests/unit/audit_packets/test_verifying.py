"""A packet judged by itself: each disagreement has its sentence, and nothing it can hold makes the judge fall over."""

import hashlib
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cape_pipeline.audit_packets import verify_packet
from cape_pipeline.audit_packets.verifying import NoPacket, findings
from cape_pipeline.audit_packets.zip_file import zip_bytes

DECLARATION = b"Entry Number\r\nABC00000001\r\n"
LOAD = "1" * 64
MEMBERS = {
    "declaration.csv": DECLARATION,
    "entries.csv": b"entry_number,ieepa_low_usd,refund_principal_usd\r\nABC00000001,7.00,6.50\r\n",
    "facts.csv": b"sha256\r\n",
    "inputs.csv": f"sha256\r\n{LOAD}\r\n".encode(),
    "refunds.csv": b"sha256\r\n",
    "results.csv": b"sha256\r\n",
    "rows.csv": f"entry_number,ieepa_low_usd,sha256\r\nABC00000001,3.00,{LOAD}\r\nABC00000001,4.00,{LOAD}\r\n".encode(),
    "set_aside.csv": b"sha256\r\n",
}
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=8,
)


def sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def manifest(members: dict[str, bytes], **changes: Any) -> dict[str, Any]:
    return {
        "format": "cape-pipeline audit packet",
        "format_version": 1,
        "declaration_file": {
            "state": "as_drafted",
            "sha256": sha256(DECLARATION),
            "file_sha256": sha256(DECLARATION),
        },
        "totals": {"entry_count": 1, "refund_principal_usd": "6.50"},
        "files": {name: {"sha256": sha256(content)} for name, content in members.items()},
        **changes,
    }


def packet(told: Any = None, **changes: bytes) -> bytes:
    """A packet whose members are changed and listed as they are, with this manifest."""
    members = MEMBERS | {f"{name}.csv": content for name, content in changes.items()}
    return zip_bytes({**members, "manifest.json": json.dumps(told or manifest(members)).encode()})


def test_a_packet_whose_files_agree_has_nothing_to_tell() -> None:
    assert verify_packet(packet()) == []


def test_the_rows_of_an_entry_add_up_to_its_duty_to_the_cent() -> None:
    rows = MEMBERS["rows.csv"].replace(b"4.00", b"4.01")
    assert verify_packet(packet(rows=rows)) == [
        "The rows of ABC00000001 contribute 7.01, and entries.csv tells of 7.00."
    ]


def test_an_entry_with_a_row_of_unknown_duty_is_not_held_against_its_rows() -> None:
    assert verify_packet(packet(rows=MEMBERS["rows.csv"].replace(b"4.00", b""))) == []


def test_a_row_of_another_entry_is_named() -> None:
    rows = MEMBERS["rows.csv"] + f"ABC00000019,1.00,{LOAD}\r\n".encode()
    assert verify_packet(packet(rows=rows)) == ["rows.csv quotes rows of ABC00000019, which is not on the declaration."]


def test_entries_that_add_up_to_another_total_are_told() -> None:
    entries = MEMBERS["entries.csv"].replace(b"6.50", b"6.51")
    assert verify_packet(packet(entries=entries)) == [
        "refund_principal_usd of entries.csv adds up to 6.51, and manifest.json tells of 6.50."
    ]


def test_an_unknown_total_is_not_zero() -> None:
    entries = MEMBERS["entries.csv"].replace(b"6.50", b"")
    assert verify_packet(packet(entries=entries)) == [
        "refund_principal_usd of entries.csv adds up to None, and manifest.json tells of 6.50."
    ]


def test_an_entry_that_is_missing_is_told() -> None:
    entries = MEMBERS["entries.csv"].split(b"\r\n")[0] + b"\r\n"
    told = verify_packet(packet(entries=entries))
    assert "entries.csv has 0 entries, and manifest.json tells of 1." in told


@pytest.mark.parametrize("name", ["facts", "refunds", "results", "rows", "set_aside"])
def test_a_file_that_is_quoted_and_not_listed_is_named(name: str) -> None:
    lines = MEMBERS[f"{name}.csv"].replace(LOAD.encode(), b"2" * 64)
    if name != "rows":
        lines += b"2" * 64 + b"\r\n"
    sentence = f"{name}.csv quotes the file with sha256 {'2' * 64}, which inputs.csv does not list."
    assert verify_packet(packet(**{name: lines})) == [sentence]


def test_a_file_said_to_be_the_declaration_has_the_hash_of_the_ledger() -> None:
    told = manifest(MEMBERS)
    told["declaration_file"]["file_sha256"] = "0" * 64
    assert verify_packet(packet(told)) == [
        "declaration.csv is said to be the file itself, but its sha256 is not that of the ledger."
    ]


def test_many_disagreements_of_one_kind_are_counted() -> None:
    more = "".join(f"ABC{n:08},1.00,{LOAD}\r\n" for n in range(100, 130)).encode()
    told = verify_packet(packet(rows=MEMBERS["rows.csv"] + more))
    assert len(told) == 11
    assert told[-1] == "And 20 more of that kind."


@pytest.mark.parametrize(
    "told",
    [
        {"format": "something else", "format_version": 1, "files": {}},
        {"format": "cape-pipeline audit packet", "format_version": 2, "files": {}},
        {"format": "cape-pipeline audit packet", "format_version": 1, "files": {"rows.csv": "x"}},
        [1],
        "text",
    ],
)
def test_another_manifest_is_none_of_a_packet(told: Any) -> None:
    with pytest.raises(NoPacket):
        findings(packet(told))
    (sentence,) = verify_packet(packet(told))
    assert sentence.startswith("This is no audit packet that can be used: ")


@given(st.sampled_from(sorted(MEMBERS)), st.binary(max_size=80), JSON, st.sampled_from(sorted(manifest(MEMBERS))))
def test_whatever_a_packet_holds_the_judge_ends_with_sentences(name: str, content: bytes, told: Any, key: str) -> None:
    for tried in (
        packet(**{name.removesuffix(".csv"): content}),
        packet(manifest(MEMBERS, **{key: told})),
        packet(told),
    ):
        assert all(isinstance(sentence, str) for sentence in verify_packet(tried))
