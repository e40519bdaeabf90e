"""declaration.csv of a packet: the file itself wherever its bytes can be written again, else told as what it is."""

import hashlib

import pytest

from cape_pipeline.audit_packets.declaration_file import IN_WORDS, declaration_file

NUMBERS = ["ABC00000001", "ABC00000019"]
DASHED = ["ABC-0000000-1", "ABC-0000001-9"]


def sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def text(numbers: list[str], end: str, *, has_last_end: bool = True, mark: bytes = b"") -> bytes:
    lines = end.join(["Entry Number", *numbers])
    return mark + (lines + (end if has_last_end else "")).encode()


@pytest.mark.parametrize("end", ["\r\n", "\n"])
def test_a_draft_is_its_own_bytes_with_either_line_end(end: str) -> None:
    content = text(NUMBERS, end)
    file = declaration_file(NUMBERS, [], sha256(content), is_draft=True)
    assert (file.content, file.state, file.is_the_file, file.sha256) == (content, "as_drafted", True, sha256(content))


def test_a_draft_whose_ledger_says_otherwise_is_an_error() -> None:
    with pytest.raises(ValueError, match="disagree on a draft"):
        declaration_file(NUMBERS, [], sha256(b"something else"), is_draft=True)


@pytest.mark.parametrize("end", ["\r\n", "\n"])
@pytest.mark.parametrize("has_last_end", [True, False])
@pytest.mark.parametrize("mark", [b"", b"\xef\xbb\xbf"])
@pytest.mark.parametrize("numbers", [NUMBERS, DASHED])
def test_an_upload_is_found_in_every_form_people_save(
    numbers: list[str], mark: bytes, end: str, *, has_last_end: bool
) -> None:
    content = text(numbers, end, has_last_end=has_last_end, mark=mark)
    file = declaration_file([], NUMBERS, sha256(content), is_draft=False)
    assert (file.content, file.state) == (content, "as_uploaded")


def test_an_upload_keeps_its_order_and_what_stands_in_it_twice() -> None:
    uploaded = [NUMBERS[1], NUMBERS[0], NUMBERS[1]]
    content = text(uploaded, "\n")
    file = declaration_file(NUMBERS, uploaded, sha256(content), is_draft=False)
    assert file.content == content


def test_an_upload_in_another_form_is_told_by_its_content() -> None:
    file = declaration_file(NUMBERS, NUMBERS, sha256(b"in quotes"), is_draft=False)
    assert (file.content, file.state, file.is_the_file) == (text(NUMBERS, "\r\n"), "content_of_upload", False)


def test_without_a_file_the_entries_of_the_claim_are_told_as_such() -> None:
    file = declaration_file(NUMBERS, [], None, is_draft=False)
    assert (file.content, file.state) == (text(NUMBERS, "\r\n"), "entries_of_claim")


def test_a_claim_of_which_nothing_is_known_has_the_header_alone() -> None:
    file = declaration_file([], [], None, is_draft=False)
    assert (file.content, file.state) == (b"Entry Number\r\n", "no_entries_known")


def test_every_state_is_told_in_words() -> None:
    assert set(IN_WORDS) == {
        "as_drafted", "as_uploaded", "content_of_upload", "entries_of_claim", "no_entries_known"
    }  # fmt: skip
