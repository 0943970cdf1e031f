"""docs/cost.md shows what the code computes, and the sums are right."""

import re
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest

from tests.bench.costs import bills, page
from tests.bench.costs.bills import dollars
from tests.bench.costs.prices import OPTIONAL, PRICES

ROOT = Path(__file__).parents[1]
TEXT = (ROOT / "docs/cost.md").read_text()


def test_the_tables_are_what_the_code_computes():
    """After a change: python -m tests.bench.costs --write."""
    assert page.written(TEXT) == TEXT


def test_another_figure_in_a_table_is_found():
    other = re.sub(
        r"\| \*\*sum at list prices\*\* \| \*\*\d", "| **sum at list prices** | **0", TEXT
    )

    assert other != TEXT
    assert page.written(other) == TEXT


def test_a_sum_is_that_of_its_parts():
    whole = bills.together(*bills.parts_of("large").values())
    parts = [dollars(used) for used in bills.parts_of("large").values()]

    assert dollars(whole) == pytest.approx(sum(parts))


def test_prices_are_for_their_amount_of_units():
    assert dollars(Counter({"lambda request": 3_000_000})) == pytest.approx(0.60)
    assert dollars(Counter({"s3 write": 1_000})) == pytest.approx(0.005)


def test_free_units_are_free_once():
    used = Counter({"GB out": 150, "s3 read": 1_000_000})

    assert dollars(used, free=True) == pytest.approx(50 * 0.09 + 0.40)


def test_an_idle_deployment_costs_what_its_files_define():
    files = "".join(path.read_text() for path in (ROOT / "deployment").glob("*.yml"))

    idle = bills.of_idle("x86_64")

    # Seven of one metric; the table and its three indexes have two each.
    assert files.count("Type: AWS::CloudWatch::Alarm\n") == 8
    assert idle["metrics with an alarm"]["alarm"] == 7 + 8
    assert idle["metrics of our own"]["metric"] == 1
    assert idle["dashboard"]["dashboard"] == files.count("Type: AWS::CloudWatch::Dashboard\n") == 1


def test_every_price_has_an_address_and_a_date():
    for price in [*PRICES.values(), *OPTIONAL.values()]:
        assert price.dollars > 0
        assert re.match(r"https://[^ ]+$", price.source)
        assert re.match(r"20\d\d|no date$", price.date)


def test_the_command_computes_with_other_volumes():
    command = [sys.executable, "-m", "tests.bench.costs", "VIEWS=0", "PAGES=0", "UPLOADS=0"]

    lines = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout

    idle = page.money(dollars(bills.together(*bills.of_idle("x86_64").values())))
    assert "| photos stored | 5.27 | 5.27 | 5.27 |" in lines
    assert f"| idle deployment | {idle} | {idle} | {idle} |" in lines
    assert "pages of 20 |" not in lines.partition("\n\n")[0]


@pytest.mark.parametrize("argument", ["PHOTOS=1", "VIEWS=many", "VIEWS"])
def test_the_command_says_what_can_be_set(argument):
    command = [sys.executable, "-m", "tests.bench.costs", argument]

    result = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)

    assert result.returncode == 1
    assert f"{argument} is not known" in result.stderr
    assert "IMAGES=50000, VIEWS=2000000" in result.stderr
