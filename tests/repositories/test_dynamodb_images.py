"""Cases that only a shared table has: items of other programs, and missing parts."""

import pytest

from service.common.errors import StorageUnavailable
from service.models.query import Query
from service.repositories.aws.dynamodb.images import DynamodbImages
from service.repositories.aws.dynamodb.table import table_definition, texts
from tests.repositories.sample_images import add, sample, walk

IMAGE_ID = "0123456789abcdef0123456789abcdef"
FOREIGN = [
    {},
    {"doc": {"S": "{}"}},
    {"state": {"S": "active"}, "doc": {"S": "{}"}},
    {"state": {"S": "ready"}},
    {"state": {"S": "ready"}, "doc": {"S": ""}},
    {"state": {"N": "1"}, "doc": {"S": "{}"}},
    {"state": {"NULL": True}, "doc": {"S": "{}"}},
    {"state": {"L": []}, "doc": {"S": "{}"}},
    {"state": {"M": {"S": {"S": "ready"}}}, "doc": {"S": "{}"}},
    {"state": {"SS": ["ready"]}, "doc": {"S": "{}"}},
]


class TestDynamodbImages:
    """A table that is shared with other programs, or that lacks an index."""

    @pytest.fixture
    def images(self, aws_stores):
        return aws_stores.new_images()

    @pytest.mark.parametrize("item", FOREIGN)
    def test_another_programs_item_is_absent(self, images, item):
        put(images, IMAGE_ID, item)

        assert images.get(IMAGE_ID) is None

    @pytest.mark.parametrize("item", FOREIGN)
    def test_another_programs_item_is_left_as_it_is(self, images, item):
        put(images, IMAGE_ID, item)
        mine = sample(image_id=IMAGE_ID)

        done = [images.begin(mine), images.take_over(mine, mine), images.finish(mine)]
        images.release(mine)

        assert done == [False, False, False]
        assert read(images, IMAGE_ID) == {"image_id": {"S": IMAGE_ID}} | item

    def test_another_programs_items_are_not_listed(self, images):
        made = [add(images, tags=["beach"], second=second) for second in (3, 2, 1)]
        for number in range(30):
            lists = {"user_list": {"S": "u#ana"}, "all_list": {"S": f"a#{number % 4}"}}
            put(images, f"order-{number}", lists | {"listed_at": {"S": f"9{number}"}})

        for query in (Query(), Query("ana"), Query("ana", ["beach"])):
            pages = walk(images, query, 2)

            assert pages[0] == [image.image_id for image in made[:2]]
            assert sum(pages, []) == [image.image_id for image in made]

    def test_a_missing_index_is_named(self, aws_stores):
        table = table_definition("half")
        table["GlobalSecondaryIndexes"].pop()
        used = {name for index in table["GlobalSecondaryIndexes"] for name in names(index)}
        used.add("image_id")
        table["AttributeDefinitions"] = texts(*used)
        aws_stores.dynamodb.create_table(**table)

        missing = DynamodbImages(aws_stores.dynamodb, "half").missing()

        assert missing == ["index by_due"]

    def test_a_missing_table_is_storage_unavailable(self, aws_stores):
        images = DynamodbImages(aws_stores.dynamodb, "nowhere")
        image = sample(tags=["beach"])

        for call in (
            images.missing,
            lambda: images.get(IMAGE_ID),
            lambda: images.begin(image),
            lambda: images.finish(image),
            lambda: images.bury(image, image.nonce, image.due_at),
            lambda: images.list(Query(), 5, None),
        ):
            with pytest.raises(StorageUnavailable):
                call()


def put(images, image_id, item):
    """Write an item as another program does."""
    key = {"image_id": {"S": image_id}}
    images.client.put_item(TableName=images.table_name, Item=key | item)


def read(images, image_id):
    """Return an item."""
    key = {"image_id": {"S": image_id}}
    return images.client.get_item(TableName=images.table_name, Key=key)["Item"]


def names(index):
    """Return the names of an index's keys."""
    return [key["AttributeName"] for key in index["KeySchema"]]
