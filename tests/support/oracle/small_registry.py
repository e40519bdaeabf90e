"""A handful of registry facts, in the shape the oracle takes them, for its own tests.

What belongs here: the rows the worked checks need, copied from the researched tables. What does not: the registry;
tests of the product pass the shipped seeds instead.
"""

from typing import Any

_HEADINGS = """
9903.01.10 fentanyl_CA       CA       0.25 ad_valorem_add                  1 2025-03-04 2025-07-31
9903.01.10 fentanyl_CA       CA       0.35 ad_valorem_add                  1 2025-08-01 2026-02-23
9903.01.13 fentanyl_CA       CA       0.10 ad_valorem_add                  1 2025-03-04 2026-02-23
9903.01.24 fentanyl_CN       CN|HK    0.20 ad_valorem_add                  1 2025-03-04 2025-11-09
9903.01.24 fentanyl_CN       CN|HK    0.10 ad_valorem_add                  1 2025-11-10 2026-02-23
9903.01.25 reciprocal        ALL      0.10 ad_valorem_add                  1 2025-04-05 2025-08-06
9903.01.25 reciprocal        ALL      0.10 ad_valorem_add                  1 2025-08-07 2026-02-23
9903.01.28 reciprocal        ALL      0    zero_exempt_in_transit          0 2025-04-05 2025-06-15
9903.01.33 reciprocal        ALL      0    zero_exempt                     0 2025-04-05 2026-02-23
9903.01.63 reciprocal        CN|HK|MO 0.84 ad_valorem_add                  1 2025-04-09 2025-04-09
9903.01.63 reciprocal        CN|HK|MO 1.25 ad_valorem_add                  1 2025-04-10 2025-05-13
9903.01.63 reciprocal        CN|HK|MO 0    suspended                       0 2025-05-14 2026-02-23
9903.01.77 brazil            BR       0.40 ad_valorem_add                  1 2025-08-06 2026-02-23
9903.01.84 russian_oil_india IN       0.25 ad_valorem_add                  1 2025-08-27 2026-02-06
9903.02.09 reciprocal        BR       0.10 ad_valorem_add                  1 2025-08-07 2026-02-23
9903.02.20 reciprocal        EU       rule floor_inclusive                 1 2025-08-07 2026-02-23
9903.02.26 reciprocal        IN       0.25 ad_valorem_add                  1 2025-08-07 2026-02-23
9903.02.30 reciprocal        JP       0.15 ad_valorem_add_superseded_retro 1 2025-08-07 2025-09-15
9903.02.69 reciprocal        VN       0.20 ad_valorem_add                  1 2025-08-07 2026-02-23
9903.02.80 reciprocal        KR       rule floor_inclusive                 1 2025-11-14 2026-02-23
9903.96.01 reciprocal        GB       0    zero_exempt_companion           0 2025-06-30 2026-02-23
"""

_FAMILIES = """
9903.01.01-9903.01.90   ieepa                            2025-02-04 2026-02-23
9903.02.01-9903.02.91   ieepa                            2025-08-07 2026-02-23
9903.96.01              civil_aircraft_exempt_companion  2025-06-30 -
9903.03.01              s122                             2026-02-24 2026-07-23
9903.03.12-9903.03.14   s338_canada                      2026-08-22 -
9903.88.03              s301_china                       2018-09-24 -
9903.81.87-9903.81.91   s232_steel                       2025-03-12 2026-04-05
9903.94.44-9903.94.45   s232_auto_parts                  2025-11-01 -
9903.45.21-9903.45.29   s201_solar                       2018-02-07 2026-02-06
9802.00.80              ch98_assembly                    -          -
98xx.xx.xx              ch98_other                       -          -
9904.xx.xx              ag_safeguard                     -          -
9905.xx.xx-9923.xx.xx   fta_trq                          -          -
A-nnn-nnn               antidumping                      -          -
499                     fee_mpf                          -          -
01xx.xx.xx-97xx.xx.xx   ordinary                         -          -
"""

_RATES = """
2003-10-01 2003-12-31 4 4 4
2004-01-01 2004-03-31 4 4 4
2004-04-01 2004-06-30 5 5 5
2004-07-01 2004-09-30 4 4 4
2004-10-01 2004-12-31 5 5 5
2025-01-01 2025-03-31 7 6 7
2025-04-01 2025-06-30 7 6 7
2025-07-01 2025-09-30 7 6 7
2025-10-01 2025-12-31 7 6 7
2026-01-01 2026-03-31 7 6 7
2026-04-01 2026-06-30 6 5 6
2026-07-01 2026-09-30 7 6 7
2026-10-01 2026-12-31 7 6 7
"""


def _table(text: str, columns: tuple[str, ...]) -> list[dict[str, Any]]:
    rows = [line.split() for line in text.strip().splitlines()]
    return [{column: "" if cell == "-" else cell for column, cell in zip(columns, row, strict=True)} for row in rows]


HEADINGS = _table(
    _HEADINGS,
    ("heading", "programme", "country", "rate", "rate_kind", "imposes_duty", "effective_from", "effective_to"),
)
FAMILIES = _table(_FAMILIES, ("pattern", "programme", "effective_from", "effective_to"))
RATES = _table(
    _RATES,
    (
        "quarter_start",
        "quarter_end",
        "underpayment_rate",
        "overpayment_corporate_rate",
        "overpayment_noncorporate_rate",
    ),
)
