"""Who and when: importers, filers, claims, report runs and the valuation day of the demonstration.

Belongs here: made-up names and numbers and the dates that frame the story. Does not belong here: any entry
(`scenarios.py`) or the end of any refund (`fates.py`).

Two ES-003 runs frame the story: one of 20 April 2026, the eve of the first claim, with entry dates to 30 September
2025, and one of 17 July 2026 with entry dates from 1 July 2025. Entries of the months in both are seen twice; what CAPE
accepted in between has lost its IEEPA rows in the second, as in real exports. A third, small file is one that a broker
sent on after a spreadsheet had damaged it.
"""

from dataclasses import dataclass
from datetime import date, timedelta

from cape_pipeline.demo import days
from cape_pipeline.demo.entry_numbers import entry_number

AS_OF = date(2026, 7, 20)
FIRST_RUN, FIRST_RUN_TO = date(2026, 4, 20), date(2025, 9, 30)
SECOND_RUN, SECOND_RUN_FROM = date(2026, 7, 17), date(2025, 7, 1)
UNUSED_DAY = date(2025, 4, 9)  # one-day country rates that the scenario tables leave out
LETTER_FILER, DIGIT_FILER = "ZQX", "999"
NOTIFY_PARTY, NOTIFY_PARTY_NAME = "96-0000909", "Brindlecove Customs Services LLC"
WAREHOUSE_ENTRY = entry_number(LETTER_FILER, 2_099_104)  # older than the exports
UNKNOWN_MESSAGE = "ENTRY SUMMARY VERSION CONFLICT"
UNKNOWN_HEADING = "9903.99.50"


@dataclass(frozen=True, slots=True)
class Importer:
    number: str
    name: str
    rate_class: str
    filer: str
    port: str
    goods: tuple[str, ...]
    notify_party: str = ""
    ach_enrolled: bool = True
    monthly_statement: bool = False

    @property
    def payee(self) -> str:
        return self.notify_party or self.number


FURNITURE = Importer(
    "89-0000101",
    "Larkspindle Furnishings Inc",
    "corporate",
    LETTER_FILER,
    "2704",
    ("VN bedroom furniture", "VN backpacks", "CN luggage", "MX cables", "CA packaging"),
    monthly_statement=True,
)
COMPONENTS = Importer(
    "97-0000202AB",
    "Quillmark Components Corp",
    "corporate",
    LETTER_FILER,
    "3001",
    ("CN motors", "TW hinges", "KR appliances", "JP bearings", "CN motors"),
)
TEXTILES = Importer(
    "69-0000303",
    "Oduvane and Threll, a partnership",
    "noncorporate",
    DIGIT_FILER,
    "4601",
    ("IN bed linen", "IN curtains", "BR mouldings", "VN backpacks"),
)
KITCHENWARE = Importer(
    "49-0000404",
    "Tallowmere Kitchenware Corp",
    "corporate",
    LETTER_FILER,
    "1401",
    ("CN tableware", "TH gloves", "DE pumps", "DE plastics"),
    notify_party=NOTIFY_PARTY,
)
TRADING = Importer(
    "79-0000505",
    "Norvane Dry Goods Inc",
    "corporate",
    DIGIT_FILER,
    "1001",
    ("BR footwear", "CA packaging", "IT jewellery", "CN tableware"),
    ach_enrolled=False,
)
IMPORTERS = (FURNITURE, COMPONENTS, TEXTILES, KITCHENWARE, TRADING)


@dataclass(frozen=True, slots=True)
class Claim:
    number: str
    filer: str
    filed: date
    accepted: date

    @property
    def reliquidation(self) -> date:
        """When its already liquidated entries reliquidate."""
        return days.next_business_day(self.accepted)

    @property
    def liquidation(self) -> date:
        """When its unliquidated entries liquidate."""
        return self.accepted + timedelta(days=45)


FIRST = Claim("100000310014", LETTER_FILER, date(2026, 4, 21), date(2026, 4, 21))
SECOND = Claim("100000310229", DIGIT_FILER, date(2026, 4, 27), date(2026, 4, 27))
THIRD = Claim("100000318870", LETTER_FILER, date(2026, 5, 15), date(2026, 5, 18))
FOURTH = Claim("100000327753", DIGIT_FILER, date(2026, 7, 13), date(2026, 7, 13))
FIFTH = Claim("100000328406", LETTER_FILER, date(2026, 7, 20), date(2026, 7, 20))
CLAIMS = (FIRST, SECOND, THIRD, FOURTH, FIFTH)
