"""Empty reference files for a user to fill in, with a README that explains every column.

Belongs here: the headers and words of `importers.csv`, `entry_facts.csv`, `deposits.csv`, `declarations.csv`,
`attestations.csv`, `exclusions.csv`, `payees.csv`, `alerts_ack.csv` and `loads.csv`. Columns, meanings and closed
vocabularies are taken from the contracts, so the templates cannot disagree with what is loaded. Does not belong here:
reading those files (`cape_pipeline/ace/`).
"""

from dataclasses import dataclass
from pathlib import Path

from cape_pipeline.contracts.ace import (
    AlertAcknowledgements,
    Attestations,
    Bills,
    Declarations,
    Deposits,
    EntryFacts,
    Exclusions,
    Importers,
    LoadRunDates,
    Materiality,
    Payees,
)
from cape_pipeline.demo.entry_numbers import entry_number
from cape_pipeline.warehouse.contract import Field, TableContract

MADE_BY_THE_LOADER = {"load_id", "source_row", "importer_key", "other_cells"}
HEADERS = {"importer_name": "name", "attested_fact": "fact", "exclusion_reason": "reason", "deposit_kind": "kind"}
FORMATS = {
    "DATE": "a day as YYYY-MM-DD",
    "BOOLEAN": "Y or N",
    "INTEGER": "a whole number",
    "DECIMAL(18,2)": "dollars and cents, such as 1234.56",
    "VARCHAR": "text",
}


@dataclass(frozen=True, slots=True)
class Template:
    """One reference file: what a row is, and an example of header and rows."""

    file_name: str
    contract: type[TableContract]
    told: str
    example: tuple[str, ...]

    @property
    def columns(self) -> tuple[Field, ...]:
        return tuple(field for field in self.contract.fields if field.name not in MADE_BY_THE_LOADER)

    @property
    def header(self) -> str:
        return ",".join(header_of(field) for field in self.columns)


TEMPLATES = (
    Template(
        "importers.csv",
        Importers,
        "One row for each importer number, with its suffix: a suffix is a payee of its own.",
        (
            "importer_number,name,rate_class,payee_4811,ach_enrolled,periodic_monthly_statement",
            "89-0000101,Example Importer Inc,corporate,,Y,N",
            "97-0000202AB,Example Partners,noncorporate,96-0000909,Y,Y",
        ),
    ),
    Template(
        "entry_facts.csv",
        EntryFacts,
        "One row for each entry about which you know something that no export says.",
        (
            "entry_number,deposit_date,adcvd_status,drawback,surety_paid,evidence,recorded_on,recorded_by",
            f"{entry_number('ZQX', 2_100_001)},2025-06-24,,N,N,statement of 2025-06-24,2026-07-17,import desk",
            f"{entry_number('999', 4_400_001)},,suspended,N,N,message of 2026-03-02,2026-07-17,import desk",
        ),
    ),
    Template(
        "deposits.csv",
        Deposits,
        "One row for each deposit of duty on an entry, where the day it was paid is known, above all where there were"
        " several. Interest runs on each from its own day if their IEEPA duty adds up to the entry's principal.",
        (
            "entry_number,deposit_date,amount_usd,ieepa_usd,kind,statement_number,source",
            f"{entry_number('ZQX', 2_100_001)},2025-06-24,1834.20,1200.00,original,4601123,rev103",
            f"{entry_number('ZQX', 2_100_001)},2025-09-03,300.00,300.00,psc,,bank_debit",
        ),
    ),
    Template(
        "declarations.csv",
        Declarations,
        "One row for each CAPE declaration you filed, as the portal shows it. No report holds the acceptance date. Put"
        " the file you uploaded into the folder too, unchanged: only it tells which entries wait for CBP's answer.",
        (
            "claim_number,file_name,filed_date,accepted_date,cbp_status,submitter",
            "100000310014,cape_ZQX_2026-04-21.csv,2026-04-21,2026-04-21,Accepted,broker:ZQX",
            "100000310229,,2026-04-27,2026-04-28,Accepted with Error(s),importer:89-0000101",
        ),
    ),
    Template(
        "attestations.csv",
        Attestations,
        "One row for each fact that somebody vouches for because no report holds it: entries that lack nothing else are"
        " drafted. stale_status accepts liquidation statuses older than 14 days, for 14 days. ready_to_refile says that"
        " what made CBP fail an entry is put right, and counts until CBP fails it again; it names the entry, unless"
        " CBP's message may be refiled unchanged."
        " cape run --attest FACT --attested-by NAME adds such rows.",
        (
            "fact,importer_number,entry_number,attested_by,attested_on,evidence",
            "drawback,,,A. Broker,2026-07-20,no drawback claim was ever filed",
            f"ready_to_refile,,{entry_number('ZQX', 2_100_001)},A. Broker,2026-07-20,correction of 2026-07-02",
        ),
    ),
    Template(
        "exclusions.csv",
        Exclusions,
        "One row for each entry that goes on no declaration, whatever the rules say. Its status stays as it is.",
        (
            "entry_number,reason,excluded_by,excluded_on",
            f"{entry_number('ZQX', 2_100_001)},claim was sold,A. Broker,2026-07-20",
        ),
    ),
    Template(
        "payees.csv",
        Payees,
        "One row for each notify party designated for an importer's refunds on CBP Form 4811 or in the ACE portal. CBP"
        " pays it only for entries that name it in box 28. Where an importer has rows here, payee_4811 of importers.csv"
        " no longer counts for it.",
        (
            "importer_number,payee_number,designation_from_date,designation_to_date,ach_enrolled,last_checked_date",
            "97-0000202AB,96-0000909,2025-03-01,,Y,2026-07-15",
            "97-0000202AB,95-0000808,2022-01-10,2025-02-28,,",
        ),
    ),
    Template(
        "bills.csv",
        Bills,
        "One row for each bill that CBP paid out of a refund (Funds Diverted). Only a bill that names the refund, or"
        " the only one of the payee whose amount is exactly what is missing, supports the diversion; without one the"
        " money stays unexplained.",
        (
            "bill_number,importer_number,amount_usd,bill_status,bill_date,refund_number",
            "41234567,89-0000101,1250.00,Paid,2026-03-02,R00204100",
            "41234999,97-0000202AB,310.75,Paid,2026-04-14,",
        ),
    ),
    Template(
        "materiality.csv",
        Materiality,
        "One row for each importer or client with limits of its own, and one without either for all others. What"
        " exceeds any limit gets a reconciliation request. A blank cell is the default.",
        (
            "importer_number,client_id,principal_usd,interest_usd,interest_days,refund_usd,refund_pct",
            "89-0000101,,0.00,1.00,2,5.00,",
            ",,0.00,0.05,1,0.00,",
        ),
    ),
    Template(
        "alerts_ack.csv",
        AlertAcknowledgements,
        "One row for each alert that somebody has seen to. It stays in alerts.csv with who saw to it, and the closing"
        " summary no longer counts it: until the day you name, or until the matter ends and comes again.",
        (
            "alert_key,acknowledged_by,acknowledged_on,acknowledged_note,until_date",
            f"ES022-BLANK {entry_number('ZQX', 2_100_001)},A. Broker,2026-07-20,wrote to CBP,2026-08-10",
        ),
    ),
    Template(
        "loads.csv",
        LoadRunDates,
        "One row for each export that does not state itself on which day it was run. What a file states wins.",
        (
            "file_name,report_run_date",
            "ES-003 may.csv,2026-06-02",
        ),
    ),
)

