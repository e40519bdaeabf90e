"""Every table of the warehouse, found from the modules of this package.

Belongs here: the list of schemas in the order data flows, and the contracts by table. Does not belong here: any field
(`fields.py`) or any contract (the module named after its schema).
"""

from importlib import import_module
from types import MappingProxyType

from cape_pipeline.warehouse.contract import TableContract

#: The schemas in the order data flows; `registry` feeds them all.
SCHEMAS = ("registry", "ace", "lines", "entries", "refunds", "payments", "reports")


def _contracts() -> dict[str, type[TableContract]]:
    found = {}
    for schema in SCHEMAS:
        module = import_module(f"{__name__}.{schema}")
        for thing in vars(module).values():
            if isinstance(thing, type) and issubclass(thing, TableContract) and thing.__module__ == module.__name__:
                found[thing.table_id()] = thing
    return found


CONTRACTS = MappingProxyType(_contracts())
