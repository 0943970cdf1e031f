"""How many ready images carry each tag, in DynamoDB: an item per user and tag, and shard and tag.

Best effort: a count is added after the image was written, and nothing fails with it. A recount
(service/business/upkeep/tag_counts.py) corrects what is wrong.
"""

import logging
import zlib
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context

from botocore.exceptions import ClientError

from service.models.image import READY
from service.repositories import tag_pages
from service.repositories.aws import clients
from service.repositories.aws.dynamodb import items
from service.repositories.aws.dynamodb.list_pages import Stream
from service.repositories.aws.dynamodb.writes import REFUSED, DynamodbWrites

log = logging.getLogger(__name__)

THREADS = 16
# Keys of the table. A user_id has no `#`, so none is that of another kind of item.
OF_USER = "tag#"
OF_SHARD = "tags#"
FILLED = "tags-filled"


class DynamodbTags:
    """The counts of one table."""

    is_exact = False

    def __init__(self, client, table_name):
        self.client = client
        self.table_name = table_name
        self.writes = DynamodbWrites(client, table_name)
        # Its threads start with the first image that has tags, never at import.
        self.workers = ThreadPoolExecutor(THREADS, thread_name_prefix="tags")

    def moved(self, image, before, after):
        """Count that an image's tags in the lists were `before` and are `after`. Never fails."""
        self.moved_many([(image, before, after)])

    def moved_many(self, moves):
        """Count moves (image, before, after) as `moved` does; all of one tag are one step."""
        steps = Counter()
        for image, before, after in moves:
            for tags, step in ((after, 1), (before, -1)):
                steps.update({key: step for tag in tags for key in keys_of(image, tag)})
        calls = [(key, step) for key, step in steps.items() if step]
        faults = [fault for fault in self.run(lambda call: self.fault_of(*call), calls) if fault]
        if faults:
            facts = {"image_id": moves[0][0].image_id, "failed": len(faults)}
            log.warning("tags not counted", extra=facts, exc_info=faults[0])

    def fault_of(self, key, step):
        """Add a step to a count; return the error if it fails or the request has no time left."""
        try:
            self.add(key, step)
        except Exception as error:
            # Any error: the image has been written, so its answer must be that of a success.
            return error
        return None

    def run(self, call, arguments):
        """Return the results of parallel calls, each in a copy of the request's context."""
        if len(arguments) == 1:
            return [call(arguments[0])]
        futures = [self.workers.submit(copy_context().run, call, one) for one in arguments]
        return [future.result() for future in futures]

    def add(self, key, step, allowed=("attribute_not_exists(#state)", {})):
        """Add a step to a count; an item whose count becomes 0 is removed.

        allowed: a condition and its values. False if it does not hold.
        """
        condition, values = allowed
        lists = lists_of(key)
        user = ", user_list = :user" if ":user" in lists else ""
        change = f"SET listed_at = :tag, all_list = :all{user} ADD doc :step"
        call = items.update(key, change, condition, values | lists | {":step": step})
        call |= {"TableName": self.table_name, "ReturnValues": "ALL_NEW"}
        with clients.storage_errors("count tag"):
            try:
                response = self.client.update_item(**call)
            except ClientError as error:
                if clients.error_code(error) == REFUSED:
                    return False
                raise
        if response["Attributes"]["doc"]["N"] == "0":
            empty = "attribute_not_exists(#state) AND doc = :zero"
            self.writes.delete("forget tag", key, empty, {":zero": 0})
        return True

    def page(self, user_id, prefix, limit, position):
        """Return ([(tag, count)], position): a page of tags, of a user or (None) of everyone."""
        lists = [f"tl#{user_id}"] if user_id else [f"tl#{n}" for n in range(items.SHARDS)]
        index = "by_user" if user_id else "by_all"

        def read(key, position, portion):
            bounds = tag_pages.bounds(prefix, position)
            return self.read_stream(index, key, bounds, portion)

        streams = [Stream(read, key, position) for key in lists]
        return tag_pages.merged(streams, self.run, limit)

    def read_stream(self, index, key, bounds, limit):
        """Return (rows, position, ended) of one index key: see list_pages.Stream.

        A row is (tag, count). bounds: the first and the last tag that it may have.
        """
        query = self.query(index, key) | {"Limit": limit}
        query["KeyConditionExpression"] += " AND listed_at BETWEEN :first AND :last"
        first, last = bounds
        query["ExpressionAttributeValues"] |= items.values({":first": first, ":last": last})
        with clients.storage_errors("tags"):
            response = self.client.query(**query)
        rows = [(item["listed_at"]["S"], count_of(item)) for item in response["Items"]]
        last = response.get("LastEvaluatedKey")
        return rows, last and last["listed_at"]["S"], not last

    def query(self, index, key):
        """Return the arguments of a query of one index key."""
        hash_key, _, _ = items.INDEXES[index]
        return {
            "TableName": self.table_name,
            "IndexName": index,
            "KeyConditionExpression": f"{hash_key} = :key",
            "ExpressionAttributeValues": items.values({":key": key}),
        }

    def is_filled(self):
        """Tell whether a recount has counted the images of versions that did not count."""
        key = items.key_of(FILLED)
        with clients.storage_errors("tags filled"):
            response = self.client.get_item(TableName=self.table_name, Key=key, ConsistentRead=True)
        return "Item" in response

    def mark_filled(self):
        """Remember that every image is counted."""
        with clients.storage_errors("mark tags filled"):
            self.client.put_item(TableName=self.table_name, Item=items.key_of(FILLED))

    def stored(self):
        """Yield (key, count) of every count. For recounts only."""
        for number in range(items.SHARDS):
            for key in (f"tl#{number}", f"tu#{number}"):
                for item in self.all_of(key):
                    yield item["image_id"]["S"], count_of(item)

    def counted(self):
        """Yield (key, number) of what the lists have. For recounts only."""
        for number in range(items.SHARDS):
            for item in self.all_of(f"a#{number}"):
                image = items.listed_image(item, READY)
                yield from ((key, 1) for tag in image.tags for key in keys_of(image, tag))

    def all_of(self, key):
        """Yield every item of a key of the index by_all."""
        pages = self.client.get_paginator("query").paginate(**self.query("by_all", key))
        with clients.storage_errors("all tags"):
            for page in pages:
                yield from page["Items"]

    def correct(self, key, stored, counted):
        """Add what a count lacks. False if it is now nearer to `counted` than to `stored`."""
        radius = abs(counted - stored) // 2
        values = {":least": stored - radius, ":most": stored + radius}
        condition = "doc BETWEEN :least AND :most"
        if abs(stored) <= radius or not stored:
            condition = f"({condition} OR attribute_not_exists(doc))"
        condition = f"attribute_not_exists(#state) AND {condition}"
        return self.add(key, counted - stored, (condition, values))


def keys_of(image, tag):
    """Return the keys of the two counts of an image's tag."""
    return f"{OF_USER}{image.user_id}#{tag}", f"{OF_SHARD}{items.shard(image.image_id)}#{tag}"


def lists_of(key):
    """Return the values of a count's list keys and tag; those of a user have `:user` too."""
    kind, owner, tag = key.split("#", 2)
    if kind == "tags":
        return {":tag": tag, ":all": f"tl#{owner}"}
    # A list of the counts of all users, so that a recount finds those of users without images.
    shard = zlib.crc32(owner.encode()) % items.SHARDS
    return {":tag": tag, ":all": f"tu#{shard}", ":user": f"tl#{owner}"}


def count_of(item):
    """Return the count of an item."""
    return int(item["doc"]["N"])
