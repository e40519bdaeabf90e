"""A copy of an exports folder that tells nobody who somebody is: `README.md` says what changes and what stays.

Belongs here: reading exports and writing the copy. Does not belong here: what of the warehouse is shown in logs and
metadata (`cape_pipeline/warehouse/masking.py`).
"""

from cape_pipeline.redaction.folder import LeftOut, Redaction, Unredactable, redact_folder
from cape_pipeline.redaction.leaks import Leak

__all__ = ["Leak", "LeftOut", "Redaction", "Unredactable", "redact_folder"]
