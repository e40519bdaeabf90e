"""Which files are taken up, and what their bytes tell."""

from pathlib import Path

import pytest

from cape_pipeline.ace import UnreadableExport, find_exports
from cape_pipeline.ace.files import CHUNK, scan


def write(folder: Path, name: str, content: bytes = b"a,b\n1,2\n") -> Path:
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    return path


def test_exports_are_found_in_folders_below_and_ordered_by_name(tmp_path: Path) -> None:
    for name in ["b.csv", "a.XLSX", "march/c.tsv", "march/b.txt", "A.csv"]:
        write(tmp_path, name)
    assert [path.relative_to(tmp_path).as_posix() for path in find_exports(tmp_path)] == [
        "A.csv",
        "a.XLSX",
        "b.csv",
        "march/b.txt",
        "march/c.tsv",
    ]


def test_hidden_files_lock_files_other_kinds_and_the_out_folder_are_left_alone(tmp_path: Path) -> None:
    for name in [".x.csv", ".git/a.csv", "~$a.xlsx", "notes.pdf", "out/drafts.csv", "march/out/drafts.csv", "out.csv"]:
        write(tmp_path, name)
    assert [path.name for path in find_exports(tmp_path)] == ["out.csv"]


def test_an_empty_folder_holds_no_export_and_a_missing_one_is_named(tmp_path: Path) -> None:
    assert find_exports(tmp_path) == []
    with pytest.raises(UnreadableExport, match="no such folder"):
        find_exports(tmp_path / "nowhere")


def test_the_hash_is_that_of_the_bytes_whatever_the_name(tmp_path: Path) -> None:
    one, two, three = write(tmp_path, "a.csv"), write(tmp_path, "b.txt"), write(tmp_path, "c.csv", b"a,b\n1,3\n")
    assert scan(one).sha256 == scan(two).sha256 != scan(three).sha256


@pytest.mark.parametrize(
    ("content", "encoding"),
    [
        (b"a,b\n", "utf-8"),
        ("a,ä\n".encode(), "utf-8"),
        (b"\xef\xbb\xbfa,b\n", "utf-8-sig"),
        ("a,ä\n".encode("cp1252"), "cp1252"),
        (b"a,\x81\n", "latin-1"),
        ("a,ä\n".encode("utf-16"), "utf-16"),
        ("column,value\n".encode("utf-16-le"), "utf-16-le"),
        ("column,value\n".encode("utf-16-be"), "utf-16-be"),
        (b"a,b\n" * CHUNK + "ä".encode("cp1252") + b"\n", "cp1252"),
    ],
)
def test_the_encoding_is_told_from_the_bytes(content: bytes, encoding: str, tmp_path: Path) -> None:
    assert scan(write(tmp_path, "a.csv", content)).encoding == encoding


@pytest.mark.parametrize(
    ("content", "plain"),
    [
        (b"a,b\n1,2\n", True),
        (b"a,b\r\n1,2\r\n", True),
        (b"a,b\r\n1,2", True),
        (b"a,b\r1,2\r", True),
        (b"a,b\n1,2\n\n\n", True),
        (b"a,b\r\n1,2\r\n\r\n", True),
        (b"a,b\n\n1,2\n", False),
        (b"a,b\r\n\r\n1,2\r\n", False),
        (b"\na,b\n", False),
        (b"a,b\r\n1,2\n", False),
        (b"a,b\n1\r,2\n", False),
        (b"a,b\n1,\x00\n", False),
        (b"x" * (CHUNK - 1) + b"\r\ny\r\n", True),
        (b"x" * (CHUNK - 1) + b"\n\ny\n", False),
        (b"x" * (CHUNK - 2) + b"\n\n" + b"y\n", False),
    ],
)
def test_a_file_is_plain_when_records_and_spreadsheet_rows_agree(
    content: bytes, *, plain: bool, tmp_path: Path
) -> None:
    assert scan(write(tmp_path, "a.csv", content)).plain is plain


@pytest.mark.parametrize(
    ("content", "sentence"),
    [(b"", "the file is empty"), (b" \n\n", "the file is empty"), (b"%PDF-1.7 x", "this is a PDF")],
)
def test_files_without_rows_are_refused_in_one_sentence(content: bytes, sentence: str, tmp_path: Path) -> None:
    with pytest.raises(UnreadableExport, match=sentence) as refused:
        scan(write(tmp_path, "a.csv", content))
    assert refused.value.path == tmp_path / "a.csv"


def test_a_missing_file_and_a_folder_are_named(tmp_path: Path) -> None:
    with pytest.raises(UnreadableExport, match="no such file"):
        scan(tmp_path / "a.csv")
    with pytest.raises(UnreadableExport, match="folder"):
        scan(tmp_path)
