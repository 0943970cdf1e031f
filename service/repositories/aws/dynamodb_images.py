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
IS_UNCHANGED = "#state = :state AND due_at = :previous_due"


class DynamodbImages:
    """Image records, their tag entries and their lists in one table."""

    def __init__(self, client, table_name, quota=NO_QUOTA):
        self.client = client
        self.table_name = table_name
        self.name = f"table {table_name}"
        self.writes = DynamodbWrites(client, table_name)
        self.lists = DynamodbLists(client, table_name)
        self.usage = DynamodbUsage(client, table_name, quota)
        self.quota = quota

    def begin(self, image):
        """Write a pending record. False if there is a record, unless this attempt wrote it."""
        # The SDK repeats a call whose answer was lost. The repeat must succeed after the write of
        # the same attempt, but it must never undo a later change.
        condition = f"attribute_not_exists(image_id) OR ({IS_MINE})"
        values = {":pending": PENDING, ":nonce": image.nonce}
        return self.writes.put("begin", items.item_of(image), condition, values)

    def take_over(self, image, previous):
        """Replace the pending attempt `previous` by a new attempt. False if it has changed."""
        condition = "#state = :pending AND nonce IN (:previous, :nonce)"
        values = {":pending": PENDING, ":previous": previous.nonce, ":nonce": image.nonce}
        return self.writes.put("take over", items.item_of(image), condition, values)

    def release(self, image):
        """Mark the attempt as failed, so that a retry may take over at once."""
        values = {":pending": PENDING, ":nonce": image.nonce, ":true": True}
        self.writes.update("release", image.image_id, "SET released = :true", IS_MINE, values)

    def finish(self, image):
        """Make this attempt's pending record ready and listed. False if it has changed.

        Also writes doc and due_at; with due_at None the record is not due any more. Raises
        QuotaExceeded.
        """
        values = {":pending": PENDING, ":nonce": image.nonce, ":ready": READY, ":doc": image.doc()}
        values |= {":user": items.user_list(image), ":all": items.all_list(image)}
        change = "SET #state = :ready, doc = :doc, user_list = :user, all_list = :all"
        if image.due_at is None:
            change += " REMOVE due_list, due_at"
        else:
            change += ", due_list = :list, due_at = :due"
            values |= {":list": items.due_list(image), ":due": image.due_at}
        counted = self.usage.added(image)
        entries = [{"Put": {"Item": entry}} for entry in items.entries_of(image)]
        update = (image.image_id, change, IS_MINE, values)
        # Two completions of one direct upload share a nonce: only their object keys differ.
        token = image.object_key.rpartition("/")[2]
        refused = self.writes.transact("finish", update, counted + entries, token)
        # Not at position 0: the record's condition held, but the condition of the count did not.
        if refused:
            raise QuotaExceeded(self.quota)
        return refused is None or self.is_mine(image)

    def is_mine(self, image):
        """Tell whether the record is ready because of this attempt."""
        record = self.get(image.image_id)
        return bool(record and record.state == READY and record.object_key == image.object_key)

    def refuse(self, image):
        """Make the pending record refused and write its problem. False if it has changed."""
        values = {":pending": PENDING, ":nonce": image.nonce}
        values |= {":refused": REFUSED, ":problem": image.problem}
        change = "SET #state = :refused, problem = :problem"
        return self.writes.update("refuse", image.image_id, change, IS_MINE, values)

    def get(self, image_id):
        """Return the Image, in any state, or None if there is no record. Reads consistently."""
        if not is_image_id(image_id):
            return None
        key = items.key_of(image_id)
        with clients.storage_errors("get"):
            response = self.client.get_item(TableName=self.table_name, Key=key, ConsistentRead=True)
        return items.image_of(response.get("Item", {}))

    def bury(self, image, bury_nonce, due_at):
        """Make a visible image deleting, remove it from all lists. False if it is not visible."""
        values = {":state": image.state, ":pending": PENDING, ":true": True, ":deleting": DELETING}
        values |= {":bury": bury_nonce, ":due": due_at, ":list": items.due_list(image)}
        change = (
            "SET #state = :deleting, bury_nonce = :bury, due_at = :due, due_list = :list"
            " REMOVE user_list, all_list, swept"
        )
        # Match the state read before, so that a retried call does not decrement the usage twice.
        condition = (
            "#state = :state AND #state <> :deleting AND (#state <> :pending OR direct = :true)"
        )
        counted = self.usage.removed(image) if image.state == READY else []
        keys = [items.key_of(items.entry_id(image, tag)) for tag in image.tags]
        entries = [{"Delete": {"Key": key}} for key in keys]
        update = (image.image_id, change, condition, values)
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

    def has_room(self, image):
        """Tell whether the user may keep one more image."""
        return self.usage.has_room(image)

    def usages(self):
        """Return every user's Usage by user_id. For audits and recounts only."""
        return self.usage.all()

    def correct_usage(self, user_id, previous, counted):
        """Set a user's Usage to `counted`. False if it is no longer `previous`."""
        return self.usage.correct(user_id, previous, counted)

    def due(self, before):
        """Yield (due_at, image_id) of the records due before a time, oldest first."""
        return self.lists.due(before)

    def condemn(self, image, due_at):
        """Make a pending record deleting and due at due_at. False if it has changed."""
        values = {":pending": PENDING, ":nonce": image.nonce, ":deleting": DELETING}
        values |= {":due": due_at, ":list": items.due_list(image)}
        change = "SET #state = :deleting, due_at = :due, due_list = :list"
        return self.writes.update("condemn", image.image_id, change, IS_MINE, values)

    def postpone(self, image, due_at):
        """Make a record due at due_at and add 1 to `swept`. False if it has changed."""
        values = {":state": image.state, ":previous_due": image.due_at, ":due": due_at}
        values[":swept"] = (image.swept or 0) + 1
        change = "SET due_at = :due, swept = :swept"
        return self.writes.update("postpone", image.image_id, change, IS_UNCHANGED, values)

    def settle(self, image):
        """Make a ready record not due any more. False if it has changed."""
        values = {":state": image.state, ":previous_due": image.due_at}
        change = "REMOVE due_list, due_at"
        return self.writes.update("settle", image.image_id, change, IS_UNCHANGED, values)

    def forget(self, image):
        """Remove a deleting or refused record. False if it has changed."""
        values = {":state": image.state, ":previous_due": image.due_at}
        return self.writes.delete("forget", image.image_id, IS_UNCHANGED, values)

    def all(self):
        """Yield every record, in any state. For audits only: it scans the table."""
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
