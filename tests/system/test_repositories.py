"""The repositories' contract on AWS's own DynamoDB engine, and on an S3 that checks signatures."""

from concurrent.futures import ThreadPoolExecutor

import pytest

from service.common.errors import QuotaExceeded
from service.models.quota import Quota, Usage
from tests.repositories.sample_images import CONTENT, LONGEST, LONGEST_TAGS, add, sample
from tests.repositories.test_dynamodb_images import TestDynamodbImages
from tests.repositories.test_filtered_lists import TestFilteredLists, TestTrashLists
from tests.repositories.test_guarded_changes import TestGuardedChanges, TestManyAtOnce
from tests.repositories.test_image_lists import TestImageLists
from tests.repositories.test_images import TestImages
from tests.repositories.test_lists_machine import run_machine
from tests.repositories.test_long_lists import check_long_lists
from tests.repositories.test_objects import TestObjects
from tests.repositories.test_rendition_objects import TestRenditionObjects, image
from tests.repositories.test_swept_images import TestSweptImages
from tests.repositories.test_tag_counts import TestRecounts, tags
from tests.repositories.test_tags import TestTags
from tests.repositories.test_usage import TestUsage

__all__ = [
    "TestDynamodbImages",
    "TestFilteredLists",
    "TestGuardedChanges",
    "TestImageLists",
    "TestImages",
    "TestManyAtOnce",
    "TestObjects",
    "TestRecounts",
    "TestRenditionObjects",
    "TestSweptImages",
    "TestTags",
    "TestTrashLists",
    "TestUsage",
    "image",
]


def test_pages_of_the_longest_images_are_full(images):
    check_long_lists(images, LONGEST_TAGS, [LONGEST["user_id"], None])


def test_walks_agree_with_a_sorted_list(aws_stores):
    run_machine(aws_stores, 10)


@pytest.mark.parametrize("tags", [[], ["a", "b"]])
def test_parallel_uploads_fill_the_quota_exactly(aws_stores, tags):
    images = aws_stores.new_images(Quota(10))

    def finish(image):
        images.begin(image)
        try:
            return images.finish(image)
        except QuotaExceeded:
            return False

    with ThreadPoolExecutor(20) as threads:
        finished = list(threads.map(finish, [sample(tags=tags) for _ in range(20)]))

    assert finished.count(True) == 10
    assert images.usages() == {"ana": Usage(10, 10 * len(CONTENT), 10)}


def test_parallel_uploads_count_their_tags_exactly(images):
    with ThreadPoolExecutor(20) as threads:
        list(threads.map(lambda second: add(images, tags=["a", "b"], second=second), range(40)))

    assert tags(images) == tags(images, "ana") == {"a": 40, "b": 40}
