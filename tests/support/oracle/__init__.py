"""The oracle: the refund rules a second time, in plain Python and Decimal.

What belongs here: a slow, readable statement of every rule that decides money, dates or a path, written from the
documents only, one entry or one refund at a time. Tests run it beside the product and compare answers.

What does not: anything of the product (no import of ``cape_pipeline``), DuckDB, Dagster, Polars, files, clocks.
Registry facts come in as arguments: lists of dicts with the columns of ``ieepa_headings.csv``,
``other_ch99_families.csv`` and ``interest_rates.csv``.

==============  ==================================================================================
``values``      dates, cents and yes/no/unknown, as the other modules understand them
``lines``       what each filed duty row is, and how a stacked line splits
``column_1``    ordinary duty as printed rates and quantities state it
``stacks``      what the rows of one line say of each other
``eligibility`` whether CAPE takes the entry today, which path, which deadlines
``interest``    interest day by day
``payments``    payment batches, and expected against ES-022, REV-603 and the bank
==============  ==================================================================================

Each module ends its docstring at the facts; where the documents are silent or disagree, the reading taken is listed in
that module's ``READINGS``.
"""
