"""Lists that DynamoDB cannot read in one query, because a query stops at 1 MB."""

from service.models.query import Query
from tests.repositories.sample_images import LONGEST, LONGEST_TAGS, add, walk

COUNT = 250
USER = LONGEST["user_id"]


def check_long_lists(images, tags, users):
    """Walk lists of the longest images; only every tenth has the last tag but one."""
    most = tags[:-2] + tags[-1:]
    made = [add(images, tags=most if number % 10 else tags, second=number // 10, **LONGEST)
            for number in range(COUNT)]  # fmt: skip
    made.sort(key=lambda image: image.listed_at, reverse=True)
    everything = [image.image_id for image in made]
    matches = [image.image_id for image in made if image.tags == sorted(tags)]

    for user in users:
        for limit in (100, 300):
            check(images, Query(user), limit, everything)
            if tags:
                check(images, Query(user, [tags[0], tags[-1]]), limit, everything)
                check(images, Query(user, tags[-2:], match_all=True), limit, matches)


def check(images, query, limit, expected):
    """Check that a walk finds everything once and that every page but the last is full."""
    pages = walk(images, query, limit)

    assert sum(pages, []) == expected
    assert {len(page) for page in pages[:-1]} <= {limit}


def test_pages_are_full_on_the_embedded_store(embedded_stores):
    check_long_lists(embedded_stores.new_images(), LONGEST_TAGS, [USER, None])


def test_pages_are_full_on_dynamodb(aws_stores):
    # moto is too slow for tags; `make test-system` has them all.
    check_long_lists(aws_stores.new_images(), [], [USER])
