"""The repositories' contract on AWS's own DynamoDB engine, and on an S3 that checks signatures."""

from tests.repositories.sample_images import LONGEST, LONGEST_TAGS
from tests.repositories.test_dynamodb_images import TestDynamodbImages
from tests.repositories.test_image_lists import TestImageLists
from tests.repositories.test_images import TestImages
from tests.repositories.test_lists_machine import run_machine
from tests.repositories.test_long_lists import check_long_lists
from tests.repositories.test_objects import TestObjects

__all__ = ["TestDynamodbImages", "TestImageLists", "TestImages", "TestObjects"]


def test_pages_of_the_longest_images_are_full(images):
    check_long_lists(images, LONGEST_TAGS, [LONGEST["user_id"], None])


def test_walks_agree_with_a_sorted_list(aws_stores):
    run_machine(aws_stores, 10)
