"""`python -m tests.supply_chain licences | audit`: both end with 0 only when all is known and allowed.

Belongs here: the command line. Does not belong here: the work (`licences.py`, `audit.py`).
"""

import argparse
import sys

from tests.supply_chain import audit, licences


def main() -> int:
    """The exit code: 0 all is well, 1 something is found, 2 it cannot be told."""
    parser = argparse.ArgumentParser(prog="python -m tests.supply_chain", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    one = commands.add_parser("licences", help="hold the licence of every pinned package against policy.toml")
    one.add_argument("--write", action="store_true", help="write the list in deploy/LICENCES.md anew")
    commands.add_parser("audit", help="ask for the known vulnerabilities of every pinned package")
    given = parser.parse_args()
    lines, code = licences.run(writes=given.write) if given.command == "licences" else audit.run()
    sys.stdout.write("".join(f"{line}\n" for line in lines))
    return code


if __name__ == "__main__":
    sys.exit(main())
