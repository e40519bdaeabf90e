"""`cape calibrate`: which interest conventions reproduce the refunds that were really received.

Belongs here: reading a file of received refunds, the grid of conventions, the search over it, and what it shows. Does
not belong here: the arithmetic of a growth piece, of late periods and of rates (`cape_pipeline/interest/`), and any
table of the warehouse: a calibration reads one file and writes nothing.
"""
