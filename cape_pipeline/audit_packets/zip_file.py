"""A packet as one ZIP file: the same members are the same bytes, and every byte of it can be held against its hash.

Belongs here: writing and reading that one form of ZIP, and refusing any other. Does not belong here: what the members
are (`packets.py`) and what they must agree on (`verifying.py`).

The members are sorted by name and lie flat, at one fixed time, at one level of compression. The comment of the ZIP is
the sha256 of everything before its last record, which itself follows from the rest: no byte can be another one unseen.
A hash is no signature: who changes a packet on purpose can write a new one. The manifest of the run's files names the
sha256 of the packet as it was written.
"""

import hashlib
import io
import re
import struct
import zipfile
import zlib
from collections.abc import Mapping

#: The first day a ZIP can state: a packet has no clock.
FIXED_TIME = (1980, 1, 1, 0, 0, 0)
LEVEL = 6
ON_UNIX, OWNER_READS = 3, 0o100600 << 16
NAME = re.compile(r"[A-Za-z][A-Za-z0-9_]{0,59}\.(?:csv|html|json|txt)")
COMMENT = "cape-pipeline audit packet sha256 "
LAST_RECORD = struct.Struct("<4s4H2LH")
MOST_MEMBERS = 64
#: What is read of a packet at most: compressed, of one member, and of all.
MOST_BYTES = 1 << 29
MOST_MEMBER_BYTES = 1 << 30
MOST_UNPACKED_BYTES = 2 << 30
CHUNK = 1 << 20
#: What the library raises for bytes that are no ZIP, a damaged one, or one of a kind it does not read.
UNREADABLE = (
    zipfile.BadZipFile, zipfile.LargeZipFile, zlib.error, struct.error, EOFError, NotImplementedError, OSError,
    OverflowError, RuntimeError, ValueError,
)  # fmt: skip


class UnusablePacket(Exception):
    """The bytes are no packet that may be read; the sentence says why."""


def zip_bytes(members: Mapping[str, bytes]) -> bytes:
    """The ZIP of these members.

    Raises:
        ValueError: a name is none that a packet may hold.
    """
    told = io.BytesIO()
    with zipfile.ZipFile(told, "w", zipfile.ZIP_DEFLATED, compresslevel=LEVEL) as packed:
        for name in sorted(members):
            if not NAME.fullmatch(name):
                raise ValueError(f"{name!r} is no name of a member")
            packed.writestr(_info(name), members[name], zipfile.ZIP_DEFLATED, LEVEL)
    body, last = _split(told.getvalue())
    comment = _comment(body)
    return body + last[:-2] + struct.pack("<H", len(comment)) + comment


def unzip(content: bytes, most_unpacked: int = MOST_UNPACKED_BYTES) -> dict[str, bytes]:
    """The members of a packet by name, in memory; nothing is extracted to a folder.

    Args:
        content: the whole file.
        most_unpacked: bytes that all members may have together.

    Raises:
        UnusablePacket: it is no ZIP, not one as packets are written, larger than allowed, or damaged.
    """
    if len(content) > MOST_BYTES:
        raise UnusablePacket(f"it has more than {MOST_BYTES >> 20:,} MB, and no packet has")
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as packed:
            infos = packed.infolist()
            _refuse_strange(infos, most_unpacked)
            return {info.filename: _read(packed, info) for info in infos}
    except UNREADABLE as error:
        raise UnusablePacket("it is no ZIP file that can be read, or a damaged one") from error


def is_whole(content: bytes) -> bool:
    """Whether the ZIP is byte for byte as it was closed: its comment is the hash of all before the last record."""
    try:
        body, last = _split(content)
        with zipfile.ZipFile(io.BytesIO(content)) as packed:
            member_count = len(packed.infolist())
    except UNREADABLE:
        return False
    comment = last[LAST_RECORD.size :]
    signature, disk, first_disk, here, count, size, offset, length = LAST_RECORD.unpack(last[: LAST_RECORD.size])
    return (
        comment == _comment(body)
        and length == len(comment)
        and (signature, disk, first_disk) == (b"PK\x05\x06", 0, 0)
        and here == count == member_count
        and offset + size == len(body)
    )


def _info(name: str) -> zipfile.ZipInfo:
    info = zipfile.ZipInfo(name, FIXED_TIME)
    info.compress_type = zipfile.ZIP_DEFLATED
    info.create_system = ON_UNIX
    info.external_attr = OWNER_READS
    return info


def _comment(body: bytes) -> bytes:
    return (COMMENT + hashlib.sha256(body).hexdigest()).encode("ascii")


def _split(content: bytes) -> tuple[bytes, bytes]:
    """Everything before the last record, and that record with its comment.

    Raises:
        ValueError: no record stands where it must.
    """
    for length in (len(COMMENT) + 64, 0):
        start = len(content) - LAST_RECORD.size - length
        if start >= 0 and content[start : start + 4] == b"PK\x05\x06":
            return content[:start], content[start:]
    raise ValueError("no last record")


def _refuse_strange(infos: list[zipfile.ZipInfo], most_unpacked: int) -> None:
    if len(infos) > MOST_MEMBERS:
        raise UnusablePacket(f"it holds {len(infos):,} members, and a packet at most {MOST_MEMBERS}")
    names = [info.filename for info in infos]
    for info in infos:
        if not NAME.fullmatch(info.filename):
            raise UnusablePacket(f"it holds a member named {info.filename[:80]!r}, and no packet does")
        if info.flag_bits & 0x1:
            raise UnusablePacket(f"{info.filename} in it is encrypted, and no packet is")
        if info.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
            raise UnusablePacket(f"{info.filename} in it is compressed in a way no packet is")
    if len(set(names)) < len(names):
        raise UnusablePacket("it holds two members of one name, and no packet does")
    if max((info.file_size for info in infos), default=0) > MOST_MEMBER_BYTES:
        raise UnusablePacket(f"a member of it claims more than {MOST_MEMBER_BYTES >> 20:,} MB unpacked")
    if sum(info.file_size for info in infos) > most_unpacked:
        raise UnusablePacket(f"it claims more than {most_unpacked >> 20:,} MB unpacked, and no packet has")


def _read(packed: zipfile.ZipFile, info: zipfile.ZipInfo) -> bytes:
    """One member, never more of it than its header claims.

    In pieces: asked for all at once, the library unpacks whatever is there before it cuts it to that length.
    """
    with packed.open(info) as member:
        return b"".join(iter(lambda: member.read(CHUNK), b""))
