"""Consistent reads of records in DynamoDB."""

from service.models.image import is_image_id
from service.repositories.aws import clients
from service.repositories.aws.dynamodb import items


class DynamodbReads:
    """Reads the records of one table."""

    def __init__(self, client, table_name):
        self.client = client
        self.table_name = table_name

    def get(self, image_id):
        """Return the Image, in any state, or None if there is no record."""
        if not is_image_id(image_id):
            return None
        key = items.key_of(image_id)
        with clients.storage_errors("get"):
            response = self.client.get_item(TableName=self.table_name, Key=key, ConsistentRead=True)
        return items.image_of(response.get("Item", {}))

    def get_many(self, image_ids):
        """Return {image_id: Image} of the records that there are; at most 100 image_ids."""
        keys = [items.key_of(image_id) for image_id in set(image_ids) if is_image_id(image_id)]
        images = []
        while keys:
            request = {self.table_name: {"Keys": keys, "ConsistentRead": True}}
            with clients.storage_errors("get"):
                response = self.client.batch_get_item(RequestItems=request)
            found = response["Responses"].get(self.table_name, [])
            images += filter(None, map(items.image_of, found))
            # An answer has at most 16 MB, and a table that is short of capacity answers a part.
            keys = response.get("UnprocessedKeys", {}).get(self.table_name, {}).get("Keys", [])
            if keys and not found:
                raise clients.unavailable("get", code="UnprocessedKeys")
        return {image.image_id: image for image in images}

    def all(self):
        """Yield every record, in any state: it scans the table."""
        with clients.storage_errors("all"):
            paginator = self.client.get_paginator("scan")
            for page in paginator.paginate(TableName=self.table_name, ConsistentRead=True):
                yield from filter(None, map(items.image_of, page["Items"]))
