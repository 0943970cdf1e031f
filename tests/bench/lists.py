"""How much a page of twenty reads: it must not grow with the number of stored images."""

import concurrent.futures
import contextlib
import itertools
import tempfile
from pathlib import Path

from service.common import config
from service.models.query import Query
from service.repositories.aws import clients, provision
from service.repositories.aws.dynamodb import items
from service.repositories.aws.dynamodb.images import DynamodbImages
from service.repositories.embedded.sqlite import images as records
from service.repositories.embedded.sqlite.database import SqliteDatabase
from service.repositories.embedded.sqlite.images import SqliteImages
from tests.bench import report, samples
from tests.bench.report import Figure

WRITERS = 4
USER = samples.FIELDS["user_id"]
# The moment of the record with the number 50: half of the smallest collection is before it.
BOUND = samples.record(50).created_at
# Every image is tagged `sea`; four in sixteen, one of each shard, `rare` as well.
QUERIES = {
    "user": (Query(USER), 1),
    "tag": (Query(tags=["rare"]), 4),
    "user and tag": (Query(USER, ["rare"]), 1),
    "user, all of two tags": (Query(USER, ["rare", "sea"], match_all=True), 2),
    "all of two tags": (Query(tags=["rare", "sea"], match_all=True), 8),
    "user, oldest first": (Query(USER, oldest=True), 1),
    "everyone, oldest first": (Query(oldest=True), 4),
    "user, before a date": (Query(USER, created_before=BOUND), 1),
    "tag, from a date on, oldest first": (Query(tags=["sea"], created_after=BOUND, oldest=True), 4),
}
# These find nothing, so that all is read that one request may read.
SEARCHES = {
    "q": Query(USER, text="lighthouse"),
    "q, everyone": Query(text="lighthouse"),
    "content_type": Query(USER, content_types=["image/png"]),
    "untagged": Query(USER, untagged=True),
    "none of a tag": Query(USER, none=["sea"]),
    "q, all of two tags": Query(tags=["rare", "sea"], match_all=True, text="lighthouse"),
}


def dynamodb_figures(client, writer, sizes):
    """Return the items read per page on a DynamoDB, for growing collections.

    writer: a client without the service's time limits, for the batches.
    """
    images = DynamodbImages(client, "bench-lists")
    provision.make_table(writer, images.table_name)
    read = []
    client.meta.events.register(
        "after-call.dynamodb.Query", lambda parsed, **_more: read.append(parsed["ScannedCount"])
    )

    def grow(size, since):
        put_all(writer, images.table_name, new_records(since, size))

    def cost(query):
        read.clear()
        page(images, query)
        return sum(read)

    found = grown("DynamoDB items read", sizes, grow, cost)
    for name, query in SEARCHES.items():
        read.clear()
        images.list(query, 20, None)
        found.append(Figure(f"DynamoDB items a search reads, {name}", [sum(read)], "items"))
    return found


def sqlite_figures(sizes):
    """Return the steps of SQLite's machine per page, for growing collections."""
    with tempfile.TemporaryDirectory() as folder:
        database = SqliteDatabase(Path(folder) / "images.db")
        images = SqliteImages(database)
        steps = itertools.count()
        with database.connection("bench") as connection:
            connection.set_progress_handler(lambda: next(steps) and 0, 1)

        def grow(size, since):
            insert_all(images, new_records(since, size))

        def cost(query):
            before = next(steps)
            page(images, query)
            return next(steps) - before - 1

        found = grown("SQLite steps", sizes, grow, cost)
        database.close()
    return found


def grown(label, sizes, grow, cost):
    """Return the cost of every query per size, and the largest's against the smallest's."""
    costs = {name: [] for name in QUERIES}
    for since, size in itertools.pairwise([0, *sizes]):
        grow(size, since)
        for name, (query, streams) in QUERIES.items():
            costs[name].append(cost(query) / streams)
    found = []
    for name, figures in costs.items():
        unit = "a stream at " + ", ".join(
            f"{size}: {cost:g}" for size, cost in zip(sizes, figures, strict=True)
        )
        found.append(Figure(f"{label}, {name}", [figures[-1] / figures[0]], unit))
    return found


def page(images, query):
    """Read a page of twenty. Raises RuntimeError when it is not full."""
    found, _position = images.list(query, 20, None)
    if len(found) != 20:
        raise RuntimeError(f"{len(found)} images where 20 should be")


def new_records(since, size):
    """Yield ready records."""
    for number in range(since, size):
        yield samples.record(number, ["rare", "sea"] if number // 4 % 4 == 0 else ["sea"])


def put_all(writer, table_name, found):
    """Write records and tag entries in batches, several at once."""
    listed = (entry for image in found for entry in [ready_item(image), *items.entries_of(image)])
    requests = ({"PutRequest": {"Item": item}} for item in listed)
    batches = iter(lambda: list(itertools.islice(requests, 25)), [])

    def put(batch):
        left = {table_name: batch}
        while left:
            left = writer.batch_write_item(RequestItems=left)["UnprocessedItems"]

    with concurrent.futures.ThreadPoolExecutor(WRITERS) as writers:
        for _ in writers.map(put, batches):
            pass


def ready_item(image):
    """Return the item of a listed record."""
    lists = {"user_list": items.user_list(image), "all_list": items.all_list(image)}
    return items.item_of(image) | items.values(lists)


def insert_all(images, found):
    """Write records and put them into their lists in one transaction."""
    with images.database.writing("bench") as connection:
        for image in found:
            connection.execute(
                f"INSERT INTO images ({records.COLUMNS}) VALUES ({records.SLOTS})",  # noqa: S608
                records.row_of(image),
            )
            images.lists.enter(connection, image)


@contextlib.contextmanager
def dynamodb_local():
    """Give (the service's client, a plain one) of DynamoDB Local; nothing if it cannot run."""
    from tests.system import emulators

    try:
        with emulators.dynamodb_local() as address:
            values = {"BUCKET_NAME": "images", "TABLE_NAME": "images", "USE_LOCALSTACK": "1"}
            settings = config.load(values | {"AWS_ENDPOINT_URL": address})
            session = clients.new_session(settings)
            plain = session.client("dynamodb", endpoint_url=address)
            yield clients.dynamodb_client(session, settings), plain
    except emulators.Missing as error:
        print(f"NOT MEASURED on DynamoDB Local: {error}")
        yield ()


def main():
    """Print what a page reads on DynamoDB Local with up to 100,000 images; it takes minutes."""
    with dynamodb_local() as clients:
        for figure in dynamodb_figures(*clients, (100, 10_000, 100_000)) if clients else ():
            print(report.line(figure), "·", figure.unit)


if __name__ == "__main__":
    main()
