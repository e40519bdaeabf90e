"""Which clients a warehouse has, and which of them is meant by `--client`.

Belongs here: clients by name, and the settings that lead to one client's snapshot. Does not belong here: what is a
client's (`owners.py`, `separation.py`).
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import duckdb

from cape_pipeline.clients.names import NO_CLIENT, asked_clients, client_snapshot, folder_of, folders_of
from cape_pipeline.clients.owners import NOBODY, client_ids_of, owners
from cape_pipeline.settings import Settings
from cape_pipeline.summary import open_snapshot, snapshot_of


class UnknownClient(Exception):
    """A client is asked for that the warehouse does not have; the sentence names those it has."""


@dataclass(frozen=True, slots=True)
class Client:
    """One client of the warehouse: its client_id (none for the rest), its folder's name and its owner number."""

    client_id: str | None
    folder: str
    owner: int

    @property
    def name(self) -> str:
        """What people call it."""
        return self.folder if self.client_id is None else self.client_id


REST = Client(None, NO_CLIENT, NOBODY)


@dataclass(frozen=True, slots=True)
class Clients:
    """The clients that are kept apart, none where there are fewer than two, and the entries that are nobody's.

    `contested_count` are entries whose rows name importers of several clients, or of a client and of none: they are in
    no client's files.
    """

    apart: tuple[Client, ...]
    only: tuple[Client, ...]
    contested_count: int

    def asked_for(self, names: str) -> list[Client]:
        """The clients to write files for; empty text: all of them.

        Raises:
            UnknownClient: a name that none of them has.
        """
        asked, there = asked_clients(names), self.apart or self.only
        return list(there) if not asked else [_named(there, name) for name in dict.fromkeys(asked)]


def clients_of(con: duckdb.DuckDBPyConnection) -> Clients:
    """The clients of a warehouse whose tables are up to date, and the rest where it has entries.

    Args:
        con: the writer's connection; the warehouse is only read.
    """
    named = _named_clients(con)
    if len(named) < 2:
        return Clients((), tuple(named), 0)
    asked = "select count(*) filter (owner = 0), count(*) filter (is_contested) from separation.entries"
    with owners(con, client_ids_of(con), ("clients", "importers", "entries")):
        ((rest, contested),) = con.execute(asked).fetchall()
    return Clients((*named, REST) if rest else tuple(named), (), contested)


def settings_of_client(settings: Settings, name: str) -> Settings:
    """The settings that lead to the snapshot of one client, of whoever may read the whole.

    Args:
        settings: name the warehouse, or its snapshot.
        name: a client_id or the name of a client's folder; empty text: the whole.

    Raises:
        UnknownClient: there is no such client.
        SnapshotUnusable: there is no snapshot beside the warehouse.
    """
    if not name:
        return settings
    with open_snapshot(snapshot_of(settings)) as con:
        named = _named_clients(con)
    if len(named) == 1 and name in (named[0].client_id, named[0].folder) and _is_own_snapshot(settings, named[0]):
        return settings
    if len(named) < 2:
        raise UnknownClient(
            f"--client {name}: the warehouse has fewer than two clients (column client_id of importers.csv), so that"
            " nothing is kept apart: leave --client out"
        )
    rest = (REST,) if client_snapshot(settings.warehouse, REST.folder).exists() else ()
    return replace(settings, warehouse=client_snapshot(settings.warehouse, _named((*named, *rest), name).folder))


def _named_clients(con: duckdb.DuckDBPyConnection) -> list[Client]:
    client_ids = client_ids_of(con)
    folders = folders_of(client_ids)
    return [Client(client_id, folders[client_id], owner) for owner, client_id in enumerate(client_ids, start=1)]


def _named(clients: Sequence[Client], name: str) -> Client:
    """By client_id, else by folder: a folder's name may be another's client_id, but no two have one client_id."""
    for found in (
        [client for client in clients if client.client_id == name],
        [client for client in clients if client.folder == name],
    ):
        if found:
            return found[0]
    told = f"the clients are {', '.join(client.name for client in clients)}" if clients else "there is none"
    raise UnknownClient(f"--client {name}: there is no such client in importers.csv (column client_id); {told}")


def _is_own_snapshot(settings: Settings, client: Client) -> bool:
    """Whether the snapshot that is read is the client's own already."""
    return snapshot_of(settings).parent.name in (client.folder, folder_of(client.client_id or ""))
