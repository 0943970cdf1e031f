"""Lists in DynamoDB: queries of the indexes, in parallel."""

import heapq
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context

from service.repositories import list_pages
from service.repositories.aws import clients
from service.repositories.aws.dynamodb import items

READERS = 16


class DynamodbLists:
    """Reads lists from the indexes of one table."""

    def __init__(self, client, table_name):
        self.client = client
        self.table_name = table_name
        # Its threads start with the first list that reads several streams, never at import.
        self.readers = ThreadPoolExecutor(READERS, thread_name_prefix="list")

    def page(self, query, limit, position):
        """Return (images, position): a page of ready images below a position, newest first."""
        index, groups = items.query_groups(query)

        def read(key, position, limit):
            return self.read_stream(index, key, position, limit)

        if query.match_all and len(query.tags) > 1:
            return list_pages.read_all(
                read, self.run, groups, tags=query.tags, position=position, limit=limit
            )
        keys = [key for group in groups for key in group]
        return list_pages.read_any(read, self.run, keys, position=position, limit=limit)

    def read_stream(self, index, key, position, limit):
        """Return (images, position, ended) of one index key: see list_pages.Stream."""
        hash_key, range_key, _ = items.INDEXES[index]
        query = {
            "TableName": self.table_name,
            "IndexName": index,
            "KeyConditionExpression": f"{hash_key} = :key",
            "ExpressionAttributeValues": {":key": {"S": key}},
            "ScanIndexForward": False,
            "Limit": limit,
        }
        if position:
            query["KeyConditionExpression"] += f" AND {range_key} < :position"
            query["ExpressionAttributeValues"][":position"] = {"S": position}
        with clients.storage_errors("list"):
            response = self.client.query(**query)
        # A query stops at 1 MB: only an answer without LastEvaluatedKey is the end of the stream.
        last = response.get("LastEvaluatedKey")
        images = [items.listed_image(item) for item in response["Items"] if "doc" in item]
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
