"""The bill of a month: quantities of what AWS charges for, times the prices."""

import re
from collections import Counter
from pathlib import Path

from tests.bench.costs import operations as used
from tests.bench.costs.prices import PRICES

DEPLOYMENT = Path(__file__).parents[3] / "deployment"
GB = 1e9
MILLION = 1_000_000
# What `make cost` computes without further figures.
VOLUMES = {
    "images": 50_000,
    "views": 2_000_000,
    "pages": 100_000,
    "uploads": 5_000,
    "direct_uploads": 0,
    "changes": 0,
    "deletes": 0,
    "bytes": used.PHOTO,
}


def milliseconds(operation):
    """Return what Lambda bills for an operation: its share of a processor, and its waits."""
    waits = sum(times * each for times, each in zip(operation.waits, used.WAITS, strict=True))
    cold = used.COLD_SHARE * operation.calls * used.COLD_MILLISECONDS
    return (operation.cpu + cold) / used.CPU_SHARE + waits


def of_operation(operation, architecture):
    """Return the quantities of one operation."""
    calls = operation.calls
    log = used.LOG_BYTES["gateway"] * min(operation.gateway, 1)
    log += (used.LOG_BYTES["call"] + used.LOG_BYTES["line"]) * calls
    return Counter(
        {
            "gateway request": operation.gateway,
            "lambda request": calls,
            architecture: milliseconds(operation) / 1000 * used.MEMORY_MB / 1024,
            "read unit": operation.read,
            "write unit": operation.write,
            "s3 write": operation.s3_write,
            "s3 read": operation.s3_read,
            "event": operation.events,
            "GB out": operation.answer / GB,
            "log GB": log / GB,
            # Each line is kept for 30 days.
            "kept log GB": log / GB,
        }
    )


def of_pictures(name, size=used.PHOTO):
    """Return the quantities of one picture that a browser loads from the bucket."""
    size = size if name == "original" else used.PICTURES[name]
    return Counter({"s3 read": 1, "GB out": size / GB})


def of_stored(size=used.PHOTO):
    """Return the quantities of one stored photograph with both renditions, for a month."""
    renditions = used.PICTURES["thumb"] + used.PICTURES["large"]
    return Counter(
        {
            "object GB": (size + renditions) / GB,
            "record GB": (used.TABLE_BYTES + used.INDEX_BYTES) / GB,
            "recovery GB": used.TABLE_BYTES / GB,
        }
    )


def of_idle(architecture):
    """Return the quantities of a deployment that nobody uses, for a month, by their parts."""
    template = "\n".join(path.read_text() for path in sorted(DEPLOYMENT.glob("*.yml")))
    kinds = Counter(re.findall(r"Type: AWS::(?:CloudWatch|Logs)::(\w+)", template))
    # An alarm of a sum is billed for each metric in it.
    summed = template.count("MetricStat:") - template.count("      Metrics:\n")
    return {
        "metrics with an alarm": Counter({"alarm": kinds["Alarm"] + summed}),
        "metrics of our own": Counter({"metric": kinds["MetricFilter"]}),
        "dashboard": Counter({"dashboard": kinds["Dashboard"]}),
        "sweeps": times(used.SWEEPS, of_operation(used.SWEEP, architecture)),
        "container image": Counter({"container GB": used.CONTAINER_GB}),
    }


def times(number, quantities):
    """Return quantities that many times."""
    return Counter({name: number * quantity for name, quantity in quantities.items()})


def together(*parts):
    """Return the sum of quantities."""
    total = Counter()
    for part in parts:
        total.update(part)
    return total


def parts_of(picture, architecture="x86_64", **volumes):
    """Return {part: quantities} of a month. picture: which one each view loads."""
    volume = VOLUMES | volumes
    # Every view names the thumb and the original; `large` must be asked for.
    rendition = "view of a rendition" if picture == "large" else "view"

    def operation(name):
        return of_operation(used.OPERATIONS[name], architecture)

    def loaded(name):
        return of_pictures(name, volume["bytes"])

    return {
        "photos stored": times(volume["images"], of_stored(volume["bytes"])),
        "views": times(volume["views"], operation(rendition)),
        "pictures of the views": times(volume["views"], loaded(picture)),
        "pages of 20": times(volume["pages"], operation("page of 20")),
        "their thumbs": times(20 * volume["pages"], loaded("thumb")),
        "uploads through Lambda": times(volume["uploads"], operation("upload through Lambda")),
        "direct uploads": times(volume["direct_uploads"], operation("direct upload")),
        "changes": times(volume["changes"], operation("change of a text")),
        "deletes": times(volume["deletes"], operation("delete")),
        "idle deployment": together(*of_idle(architecture).values()),
    }


def dollars(quantities, *, free=False, prices=PRICES):
    """Return the price of quantities. free: without what every account has for nothing."""
    total = 0
    for name, quantity in quantities.items():
        price = prices[name]
        billed = max(0, quantity - price.free) if free else quantity
        total += billed * price.dollars / price.amount
    return total
