"""A slice of the fuzzing that `python -m tests.trust fuzz` does with a million inputs; it sees what it looks for."""

import base64
import os
import time
from pathlib import Path
from random import Random

import pytest

from cape_pipeline.ace import UnreadableExport
from tests.trust import fuzz, fuzz_readers
from tests.trust.fuzz import Lines, lines, repeated, run
from tests.trust.fuzz_mutations import mutated, mutated_cell, mutated_row
from tests.trust.fuzz_readers import READERS, BrokenPromise, Reader, Reading, each

QUICK = (
    "client names", "choices", "run dates", "file names", "entry numbers", "cells", "rows", "attestations", "packets",
    "statements", "first rows",
)  # fmt: skip


def test_readers_read_or_refuse_politely_whatever_they_are_given() -> None:
    figures = run(2_000, 9, QUICK)
    assert lines(figures)[len(QUICK) :] == [
        f"{figures.inputs:,} inputs over {len(QUICK)} readers with seed 9: 0 crashes, 0 hangs"
    ]
    assert figures.inputs >= 2_000


def test_every_reader_has_a_name_of_its_own_and_reads_its_own_samples(tmp_path: Path) -> None:
    assert len({reader.name for reader in READERS}) == len(READERS)
    for reader in READERS:
        if reader.name in set(QUICK) - {"rows"}:
            (tmp_path / reader.name).mkdir()
            assert reader.begin(tmp_path / reader.name)(reader.seeds()) > 0, reader.name


@pytest.mark.parametrize("change", [mutated, mutated_cell, mutated_row])
def test_the_same_seed_makes_the_same_inputs(change) -> None:
    corpus = [b"ES-003\x1fa\x1fb", b"BANK\x1fc"]
    one, two = ([change(rng, corpus) for _ in range(300)] for rng in (Random(1), Random(1)))
    assert one == two
    assert len(set(one)) > 50


# --- what must be seen ----------------------------------------------------------------------------------------------


def a_reader(read, batch: int = 5) -> Reader:
    def begin(_: Path) -> Reading:
        return each(read)

    return Reader(
        "made up", "a byte", 1, batch, lambda: [b"good"], begin, lambda rng, _: bytes([rng.randrange(8)]), guided=False
    )


def found_in(monkeypatch: pytest.MonkeyPatch, reader: Reader, inputs: int = 40) -> fuzz.FuzzFigures:
    monkeypatch.setattr(fuzz_readers, "READERS", (reader,))
    monkeypatch.setattr(fuzz, "MOST_SECONDS", 1)
    return run(inputs, 1)


def test_an_error_that_is_not_polite_is_a_crash_told_with_its_input(monkeypatch: pytest.MonkeyPatch) -> None:
    def read(told: bytes) -> None:
        if told == b"\x03":
            raise KeyError("three")
        if told == b"\x04":
            raise UnreadableExport(Path("x"), "it is four")

    figures = found_in(monkeypatch, a_reader(read))
    assert figures.crashes > 1
    assert figures.readers[0].refused > 1
    assert figures.inputs == 40
    assert {base64.b64decode(one) for finding in figures.findings for one in finding.inputs} == {b"\x03"}
    with pytest.raises(KeyError):
        repeated("made up", figures.findings[0].inputs)


def test_a_promise_that_is_broken_is_a_crash(monkeypatch: pytest.MonkeyPatch) -> None:
    def read(told: bytes) -> None:
        if told == b"\x05":
            raise BrokenPromise("five")

    assert "BrokenPromise" in found_in(monkeypatch, a_reader(read)).findings[0].what


def test_a_process_that_dies_is_a_crash_and_the_others_are_read_on(monkeypatch: pytest.MonkeyPatch) -> None:
    def read(told: bytes) -> None:
        if told == b"\x01":
            os._exit(9)

    figures = found_in(monkeypatch, a_reader(read, batch=2))
    assert figures.inputs == 40
    assert figures.crashes > 0
    assert "the process died (9)" in figures.findings[0].what


def test_memory_without_bound_is_a_crash(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fuzz, "MOST_MEMORY", 8 << 30)
    figures = found_in(monkeypatch, a_reader(lambda _: bytearray(9 << 30) and None), inputs=1)
    assert "MemoryError" in figures.findings[0].what


def test_a_reader_that_does_not_end_hangs(monkeypatch: pytest.MonkeyPatch) -> None:
    def never_ends(_: bytes) -> None:
        while True:
            pass

    figures = found_in(monkeypatch, a_reader(never_ends, batch=20), inputs=20)
    assert (figures.hangs, figures.inputs) == (1, 20)


def test_a_reader_that_waits_for_ever_hangs_too(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fuzz, "MOST_CLOCK_SECONDS", 1)
    figures = found_in(monkeypatch, a_reader(lambda _: time.sleep(600), batch=20), inputs=20)
    assert (figures.hangs, figures.inputs) == (1, 20)


def test_an_input_that_reaches_a_new_line_of_the_product_is_noticed() -> None:
    from cape_pipeline.ace.entry_number import doubt_about

    reached = Lines()
    counts = []
    for number in ("x", "x", "ABC12345676", "ABC12345676"):
        with reached:
            doubt_about(number)
        counts.append(reached.count)
    assert 0 < counts[0] == counts[1] < counts[2] == counts[3]
