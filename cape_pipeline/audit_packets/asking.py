"""The packet of one declaration that somebody asks for, from the analysts' snapshot.

Belongs here: finding the declaration, and refusing a snapshot that holds rows of several clients. Does not belong here:
the packet (`packets.py`), and writing it (`commands/packet.py`).
"""

from cape_pipeline.audit_packets.packets import audit_packets
from cape_pipeline.clients.owners import client_ids_of
from cape_pipeline.declaration_check.checking import snapshot_connection
from cape_pipeline.settings import Settings
from cape_pipeline.summary import rows_of, snapshot_of

KNOWN = """
select declaration_id
from refunds.declarations
where declaration_id = $asked or claim_number = $asked or file_name = $asked
order by declaration_id = $asked desc, declaration_id
limit 1
"""


class NoSuchPacket(Exception):
    """The packet that is asked for cannot be made; the sentence says why."""


def packet_of(settings: Settings, asked: str) -> tuple[str, bytes]:
    """File name and bytes of the packet of one declaration.

    Args:
        settings: name the warehouse, or a client's.
        asked: its declaration_id, claim number or file name.

    Raises:
        NoSuchPacket: there is no such declaration, or the snapshot holds rows of several clients.
        SnapshotUnusable: there is no snapshot beside the warehouse.
    """
    with snapshot_connection(snapshot_of(settings)) as con:
        if len(client_ids_of(con)) > 1:
            raise NoSuchPacket(
                "the warehouse holds several clients, and a packet is handed on: say whose with --client"
            )
        found = rows_of(con, KNOWN, {"asked": asked})
        if not found:
            raise NoSuchPacket(
                f"{asked}: there is no such declaration; refunds.declarations lists them by declaration_id"
            )
        ((name, content),) = audit_packets(con, declaration_id=found[0]["declaration_id"]).items()
    return name, content
