"""Closing a period of the books: freezing its figures under a name, as files that later runs read and never change.

Belongs here: what is frozen (`closing`), the files it is frozen in (`frozen`), and what is printed of it (`shown`).
Does not belong here: any figure; each is read from a table of `reports`.
"""
