"""Image records in DynamoDB: conditional writes, and lists as queries of two indexes."""

from service.common.errors import QuotaExceeded
from service.models.image import DELETING, PENDING, READY, REFUSED, is_image_id
from service.models.quota import NO_QUOTA
from service.repositories.aws import clients
from service.repositories.aws import dynamodb_items as items
from service.repositories.aws.dynamodb_lists import DynamodbLists
from service.repositories.aws.dynamodb_usage import DynamodbUsage
from service.repositories.aws.dynamodb_writes import DynamodbWrites

IS_MINE = "#state = :pending AND nonce = :nonce"
IS_SEEN = "#state = :state AND due_at = :seen"


class DynamodbImages:
    """Image records, their tag entries and their lists in one table."""

    def __init__(self, client, table_name, quota=NO_QUOTA):
        self.client = client
        self.table_name = table_name
        self.name = f"table {table_name}"
        self.writes = DynamodbWrites(client, table_name)
        self.lists = DynamodbLists(client, table_name)
        self.usage = DynamodbUsage(client, table_name, quota)

    def begin(self, image):
        """Write a pending record; False when there is one, unless it is this attempt's own."""
        # The SDK repeats a call whose answer was lost: it must get past its own write, and a late
        # repeat must never undo what came after.
        condition = f"attribute_not_exists(image_id) OR ({IS_MINE})"
        given = {":pending": PENDING, ":nonce": image.nonce}
        return self.writes.put("begin", items.item_of(image), condition, given)

    def take_over(self, image, seen):
        """Put a new attempt in the place of the pending one seen; False when that has moved on."""
        condition = "#state = :pending AND nonce IN (:seen, :nonce)"
        given = {":pending": PENDING, ":seen": seen.nonce, ":nonce": image.nonce}
        return self.writes.put("take over", items.item_of(image), condition, given)

    def release(self, image):
        """Mark the attempt as given up, so that the next need not wait for it."""
        given = {":pending": PENDING, ":nonce": image.nonce, ":true": True}
        self.writes.update("release", image.image_id, "SET released = :true", IS_MINE, given)

    def finish(self, image):
        """Make the pending record of this attempt ready and listed; False when refused.

        Its doc and due_at are written anew; due_at None takes it off the sweep's list. Raises
        QuotaExceeded.
        """
        given = {":pending": PENDING, ":nonce": image.nonce, ":ready": READY, ":doc": image.doc()}
        given |= {":user": items.user_list(image), ":all": items.all_list(image)}
        change = "SET #state = :ready, doc = :doc, user_list = :user, all_list = :all"
        if image.due_at is None:
            change += " REMOVE due_list, due_at"
        else:
            change += ", due_list = :list, due_at = :due"
            given |= {":list": items.due_list(image), ":due": image.due_at}
        counted = self.usage.added(image)
        entries = [{"Put": {"Item": entry}} for entry in items.entries_of(image)]
        update = (image.image_id, change, IS_MINE, given)
        # Two may complete one attempt at a direct upload: only the object key tells them apart.
        token = image.object_key.rpartition("/")[2]
        refused = self.writes.transact("finish", update, counted + entries, token)
        # The record's own condition held: only the count's can have failed.
        if refused:
            raise QuotaExceeded(self.usage.quota)
        return refused is None or self.is_mine(image)

    def is_mine(self, image):
        """Tell whether the record is ready by this very attempt."""
        record = self.get(image.image_id)
        return bool(record and record.state == READY and record.object_key == image.object_key)

    def refuse(self, image):
        """Note the problem of the pending attempt's bytes: refused. False if it moved on."""
        given = {":pending": PENDING, ":nonce": image.nonce}
        given |= {":refused": REFUSED, ":problem": image.problem}
        change = "SET #state = :refused, problem = :problem"
        return self.writes.update("refuse", image.image_id, change, IS_MINE, given)

    def get(self, image_id):
        """Return the Image, whatever its state, or None when there is none. Reads consistently."""
        if not is_image_id(image_id):
            return None
        key = items.key_of(image_id)
        with clients.storage_errors("get"):
            response = self.client.get_item(TableName=self.table_name, Key=key, ConsistentRead=True)
        return items.image_of(response.get("Item", {}))

    def bury(self, image, bury_nonce, due_at):
        """Hide a visible image for good: deleting, out of every list. False if it is not there."""
        given = {":seen": image.state, ":pending": PENDING, ":true": True, ":deleting": DELETING}
        given |= {":bury": bury_nonce, ":due": due_at, ":list": items.due_list(image)}
        change = (
            "SET #state = :deleting, bury_nonce = :bury, due_at = :due, due_list = :list"
            " REMOVE user_list, all_list, swept"
        )
        # As seen: what was ready is counted no more, and a repeat of this call does not count.
        condition = (
            "#state = :seen AND #state <> :deleting AND (#state <> :pending OR direct = :true)"
        )
        counted = self.usage.removed(image) if image.state == READY else []
        keys = [items.key_of(items.entry_id(image, tag)) for tag in image.tags]
        entries = [{"Delete": {"Key": key}} for key in keys]
        update = (image.image_id, change, condition, given)
        token = f"{bury_nonce}-{image.state}"
        if self.writes.transact("bury", update, counted + entries, token) is None:
            return True
        record = self.get(image.image_id)
        if record and record.is_visible and record.state != image.state:
            return self.bury(record, bury_nonce, due_at)
        return bool(record and record.bury_nonce == bury_nonce)

    def list(self, query, limit, position):
        """Return (images, position): a page of ready images below a position, newest first."""
        return self.lists.page(query, limit, position)

    def due(self, before):
        """Yield (due_at, image_id) of the records due before a time, oldest first."""
        return self.lists.due(before)

    def condemn(self, image, due_at):
        """Give up the pending attempt seen: deleting, due then; False if it moved on."""
        given = {":pending": PENDING, ":nonce": image.nonce, ":deleting": DELETING}
        given |= {":due": due_at, ":list": items.due_list(image)}
        change = "SET #state = :deleting, due_at = :due, due_list = :list"
        return self.writes.update("condemn", image.image_id, change, IS_MINE, given)

    def postpone(self, image, due_at):
        """Count a sweep of an image, due again then; False if it moved on."""
        given = {":state": image.state, ":seen": image.due_at, ":due": due_at}
        given[":swept"] = (image.swept or 0) + 1
        change = "SET due_at = :due, swept = :swept"
        return self.writes.update("postpone", image.image_id, change, IS_SEEN, given)

    def settle(self, image):
        """Take a ready image off the sweep's list; False if it moved on."""
        given = {":state": image.state, ":seen": image.due_at}
        change = "REMOVE due_list, due_at"
        return self.writes.update("settle", image.image_id, change, IS_SEEN, given)

    def forget(self, image):
        """Remove the record of a deleting or refused image; False if it moved on."""
        given = {":state": image.state, ":seen": image.due_at}
        return self.writes.delete("forget", image.image_id, IS_SEEN, given)

    def all(self):
        """Yield every record, whatever its state. For audits only: it scans the table."""
        with clients.storage_errors("all"):
            paginator = self.client.get_paginator("scan")
            for page in paginator.paginate(TableName=self.table_name, ConsistentRead=True):
                yield from filter(None, map(items.image_of, page["Items"]))

    def missing(self):
        """Return the names of the parts that are missing, or not active yet."""
        with clients.storage_errors("ready"):
            table = self.client.describe_table(TableName=self.table_name)["Table"]
        active = {
            index["IndexName"]
            for index in table.get("GlobalSecondaryIndexes", [])
            if index["IndexStatus"] == "ACTIVE"
        }
        return [f"index {name}" for name in items.INDEXES if name not in active]
