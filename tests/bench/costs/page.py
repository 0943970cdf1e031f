"""The tables of docs/cost.md. Each function returns one as lines of Markdown."""

import re

from tests.bench.costs import bills, operations
from tests.bench.costs.bills import dollars, times
from tests.bench.costs.others import OTHERS
from tests.bench.costs.prices import OPTIONAL, PRICES

PICTURES = ("thumb", "large", "original")
# The columns of the table of operations, and what AWS charges for in each.
GROUPS = {
    "API Gateway": ("gateway request",),
    "Lambda": ("lambda request", "x86_64", "arm64"),
    "DynamoDB": ("read unit", "write unit"),
    "S3 and events": ("s3 write", "s3 read", "event"),
    "logs": ("log GB", "kept log GB"),
    "data out": ("GB out",),
}


def table(head, rows, others="--:"):
    """Return a table; the first column is text, the others are figures unless `others` is `---`."""
    lines = [head, ["---", *[others] * (len(head) - 1)], *rows]
    return "\n".join(f"| {' | '.join(map(str, line))} |" for line in lines)


def money(amount):
    """Return dollars as text; less than a cent has three more digits."""
    return f"{amount:,.2f}" if amount >= 0.005 or amount == 0 else f"{amount:.4f}"


def headline(**volumes):
    """Return the bill of a month, for each picture that a view may load."""
    bills_of = [bills.parts_of(picture, **volumes) for picture in PICTURES]
    rows = [
        [part, *(money(dollars(bill[part])) for bill in bills_of)]
        for part in bills_of[0]
        if bills_of[0][part].total()
    ]
    wholes = [bills.together(*bill.values()) for bill in bills_of]
    rows.append(["**sum at list prices**", *(f"**{money(dollars(one))}**" for one in wholes)])
    free = [money(dollars(one, free=True)) for one in wholes]
    rows.append(["**what is left after the free allowances**", *(f"**{one}**" for one in free)])
    arm = [bills.parts_of(picture, "arm64", **volumes) for picture in PICTURES]
    sums = [money(dollars(bills.together(*bill.values()))) for bill in arm]
    rows.append(["sum at list prices with `architecture=arm64`", *sums])
    return table(["US dollars a month; a view loads the", *PICTURES], rows)


def per_million():
    """Return what a million of each operation costs, by what is charged."""
    rows = []
    for name, operation in operations.OPERATIONS.items():
        used = times(bills.MILLION, bills.of_operation(operation, "x86_64"))
        shares = [dollars({kind: used[kind] for kind in kinds}) for kinds in GROUPS.values()]
        arm = dollars(times(bills.MILLION, bills.of_operation(operation, "arm64")))
        rows.append([name, *map(money, shares), money(sum(shares)), money(arm)])
    for name in PICTURES:
        used = times(bills.MILLION, bills.of_pictures(name))
        shares = [dollars({kind: used[kind] for kind in kinds}) for kinds in GROUPS.values()]
        rows.append([f"{name} loaded", *map(money, shares), money(sum(shares)), money(sum(shares))])
    return table(["a million times", *GROUPS, "sum", "with arm64"], rows)


def counts():
    """Return what is counted and measured of each operation."""
    head = ["once", "requests of 512 KB", "read units", "write units", "S3 writes", "S3 reads"]
    head += ["events", "CPU ms", "billed ms", "bytes of the answer"]
    rows = []
    for name, one in operations.OPERATIONS.items():
        rows.append([name, one.gateway, one.read, one.write, one.s3_write, one.s3_read, one.events])
        rows[-1] += [one.cpu, round(bills.milliseconds(one)), f"{one.answer:,}"]
    return table(head, rows)


def stored():
    """Return what 100,000 stored photographs cost a month."""
    used = times(100_000, bills.of_stored())
    rows = [
        [PRICES[kind].unit, f"{used[kind]:.2f}", money(dollars({kind: used[kind]}))]
        for kind in used
    ]
    rows.append(["**sum**", "", f"**{money(dollars(used))}**"])
    return table(["100,000 photographs of 4.3 MB with both renditions", "GB", "US dollars"], rows)


def idle():
    """Return what a deployment costs that nobody uses."""
    parts = bills.of_idle("x86_64")
    rows = [[named(part, used), money(dollars(used))] for part, used in parts.items()]
    whole = dollars(bills.together(*parts.values()))
    rows.append(["**sum**", f"**{money(whole)}**"])
    return table(["an idle deployment", "US dollars a month"], rows)


def named(part, used):
    """Return the name of a part, with its number where there is one."""
    numbers = {
        "metrics with an alarm": used["alarm"],
        "metrics of our own": used["metric"],
        "sweeps": f"{used['lambda request']:,}",
        "container image": f"{used['container GB']} GB",
    }
    return f"{part}: {numbers[part]}" if part in numbers else part


def prices():
    """Return the prices with their sources."""
    rows = []
    for price in [*PRICES.values(), *OPTIONAL.values()]:
        free = f"{price.free:,}" if price.free else ""
        per = f"{price.amount:,} {price.unit}" if price.amount > 1 else price.unit
        place = re.match(r"https://(?:www\.)?([\w-]+)", price.source)[1]
        rows.append([per, f"{price.dollars:.10f}".rstrip("0").rstrip("."), free])
        rows[-1] += [f"[{place}]({price.source}), {price.date}"]
    return table(["unit", "US dollars", "free each month", "read at, its date"], rows, "---")


def others():
    """Return what others publish for the work of the first table, with `large`."""
    rows = [
        [name, rule, money(cost(bills.VOLUMES)), f"{source}, {date}"]
        for name, rule, cost, source, date in OTHERS
    ]
    head = ["", "what they charge for", "US dollars a month", "read at, its date"]
    return table(head, rows, "---")


TABLES = {
    "headline": headline,
    "per million": per_million,
    "stored": stored,
    "idle": idle,
    "counts": counts,
    "others": others,
    "prices": prices,
}
PLACE = r"(<!-- cost: {} -->\n).*?(<!-- /cost -->)"


def written(text):
    """Return the page with every table as the code computes it."""
    for name, make in TABLES.items():
        lines = make()
        text, number = re.subn(
            PLACE.format(re.escape(name)),
            lambda match, lines=lines: f"{match[1]}{lines}\n{match[2]}",
            text,
            flags=re.DOTALL,
        )
        assert number == 1, name
    return text
