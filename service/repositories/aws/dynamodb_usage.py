"""What each user keeps, counted in an item of its own while a quota is set."""

from service.models.quota import Usage
from service.repositories.aws import clients
from service.repositories.aws import dynamodb_items as items
from service.repositories.aws.dynamodb_writes import DynamodbWrites

# No image_id looks like it, and an item without a `state` is no record: never listed, never swept.
PREFIX = "usage#"
COUNT = "ADD images :images, bytes :bytes, changes :one"


class DynamodbUsage:
    """Each user's Usage in one table. added and removed are parts of others' transactions."""

    def __init__(self, client, table_name, quota):
        self.client = client
        self.table_name = table_name
        self.quota = quota
        self.writes = DynamodbWrites(client, table_name)

    def has_room(self, image):
        """Tell whether the user may keep one more image. Reads consistently."""
        if not self.quota:
            return True
        key = usage_key(image.user_id)
        with clients.storage_errors("usage"):
            response = self.client.get_item(TableName=self.table_name, Key=key, ConsistentRead=True)
        return self.quota.has_room(usage_of(response.get("Item", {})), image)

    def added(self, image):
        """Return the actions that count an image, on condition that there is room for it."""
        most = self.quota.most_beside(image)
        if not most:
            return []
        update = count(image.user_id, images=1, bytes=image.size)
        update["ConditionExpression"] = " AND ".join(condition(unit, most[unit]) for unit in most)
        limits = {f":most_{unit}": most[unit] for unit in most}
        update["ExpressionAttributeValues"] |= items.values(limits)
        return [{"Update": update}]

    def removed(self, image):
        """Return the actions that count an image no more."""
        if not self.quota:
            return []
        return [{"Update": count(image.user_id, images=-1, bytes=-image.size)}]

    def all(self):
        """Return every user's Usage by user_id. For audits only: it scans the table."""
        pages = self.client.get_paginator("scan").paginate(
            TableName=self.table_name,
            ConsistentRead=True,
            FilterExpression="begins_with(image_id, :prefix)",
            ExpressionAttributeValues=items.values({":prefix": PREFIX}),
        )
        with clients.storage_errors("usages"):
            found = [item for page in pages for item in page["Items"]]
        return {item["image_id"]["S"].removeprefix(PREFIX): usage_of(item) for item in found}

    def correct(self, user_id, seen, counted):
        """Set a user's images and bytes to those counted; False when they are no longer as seen."""
        change = "SET images = :images, bytes = :bytes, changes = :changes"
        given = {":images": counted.images, ":bytes": counted.bytes, ":changes": seen.changes + 1}
        as_seen = "attribute_not_exists(#state) AND attribute_not_exists(changes)"
        if seen.changes:
            given[":seen"] = seen.changes
            as_seen = "attribute_not_exists(#state) AND changes = :seen"
        return self.writes.update("correct usage", PREFIX + user_id, change, as_seen, given)


def usage_key(user_id):
    """Return the table's key of a user's usage."""
    return items.key_of(PREFIX + user_id)


def usage_of(item):
    """Return the Usage of an item, if there is one."""
    return Usage(*(int(item[name]["N"]) for name in Usage._fields)) if item else Usage()


def count(user_id, **amounts):
    """Return the update that adds so many images and bytes to a user's."""
    given = {":one": 1} | {f":{unit}": amount for unit, amount in amounts.items()}
    return {
        "Key": usage_key(user_id),
        "UpdateExpression": COUNT,
        "ExpressionAttributeValues": items.values(given),
    }


def condition(unit, most):
    """Return the condition that at most so much is kept; nothing is kept where there is no item."""
    known = f"{unit} <= :most_{unit}"
    return f"(attribute_not_exists({unit}) OR {known})" if most >= 0 else known
