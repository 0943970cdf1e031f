"""How much of a store one page reads at most, and how a search goes on behind its limit."""

import collections
import itertools

import pytest

from service.common.errors import ServiceBusy
from service.models.image import READY, changed
from service.models.query import Query
from service.repositories.aws.dynamodb import items, list_pages
from service.repositories.aws.dynamodb.list_pages import MOST_READ
from service.repositories.embedded.sqlite.lists import SqliteLists
from tests.bench.lists import insert_all, put_all
from tests.repositories.sample_images import at, sample, walk

COUNT = 2_300
# No image matches, but nothing tells that without a look at each of them.
SEARCHES = {
    "text": {"text": "zebra"},
    "none": {"none": ["common"]},
    "untagged": {"untagged": True, "oldest": True},
    "type": {"content_types": ["image/gif"], "created_after": at(2)},
    "any of two tags": {"tags": ["even", "odd"], "text": "zebra"},
    "tags that never meet": {"tags": ["even", "odd"], "match_all": True},
    "the same, oldest first": {"tags": ["even", "odd"], "match_all": True, "oldest": True},
}
PLAIN = {
    "user": Query("ana"),
    "all, oldest first": Query(oldest=True),
    "between dates": Query("ana", created_after=at(20), created_before=at(90)),
    "between dates, oldest first": Query(created_after=at(20), created_before=at(90), oldest=True),
    "any of two tags": Query(tags=["common", "even"], created_after=at(20)),
    "tag, oldest first": Query("ana", ["odd"], oldest=True),
    "filters that exclude each other": Query("ana", created_after=at(90), created_before=at(20)),
}


class SlowClock:
    """A clock that is later each time somebody reads it."""

    def __init__(self, seconds):
        self.times = itertools.count(0, seconds)

    def __call__(self):
        """Return the time."""
        return next(self.times)


class Index:
    """An index of DynamoDB that has all records, and counts what is read of it.

    counts: how many records each read has returned.
    """

    def __init__(self, query):
        self.counts = []
        self.rows = collections.defaultdict(list)
        for image in sorted(records(COUNT), key=by_time, reverse=not query.oldest):
            shard = items.shard(image.image_id)
            for key in (f"u#{image.user_id}", f"a#{shard}"):
                self.rows[key].append(image)
            for tag in image.tags:
                self.rows[f"ut#{image.user_id}#{tag}"].append(image)
                self.rows[f"t#{shard}#{tag}"].append(image)

    def page(self, query, position):
        """Return a page of twenty."""
        _index, groups = items.query_groups(query)

        def read(key, position, limit):
            low, high = query.span(position)
            rows = [one for one in self.rows[key] if (low or "") < one.listed_at < (high or "~")]
            found = rows[:limit]
            self.counts.append(len(found))
            return found, found[-1].listed_at if found else position, len(rows) <= limit

        if query.match_all:
            return list_pages.read_all(read, run, groups, query, limit=20, position=position)
        keys = [key for group in groups for key in group]
        return list_pages.read_any(read, run, keys, query, limit=20, position=position)


def run(read, streams):
    """Read streams one after another."""
    for stream in streams:
        read(stream)


def by_time(image):
    """Return the sort key of an image in a list."""
    return image.listed_at


def records(count, since=0):
    """Return ready images with increasing times; each has a common tag, and even or odd.

    The first one and the last one of COUNT are rare.
    """
    images = []
    for number in range(since, count):
        tags = ["common", ["even", "odd"][number % 2]]
        filename = "rare.png" if number in (0, COUNT - 1) else "cat.png"
        # The first eight digits decide the shard.
        image_id = f"{number:08x}{'5' * 24}"
        image = sample(tags=tags, second=number, image_id=image_id, filename=filename)
        images.append(changed(image, state=READY, due_at=None))
    return images


