"""Print what a month costs: python -m tests.bench.costs [IMAGES=50000 VIEWS=2000000 ...] [--write]

--write: put the tables into docs/cost.md.
"""

import sys
from pathlib import Path

from tests.bench.costs import bills, page

PAGE = Path(__file__).parents[3] / "docs/cost.md"


def volumes_of(arguments):
    """Return the volumes that arguments such as VIEWS=1000 name. Raises SystemExit."""
    found = {}
    for argument in arguments:
        name, _, number = argument.partition("=")
        if name.lower() not in bills.VOLUMES or not number.isdecimal():
            known = ", ".join(f"{one.upper()}={value}" for one, value in bills.VOLUMES.items())
            raise SystemExit(
                f"{argument} is not known. What can be set, and is without it: {known}"
            )
        found[name.lower()] = int(number)
    return found


def main(arguments):
    """Print the tables, or write them into the page."""
    if "--write" in arguments:
        PAGE.write_text(page.written(PAGE.read_text()))
        return
    sys.stdout.write(f"{page.headline(**volumes_of(arguments))}\n\n{page.per_million()}\n")


if __name__ == "__main__":
    main(sys.argv[1:])
