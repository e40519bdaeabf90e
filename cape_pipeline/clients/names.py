"""The folder of each client: a safe name that two clients never share.

Belongs here: names only. Does not belong here: writing into the folders.
"""

import hashlib
import re
from collections import Counter
from collections.abc import Iterable
from pathlib import Path

#: The rest: importers without a client. Nobody's to be handed on, so no client can have the folder.
NO_CLIENT = "no_client"
#: Names that lie directly under `out` where clients are not kept apart.
RESERVED = frozenset({NO_CLIENT, "declarations", "reconciliation_requests", "audit_packets"})
SAFE = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,63}")
#: What a name with a hash ends with; a client that is really called so gets one too, and so shares no folder.
HASHED = re.compile(r".*-[0-9a-f]{12}")
LONGEST_SLUG = 40


def folder_of(client_id: str) -> str:
    """The folder name of one client, by its client_id alone."""
    if SAFE.fullmatch(client_id) and client_id.lower() not in RESERVED and not HASHED.fullmatch(client_id):
        return client_id
    return _with_hash(client_id)


def asked_clients(text: str) -> tuple[str, ...]:
    """Clients named in a setting, joined by commas; one whose client_id holds a comma is named by its folder."""
    return tuple(name.strip() for name in text.split(",") if name.strip())


def folders_of(client_ids: Iterable[str]) -> dict[str, str]:
    """Folder name by client_id; names that differ in case only are kept apart too, for drives that do not see it."""
    names = {client_id: folder_of(client_id) for client_id in client_ids}
    times = Counter(name.lower() for name in names.values())
    return {client_id: name if times[name.lower()] == 1 else _with_hash(client_id) for client_id, name in names.items()}


def clients_folder(warehouse: Path) -> Path:
    """The folder beside the warehouse that holds one folder with a snapshot for each client."""
    return warehouse.parent / "clients"


def client_snapshot(warehouse: Path, folder: str) -> Path:
    """The analysts' snapshot of one client; beside the warehouse, or beside its snapshot where that is named."""
    return clients_folder(warehouse) / folder / f"{warehouse.stem.removesuffix('_analyst')}_analyst.duckdb"


def _with_hash(client_id: str) -> str:
    slug = re.sub(r"[^A-Za-z0-9]+", "-", client_id).strip("-")[:LONGEST_SLUG].rstrip("-") or "client"
    return f"{slug}-{hashlib.sha256(client_id.encode()).hexdigest()[:12]}"
