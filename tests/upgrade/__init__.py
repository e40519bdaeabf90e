"""Warehouses that earlier states of this project made, kept so that every later one is tried on them.

Belongs here: the kept warehouses, and the command that keeps one. Does not belong here: what must hold of them
(`tests/end_to_end/long/test_upgrade.py`).
"""
