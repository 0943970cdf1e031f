"""Lists in DynamoDB: queries of the indexes, in parallel."""

import heapq
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context
from functools import partial

from service.repositories.aws import clients
from service.repositories.aws.dynamodb import items, list_pages
from service.repositories.aws.dynamodb.table import inactive_indexes

READERS = 16
# By the bounds that a query of an index has: its condition. A query may have one condition on the
# sort key.
BOUNDS = {
    (): "",
    (":low",): " AND listed_at > :low",
    (":high",): " AND listed_at < :high",
    (":low", ":high"): " AND listed_at BETWEEN :low AND :high",
}


class DynamodbLists:
    """Reads lists from the indexes of one table."""

    def __init__(self, client, table_name):
        self.client = client
        self.table_name = table_name
        # Its threads start with the first list that reads several streams, never at import.
        self.readers = ThreadPoolExecutor(READERS, thread_name_prefix="list")

    def page(self, query, limit, position):
        """Return (images, position): a page of a list after a position, None at its end.

        A page for which MOST_READ records were read may be short and have a position.
        """
        if query.is_impossible:
            return [], None
        index, groups = items.query_groups(query)
        read = partial(self.read_stream, query, index)
        where = {"limit": limit, "position": position}
        if query.match_all and not query.trashed:
            return list_pages.read_all(read, self.run, groups, query, **where)
        keys = [key for group in groups for key in group]
        return list_pages.read_any(read, self.run, keys, query, **where)

    def read_stream(self, query, index, key, position, limit):
        """Return (images, position, ended) of one index key: see list_pages.Stream."""
        low, high = query.span(position)
        if low and high and low >= high:
            return [], position, True
        hash_key, range_key, _ = items.INDEXES[index]
        bounds = {name: bound for name, bound in ((":low", low), (":high", high)) if bound}
        with clients.storage_errors("list"):
            response = self.client.query(
                TableName=self.table_name,
                IndexName=index,
                KeyConditionExpression=f"{hash_key} = :key{BOUNDS[tuple(bounds)]}",
                ExpressionAttributeValues=items.values({":key": key, **bounds}),
                ScanIndexForward=query.oldest,
                Limit=limit,
            )
        # A query stops at 1 MB: only an answer without LastEvaluatedKey is the end of the stream.
        last = response.get("LastEvaluatedKey")
        # BETWEEN includes the position itself.
        rows = [item for item in response["Items"] if item[range_key]["S"] != position]
        images = [items.listed_image(item, query.state) for item in rows if "doc" in item]
        return images, last[range_key]["S"] if last else position, not last

    def run(self, read, streams):
        """Read streams in parallel, each in a copy of the request's context."""
        if len(streams) == 1:
            return read(streams[0])
        futures = [self.readers.submit(copy_context().run, read, stream) for stream in streams]
        return [future.result() for future in futures]

    def due(self, before):
        """Yield (due_at, image_id) of the records due before a time, oldest first."""
        shards = range(items.SHARDS)
        return heapq.merge(*(self.due_in_shard(number, before) for number in shards))

    def due_in_shard(self, number, before):
        """Yield (due_at, image_id) of one shard's records due before a time, oldest first."""
        pages = self.client.get_paginator("query").paginate(
            TableName=self.table_name,
            IndexName="by_due",
            KeyConditionExpression="due_list = :list AND due_at <= :before",
            ExpressionAttributeValues=items.values({":list": f"due#{number}", ":before": before}),
        )
        with clients.storage_errors("due"):
            for page in pages:
                for item in page["Items"]:
                    yield item["due_at"]["S"], item["image_id"]["S"]

    def all(self):
        """Yield every record, in any state. It scans the table."""
        with clients.storage_errors("all"):
            paginator = self.client.get_paginator("scan")
            for page in paginator.paginate(TableName=self.table_name, ConsistentRead=True):
                yield from filter(None, map(items.image_of, page["Items"]))

    def missing(self):
        """Return the names of the indexes that are missing, or not active yet."""
        with clients.storage_errors("ready"):
            table = self.client.describe_table(TableName=self.table_name)["Table"]
        return [f"index {name}" for name in inactive_indexes(table)]
