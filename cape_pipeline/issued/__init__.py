"""Issued positions: what each position that left the pipeline rests on, kept so that it can be built again.

Belongs here: describing a position, keeping the description with what it names, and building the position again from
that alone. Does not belong here: any figure, and the archive of received files (`ace/archive.py`).

A position is known by the hash of its description: the received files in the order of their loads, the registry seeds,
the closed periods, the valuation day, readings and settings, the code, and the hashes of the tables and files that came
of them. No clock is part of it, so the same position issued twice has one name.
"""
