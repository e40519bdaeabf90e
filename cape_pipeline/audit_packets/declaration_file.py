"""The declaration file itself: the bytes that were drafted, or uploaded, as far as the warehouse can write them again.

Belongs here: writing those bytes from entry numbers and finding the form whose sha256 the ledger knows. Does not belong
here: whether the file is right (`declaration_check/`).
"""

import hashlib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from cape_pipeline.declaration_check.drafts import declaration_bytes
from cape_pipeline.declaration_check.received import HEADER
from cape_pipeline.settings import LINE_ENDINGS

BYTE_ORDER_MARK = b"\xef\xbb\xbf"
#: How far the member declaration.csv is the file CBP gets or got.
AS_DRAFTED, AS_UPLOADED, CONTENT, OF_CLAIM, NONE = (
    "as_drafted", "as_uploaded", "content_of_upload", "entries_of_claim", "no_entries_known",
)  # fmt: skip
IN_WORDS = {
    AS_DRAFTED: "byte for byte the draft of this run; its sha256 is file_sha256 of refunds.declarations",
    AS_UPLOADED: "byte for byte the file that was uploaded; its sha256 is file_sha256 of refunds.declarations",
    CONTENT: "the entry numbers of the file that was uploaded, in its order; its own bytes cannot be written again",
    OF_CLAIM: "the entries that CBP's reports name for the claim; the file that was uploaded is not known",
    NONE: "empty: neither a file nor a report tells the entries of this declaration",
}


@dataclass(frozen=True, slots=True)
class DeclarationFile:
    """The member declaration.csv, and how far it is the file."""

    content: bytes
    state: str

    @property
    def sha256(self) -> str:
        return hashlib.sha256(self.content).hexdigest()

    @property
    def is_the_file(self) -> bool:
        return self.state in (AS_DRAFTED, AS_UPLOADED)


def declaration_file(
    entry_numbers: Sequence[str], uploaded: Sequence[str], known_sha256: str | None, *, is_draft: bool
) -> DeclarationFile:
    """The file of one declaration.

    Args:
        entry_numbers: the entries of the declaration, in the order of its rows.
        uploaded: the entry numbers of the uploaded file, in its order and as often as they stand in it.
        known_sha256: of the file, where the ledger knows it.
        is_draft: whether this project wrote it.

    Raises:
        ValueError: the ledger's sha256 of a draft is not that of its entries.
    """
    found = _of_sha256(_forms(entry_numbers if is_draft else uploaded), known_sha256)
    if found is not None:
        return DeclarationFile(found, AS_DRAFTED if is_draft else AS_UPLOADED)
    if is_draft:
        raise ValueError("refunds.declarations and refunds.declaration_entries disagree on a draft: run everything")
    if uploaded:
        return DeclarationFile(declaration_bytes(uploaded, "crlf"), CONTENT)
    return DeclarationFile(declaration_bytes(entry_numbers, "crlf"), OF_CLAIM if entry_numbers else NONE)


def _of_sha256(forms: Iterable[bytes], known_sha256: str | None) -> bytes | None:
    if known_sha256 is None:
        return None
    return next((form for form in forms if hashlib.sha256(form).hexdigest() == known_sha256), None)


def _forms(entry_numbers: Sequence[str]) -> Iterator[bytes]:
    """Every form in which people save a declaration of these rows: line ends, last line, byte order mark, dashes."""
    for numbers in (entry_numbers, [f"{n[:3]}-{n[3:10]}-{n[10:]}" for n in entry_numbers]):
        for end in LINE_ENDINGS.values():
            body = end.join((HEADER, *numbers)).encode("ascii")
            for form in (body + end.encode(), body):
                yield form
                yield BYTE_ORDER_MARK + form