INTRODUCTION = """\
Reference files of your own
===========================

Fill in what you know, save as CSV (UTF-8) and put the files into the folder with your exports. All are optional.

- A blank cell in a column that is there means no, or nothing; where a column says so below, it means unknown.
- A column that is not there means unknown. Leave out a column that you do not keep: an empty one would say no for
  every row.
- An entry without a row is unknown too.
- Entry numbers have 11 characters without dashes. Format the column as text: a spreadsheet turns an entry number of
  digits only into a power of ten, and the number is lost.
- The files themselves hold headers only; the examples stand here, so that no example is ever loaded as a fact.
"""


def write_templates(folder: Path) -> tuple[Path, ...]:
    """Write the empty files and README.txt into `folder`; return their paths.

    Raises:
        FileExistsError: when one of the files is there already, so that no filled one is lost.
        OSError: when the folder cannot be written.
    """
    folder.mkdir(parents=True, exist_ok=True)
    texts = {template.file_name: f"{template.header}\n" for template in TEMPLATES}
    texts["README.txt"] = "\n".join([INTRODUCTION, *(_chapter(template) for template in TEMPLATES)])
    taken = [name for name in texts if (folder / name).exists()]
    if taken:
        raise FileExistsError(f"{', '.join(taken)} in {folder} would be overwritten: choose another folder")
    for name, text in texts.items():
        (folder / name).write_text(text, encoding="utf-8", newline="\r\n")
    return tuple(folder / name for name in texts)


def header_of(field: Field) -> str:
    """What the column is called in the user's file."""
    return HEADERS.get(field.name, field.name)


def _chapter(template: Template) -> str:
    name = template.file_name
    columns = [f"- {header_of(field)} ({_need(field)}): {_meaning(field)}" for field in template.columns]
    example = [f"    {line}" for line in template.example]
    return "\n".join([name, "-" * len(name), "", template.told, "", *columns, "", "Example:", "", *example, ""])


def _need(field: Field) -> str:
    return "optional" if field.nullable else "required"


def _meaning(field: Field) -> str:
    values = f"one of {', '.join(field.one_of)}" if field.one_of else FORMATS[field.sql_type]
    return f"{field.description}; {values}"
