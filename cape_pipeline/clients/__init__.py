"""A broker's clients kept apart: for each a copy of the warehouse that holds nothing of another (19 CFR 111.24).

Belongs here: which rows are whose, the copies, and the folders they are written to. Does not belong here: any figure;
a copy's tables are built from its own received rows by the same SQL as the whole.
"""
