"""Where a client's files lie, who may read them, and that a client that is gone leaves nothing behind."""

from collections.abc import Iterator
from contextlib import nullcontext
from dataclasses import replace
from pathlib import Path

import duckdb
import pytest

from cape_pipeline import outputs
from cape_pipeline.clients.copies import ClientCopy
from cape_pipeline.clients.known import REST, Client, Clients, UnknownClient, settings_of_client
from cape_pipeline.clients.names import client_snapshot
from cape_pipeline.outputs import write_outputs
from cape_pipeline.settings import Settings
from cape_pipeline.summary import SnapshotUnusable
from tests.support.tables import empty_tables, settled

ACME, GLOBEX = Client("acme", "acme", 1), Client("globex", "globex", 2)


@pytest.fixture
def con() -> Iterator[duckdb.DuckDBPyConnection]:
    with empty_tables() as con, settled(con):
        yield con


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(warehouse=tmp_path / "w" / "cape.duckdb", out=tmp_path / "out")


@pytest.fixture
def there(monkeypatch: pytest.MonkeyPatch) -> list[Client]:
    """The clients there are; each one's copy is an empty warehouse, and its snapshot a file with nothing in it."""
    clients: list[Client] = []

    def copies(con: duckdb.DuckDBPyConnection, _: Settings, wanted: list[Client]) -> Iterator[ClientCopy]:
        return (ClientCopy(client, con) for client in wanted)

    def listed(_: object) -> Clients:
        return Clients(tuple(clients), (), 0) if len(clients) > 1 else Clients((), tuple(clients), 0)

    monkeypatch.setattr(outputs, "clients_of", listed)
    monkeypatch.setattr(outputs, "client_copies", copies)
    # the tables of a test are one transaction, which cannot write to another catalogue
    monkeypatch.setattr(outputs, "held_views", lambda *_, **__: nullcontext())
    monkeypatch.setattr(outputs, "write_snapshot", lambda _, target, **__: target.touch())
    return clients


def files_in(folder: Path) -> set[str]:
    return {str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file()}


@pytest.mark.parametrize("clients", [[], [ACME]])
def test_with_no_client_or_one_the_files_lie_directly_under_out(
    con: duckdb.DuckDBPyConnection, settings: Settings, there: list[Client], clients: list[Client]
) -> None:
    there += clients
    (written,) = write_outputs(con, settings)
    assert written.client is None
    assert (settings.out / "position.csv").is_file()
    assert not (settings.warehouse.parent / "clients").exists()


def test_with_several_clients_each_has_a_folder_and_nothing_lies_beside_them(
    con: duckdb.DuckDBPyConnection, settings: Settings, there: list[Client]
) -> None:
    there += [ACME, GLOBEX, REST]
    written = write_outputs(con, settings)
    assert [one.client for one in written] == there
    assert {path.name for path in settings.out.iterdir()} == {"acme", "globex", "no_client"}
    assert all((settings.out / client.folder / "manifest.csv").is_file() for client in there)
    assert all(client_snapshot(settings.warehouse, client.folder).is_file() for client in there)


def test_what_was_written_for_one_client_goes_when_there_are_several_and_the_users_own_files_stay(
    con: duckdb.DuckDBPyConnection, settings: Settings, there: list[Client]
) -> None:
    there += [ACME]
    write_outputs(con, settings)
    (settings.out / "declarations" / "notes.txt").write_text("mine")
    there += [GLOBEX]
    write_outputs(con, settings)
    assert {name for name in files_in(settings.out) if not name.startswith(("acme/", "globex/"))} == {
        "declarations/notes.txt"
    }


def test_a_client_that_is_gone_leaves_neither_files_nor_snapshot(
    con: duckdb.DuckDBPyConnection, settings: Settings, there: list[Client]
) -> None:
    there += [ACME, GLOBEX, REST]
    write_outputs(con, settings)
    there.remove(GLOBEX)
    write_outputs(con, settings)
    assert {path.name for path in settings.out.iterdir()} == {"acme", "no_client"}
    assert {path.name for path in (settings.warehouse.parent / "clients").iterdir()} == {"acme", "no_client"}
    there.remove(REST)
    write_outputs(con, settings)
    assert not (settings.warehouse.parent / "clients").exists()
    assert (settings.out / "position.csv").is_file()
    assert not (settings.out / "acme").exists()


@pytest.mark.parametrize("name", ["globex", "globex, acme"])
def test_only_the_clients_asked_for_are_written_and_the_others_stay_as_they_were(
    con: duckdb.DuckDBPyConnection, settings: Settings, there: list[Client], name: str
) -> None:
    there += [ACME, GLOBEX]
    write_outputs(con, settings)
    before = {path: path.stat().st_mtime_ns for path in (settings.out / "acme").rglob("*.csv")}
    write_outputs(con, replace(settings, clients=name))
    after = {path: path.stat().st_mtime_ns for path in (settings.out / "acme").rglob("*.csv")}
    assert (after == before) == ("acme" not in name)


def test_a_client_that_there_is_not_is_named_with_those_there_are_and_nothing_is_written(
    con: duckdb.DuckDBPyConnection, settings: Settings, there: list[Client]
) -> None:
    there += [ACME, GLOBEX]
    with pytest.raises(UnknownClient, match=r"--client initech: there is no such client.*the clients are acme, globex"):
        write_outputs(con, replace(settings, clients="acme,initech"))
    assert not settings.out.exists()


def test_files_and_folders_are_the_owners_alone(
    con: duckdb.DuckDBPyConnection, settings: Settings, there: list[Client]
) -> None:
    there += [ACME, GLOBEX]
    write_outputs(con, settings)
    modes = {path.stat().st_mode & 0o777 for path in settings.out.rglob("*") if path.is_file()}
    assert modes == {0o600}
    folders = [settings.out, *(path for path in settings.out.rglob("*") if path.is_dir())]
    assert {path.stat().st_mode & 0o777 for path in folders} == {0o700}


def test_a_folder_that_stands_keeps_its_mode(
    con: duckdb.DuckDBPyConnection, settings: Settings, there: list[Client]
) -> None:
    assert there == []
    settings.out.mkdir(mode=0o755)
    settings.out.chmod(0o755)
    write_outputs(con, settings)
    assert settings.out.stat().st_mode & 0o777 == 0o755


def test_a_name_is_a_clients_before_it_is_a_folders() -> None:
    odd = Client("a/b", "a-b-0123456789ab", 1)
    taken = Client("a-b-0123456789ab", "other-0123456789ab", 2)
    clients = Clients((odd, taken), (), 0)
    assert clients.asked_for("a-b-0123456789ab") == [taken]
    assert clients.asked_for("a/b,other-0123456789ab,a/b") == [odd, taken]
    assert clients.asked_for("") == [odd, taken]


def test_without_a_client_the_settings_stay_and_without_a_snapshot_nobody_knows_the_clients(settings: Settings) -> None:
    assert settings_of_client(settings, "") is settings
    with pytest.raises(SnapshotUnusable):
        settings_of_client(settings, "acme")
