"""`cape registry diff`: what a change of seeds does to the law here, and to the amounts already computed.

Belongs here: reading the two sides, rebuilding a scratch copy of the analysts' snapshot under each, comparing and
printing. Does not belong here: how seeds are judged and compared (`registry/`), how tables are built (`rebuild.py`),
any figure that no table of the warehouse holds.
"""
