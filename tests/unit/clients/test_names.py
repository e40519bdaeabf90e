"""The folder of a client is safe whatever the client is called, and no two clients share one."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cape_pipeline.clients.names import NO_CLIENT, RESERVED, SAFE, folder_of, folders_of


@pytest.mark.parametrize("client_id", ["acme", "ACME", "Acme_Inc-2", "0042", "x" * 64])
def test_a_safe_name_stays_as_it_is(client_id: str) -> None:
    assert folder_of(client_id) == client_id


@pytest.mark.parametrize(
    "client_id",
    [
        "Acme, Inc", "../up", "/etc", ".", "..", ".hidden", "-rf", "a/b", "a\\b", "a\nb", "a\0b", "x" * 65, "é", "",
        "con:", "‮evil", "acme ", "a.b", *sorted(RESERVED), "Declarations", "NO_CLIENT",
    ],
)  # fmt: skip
def test_any_other_name_becomes_a_safe_one_with_a_hash(client_id: str) -> None:
    folder = folder_of(client_id)
    assert SAFE.fullmatch(folder)
    assert folder != client_id
    assert folder.lower() not in RESERVED


def test_a_client_cannot_take_the_folder_of_another_by_its_name() -> None:
    taken = folder_of("Acme, Inc")
    assert folder_of(taken) != taken
    assert folder_of(NO_CLIENT) != NO_CLIENT


def test_names_that_differ_in_case_only_are_kept_apart() -> None:
    folders = folders_of(["Acme", "ACME", "globex"])
    assert folders["globex"] == "globex"
    assert len({folder.lower() for folder in folders.values()}) == 3


@given(st.sets(st.text(min_size=1, max_size=80).filter(lambda text: "\ud800" not in text), max_size=20))
def test_no_two_clients_share_a_folder_and_no_folder_leads_elsewhere(client_ids: set[str]) -> None:
    folders = folders_of(sorted(client_ids))
    assert len({folder.lower() for folder in folders.values()}) == len(client_ids)
    assert all(SAFE.fullmatch(folder) and folder.lower() not in RESERVED for folder in folders.values())
