"""Pages of tags merge streams, add counts up, and are bounded in what they read."""

import pytest

from service.repositories.aws.dynamodb.list_pages import Stream
from service.repositories.tag_pages import MOST_READ, merged


class Rows:
    """Streams of rows (tag, count), and how many rows were read."""

    def __init__(self, *streams):
        self.streams = streams
        self.count = 0

    def page(self, limit, position=None):
        """Return a page."""
        return merged([Stream(self.read, rows, position) for rows in self.streams], run, limit)

    def read(self, rows, position, limit):
        """Read rows behind a position; like DynamoDB, it sees the end only behind the last row."""
        found = [row for row in rows if position is None or row[0] > position][:limit]
        self.count += len(found)
        return found, found[-1][0] if found else position, len(found) < limit


def run(read, streams):
    for stream in streams:
        read(stream)


def walk(rows, limit):
    """Return the pages of a walk."""
    pages, position = [], None
    while not pages or position:
        page, position = rows.page(limit, position)
        pages.append(page)
    return pages


def test_counts_of_one_tag_are_added_up():
    rows = Rows([("a", 1), ("b", 3), ("d", 2)], [("b", -1), ("c", 1), ("d", -2)], [("b", 1)], [])

    assert walk(rows, 5) == [[("a", 1), ("b", 3), ("c", 1)]]


@pytest.mark.parametrize("limit", [1, 2, 3, 50])
def test_what_is_not_shown_makes_no_page_short(limit):
    tags = [f"{number:03d}" for number in range(60)]
    rows = Rows([(tag, 1) for tag in tags], [(tag, -1) for tag in tags if int(tag) % 3])

    pages = walk(rows, limit)

    assert [row for page in pages for row in page] == [(tag, 1) for tag in tags[::3]]
    assert {len(page) for page in pages[:-1]} <= {limit}


def test_a_page_reads_a_bounded_number_of_rows():
    rows = Rows([(f"{number:06d}", 0) for number in range(30_000)] + [("end", 7)])

    found, position = rows.page(50)

    assert (found, rows.count <= MOST_READ) == ([], True)
    assert position < "end"
    assert [row for page in walk(rows, 50) for row in page] == [("end", 7)]
