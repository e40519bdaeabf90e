"""The audit packet of a declaration: what an auditor, or CBP on a request for records, is handed for it.

Belongs here: quoting the rows, rules, readings, facts and files behind one declaration, in one ZIP that tells by itself
whether a byte of it was changed. Does not belong here: any figure, each is read from a finished table; a copy of an
input file, because it may hold rows of others; writing the packets (`outputs.py`).
"""

from cape_pipeline.audit_packets.packets import audit_packets
from cape_pipeline.audit_packets.verifying import verify_packet

__all__ = ["audit_packets", "verify_packet"]