@pytest.fixture(scope="module")
def in_sqlite(embedded_stores):
    images = embedded_stores.new_images()
    insert_all(images, records(COUNT))
    return images


@pytest.mark.parametrize("user", ["ana", None])
@pytest.mark.parametrize("name", SEARCHES)
def test_a_page_of_dynamodb_reads_two_thousand_records(name, user):
    query = Query(user, **SEARCHES[name])
    index = Index(query)

    images, position = index.page(query, None)

    assert images == []
    # Each of the tags that never meet has fewer.
    assert sum(index.counts) == MOST_READ or (query.match_all and position is None)
    assert len(index.counts) <= 40
    if position:
        index.counts.clear()
        assert index.page(query, position) == ([], None)
        # What the first page has read, but not taken from all its streams, is read again.
        assert sum(index.counts) < MOST_READ / 2


@pytest.mark.parametrize(("user", "oldest"), [("ana", False), (None, True)])
def test_a_short_page_of_dynamodb_goes_on_where_it_stopped(aws_stores, user, oldest):
    images = aws_stores.new_images()
    # moto reads all of the table for each query: tags would make it three times as long.
    untagged = [changed(image, tags=[]) for image in records(COUNT)]
    put_all(images.client, images.table_name, untagged)

    pages = walk(images, Query(user, text="RARE", oldest=oldest), 2)

    ids = [[untagged[place].image_id] for place in (0, -1)]
    assert pages == (ids if oldest else ids[::-1])


@pytest.mark.parametrize("name", SEARCHES)
def test_a_search_in_sqlite_stops_in_time(in_sqlite, name):
    query = Query("ana", **SEARCHES[name])
    lists = SqliteLists(in_sqlite.database, SlowClock(0.01))

    images, position = lists.page(query, 20, None)

    assert images == []
    passed = records(COUNT) if query.oldest else records(COUNT)[::-1]
    places = [image.listed_at for image in passed]
    # 50 ms are over after the first portion and two small ones.
    assert 400 < places.index(position) < 1000


@pytest.mark.parametrize("oldest", [False, True])
def test_a_short_page_of_sqlite_goes_on_where_it_stopped(in_sqlite, oldest):
    ids = [[image.image_id] for image in records(1) + records(COUNT, COUNT - 1)]
    lists, pages, position = SqliteLists(in_sqlite.database, SlowClock(0.01)), [], None

    while not pages or position:
        query = Query("ana", text="RARE", oldest=oldest)
        images, position = lists.page(query, 2, position)
        pages.append([image.image_id for image in images])

    assert len(pages) > 3
    assert [page for page in pages if page] == (ids if oldest else ids[::-1])


def test_a_quick_search_in_sqlite_reads_to_the_end(in_sqlite):
    lists = SqliteLists(in_sqlite.database, SlowClock(0))

    for filters in SEARCHES.values():
        assert lists.page(Query(**filters), 20, None) == ([], None)


def test_searches_in_sqlite_wait_for_each_other(in_sqlite):
    lists = SqliteLists(in_sqlite.database, turn_seconds=0.01)

    with lists.turn:
        for filters in SEARCHES.values():
            with pytest.raises(ServiceBusy):
                lists.page(Query(**filters), 20, None)
        for query in PLAIN.values():
            lists.page(query, 20, None)

    assert lists.page(Query(text="zebra"), 20, None)[0] == []


@pytest.mark.parametrize("name", PLAIN)
def test_a_plain_page_of_sqlite_reads_only_its_own_rows(embedded_stores, name):
    images, steps = embedded_stores.new_images(), itertools.count()
    with images.database.connection("test") as connection:
        connection.set_progress_handler(lambda: next(steps) and 0, 1)
    costs = []
    for since, count in ((0, 150), (150, 600)):
        insert_all(images, records(count, since))
        before = next(steps)
        images.list(PLAIN[name], 20, None)
        costs.append(next(steps) - before)

    assert costs[0] == costs[1] < 3000
