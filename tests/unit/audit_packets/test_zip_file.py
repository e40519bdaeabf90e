"""The one form of ZIP a packet has: the same members are the same bytes, a changed byte is seen, others are refused."""

import io
import struct
import tracemalloc
import zipfile
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cape_pipeline.audit_packets import zip_file
from cape_pipeline.audit_packets.zip_file import FIXED_TIME, MOST_MEMBERS, UnusablePacket, is_whole, unzip, zip_bytes

MEMBERS = {"rows.csv": b"a,b\r\n1,2\r\n", "README.txt": b"words\r\n", "manifest.json": b"{}\n"}


def strange(*names: str, content: bytes = b"x", method: int = zipfile.ZIP_DEFLATED) -> bytes:
    """A ZIP by another program, with these members."""
    told = io.BytesIO()
    with zipfile.ZipFile(told, "w", method) as packed:
        for name in names:
            packed.writestr(name, content)
    return told.getvalue()


def test_what_is_packed_comes_out_again_in_order_of_name() -> None:
    packed = zip_bytes(MEMBERS)
    assert unzip(packed) == MEMBERS
    assert list(unzip(packed)) == ["README.txt", "manifest.json", "rows.csv"]
    assert is_whole(packed)


def test_another_program_reads_it_and_it_holds_no_clock() -> None:
    with zipfile.ZipFile(io.BytesIO(zip_bytes(MEMBERS))) as packed:
        assert packed.testzip() is None
        assert {info.date_time for info in packed.infolist()} == {FIXED_TIME}
        assert {info.compress_type for info in packed.infolist()} == {zipfile.ZIP_DEFLATED}


def test_the_order_of_the_members_makes_no_difference() -> None:
    assert zip_bytes(MEMBERS) == zip_bytes(dict(reversed(MEMBERS.items())))


def test_every_changed_byte_is_seen() -> None:
    packed = zip_bytes(MEMBERS)
    unseen = []
    for place in range(len(packed)):
        for sign in (1, 128):
            changed = bytearray(packed)
            changed[place] ^= sign
            if is_whole(bytes(changed)):
                unseen.append(place)
    assert unseen == []


@given(st.integers(1, 400))
def test_what_is_cut_off_or_put_before_or_behind_is_seen(count: int) -> None:
    packed = zip_bytes(MEMBERS)
    assert not is_whole(packed[:-count])
    assert not is_whole(packed[count:])
    assert not is_whole(packed + b"x" * count)
    assert not is_whole(b"x" * count + packed)


@pytest.mark.parametrize(
    "name", ["../rows.csv", "/etc/passwd", "a/rows.csv", "C:\\rows.csv", "rows.exe", ".csv", "rows"]
)
def test_a_member_with_a_path_or_a_strange_name_is_refused(name: str) -> None:
    with pytest.raises(ValueError, match="is no name of a member"):
        zip_bytes({name: b"x"})
    with pytest.raises(UnusablePacket, match=r"a member named|no ZIP file"):
        unzip(strange(name))


def test_two_members_of_one_name_are_refused() -> None:
    with pytest.warns(UserWarning, match="Duplicate name"):
        twice = strange("rows.csv", "rows.csv")
    with pytest.raises(UnusablePacket, match="two members of one name"):
        unzip(twice)


def test_more_members_than_a_packet_has_are_refused() -> None:
    names = [f"a{n}.csv" for n in range(MOST_MEMBERS + 1)]
    assert len(unzip(strange(*names[:-1]))) == MOST_MEMBERS
    with pytest.raises(UnusablePacket, match="65 members"):
        unzip(strange(*names))


def test_a_zip_bomb_is_refused_by_what_it_claims() -> None:
    bomb = strange("rows.csv", content=bytes(2_000_000))
    assert len(bomb) < 4_000
    with pytest.raises(UnusablePacket, match="claims more than 1 MB unpacked"):
        unzip(bomb, most_unpacked=1 << 20)


def test_a_zip_bomb_that_claims_little_is_refused_without_being_unpacked() -> None:
    many = 64_000_000
    bomb = bytearray(strange("rows.csv", content=bytes(many)))
    size = struct.pack("<L", many)
    for place in (bomb.find(size), bomb.rfind(size)):
        bomb[place : place + 4] = struct.pack("<L", 10)
    tracemalloc.start()
    try:
        with pytest.raises(UnusablePacket, match="damaged"):
            unzip(bytes(bomb))
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak < 8_000_000


def test_a_member_larger_than_any_of_a_packet_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(zip_file, "MOST_MEMBER_BYTES", 10)
    with pytest.raises(UnusablePacket, match="a member of it claims more than"):
        unzip(strange("rows.csv", content=bytes(11)))


def test_a_file_larger_than_any_packet_is_refused_before_it_is_opened(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(zip_file, "MOST_BYTES", 10)
    with pytest.raises(UnusablePacket, match="and no packet has"):
        unzip(bytes(11))


def test_an_encrypted_member_is_refused() -> None:
    packed = bytearray(strange("rows.csv"))
    central = packed.find(b"PK\x01\x02")
    packed[central + 8] |= 1
    with pytest.raises(UnusablePacket, match="encrypted"):
        unzip(bytes(packed))


def test_a_member_compressed_in_another_way_is_refused() -> None:
    with pytest.raises(UnusablePacket, match="compressed in a way no packet is"):
        unzip(strange("rows.csv", method=zipfile.ZIP_LZMA))


def broken_data(packed: bytes) -> bytes:
    """The data of the first member begin with what no deflate begins with."""
    start = 30 + len("README.txt")
    return packed[:start] + b"\xff\xff\xff" + packed[start + 3 :]


@pytest.mark.parametrize(
    "damage", [lambda _: b"", lambda _: b"PK\x05\x06", lambda _: b"no zip", lambda packed: packed[:-130], broken_data]
)
def test_what_is_no_zip_or_a_damaged_one_is_refused(damage: Callable[[bytes], bytes]) -> None:
    with pytest.raises(UnusablePacket):
        unzip(damage(zip_bytes(MEMBERS)))


@given(st.binary(max_size=300))
def test_no_bytes_at_all_raise_anything_else(content: bytes) -> None:
    for tried in (content, zip_bytes(MEMBERS)[:60] + content, content + zip_bytes(MEMBERS)[-200:]):
        assert not is_whole(tried)
        with pytest.raises(UnusablePacket):
            unzip(tried)
