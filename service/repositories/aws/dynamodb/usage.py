"""How much each user keeps, counted in one item per user while a quota is set."""

from service.models.quota import Usage, difference
from service.repositories.aws import clients
from service.repositories.aws.dynamodb import items
from service.repositories.aws.dynamodb.writes import DynamodbWrites

# A key with this prefix is no image_id. The item has no `state`, so it is never listed or swept.
PREFIX = "usage#"
COUNT = "ADD images :images, bytes :bytes, changes :one"


class DynamodbUsage:
    """Each user's Usage in one table. `changed` returns a part of a transaction."""

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
        usage = usage_of(response.get("Item", {}))
        return self.quota.has_room(usage, Usage(1, image.size))

    def changed(self, user_id, before, after):
        """Return the actions, one or none, that count a record's Usage `after`, not `before`.

        Where it adds something, they have the condition that there is room.
        """
        added = difference(before, after)
        if not self.quota or not any(added):
            return []
        update = count(user_id, images=added.images, bytes=added.bytes)
        most = self.quota.most_beside(added)
        if most:
            conditions = [condition(unit, most[unit]) for unit in most]
            update["ConditionExpression"] = " AND ".join(conditions)
            limits = {f":most_{unit}": most[unit] for unit in most}
            update["ExpressionAttributeValues"] |= items.values(limits)
        return [{"Update": update}]

    def all(self):
        """Return every user's Usage by user_id. For audits only: it scans the table."""
        pages = self.client.get_paginator("scan").paginate(
            TableName=self.table_name,
            ConsistentRead=True,
            FilterExpression="begins_with(image_id, :prefix)",
            ExpressionAttributeValues=items.values({":prefix": PREFIX}),
        )
        with clients.storage_errors("usages"):
            usages = [item for page in pages for item in page["Items"]]
        return {item["image_id"]["S"].removeprefix(PREFIX): usage_of(item) for item in usages}

    def correct(self, user_id, previous, counted):
        """Set a user's images and bytes to `counted`; False if they are no longer `previous`."""
        change = "SET images = :images, bytes = :bytes, changes = :changes"
        values = {":images": counted.images, ":bytes": counted.bytes}
        values[":changes"] = previous.changes + 1
        unchanged = "attribute_not_exists(#state) AND attribute_not_exists(changes)"
        if previous.changes:
            values[":previous"] = previous.changes
            unchanged = "attribute_not_exists(#state) AND changes = :previous"
        return self.writes.update("correct usage", PREFIX + user_id, change, unchanged, values)


def usage_key(user_id):
    """Return the table's key of a user's usage."""
    return items.key_of(PREFIX + user_id)


def usage_of(item):
    """Return the Usage of an item; zeros if there is none."""
    return Usage(*(int(item[name]["N"]) for name in Usage._fields)) if item else Usage()


def count(user_id, **amounts):
    """Return the update that adds images and bytes to a user's count."""
    values = {":one": 1} | {f":{unit}": amount for unit, amount in amounts.items()}
    return {
        "Key": usage_key(user_id),
        "UpdateExpression": COUNT,
        "ExpressionAttributeValues": items.values(values),
    }


def condition(unit, most):
    """Return the condition that a user has at most `most` of a unit; no item counts as 0."""
    known = f"{unit} <= :most_{unit}"
    return f"(attribute_not_exists({unit}) OR {known})" if most >= 0 else known
