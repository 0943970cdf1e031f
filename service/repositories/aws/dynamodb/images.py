"""Image records in DynamoDB: conditional writes, and lists as queries of two indexes."""

import secrets

from service.common.errors import QuotaExceeded
from service.models.image import DELETING, PENDING, REFUSED
from service.models.quota import NO_QUOTA, NOTHING, counted
from service.models.states import finished
from service.repositories.aws.dynamodb import conditions, items
from service.repositories.aws.dynamodb.changes import DynamodbChanges, only
from service.repositories.aws.dynamodb.conditions import IS_MINE, IS_UNCHANGED
from service.repositories.aws.dynamodb.lists import DynamodbLists
from service.repositories.aws.dynamodb.reads import DynamodbReads
from service.repositories.aws.dynamodb.tags import DynamodbTags
from service.repositories.aws.dynamodb.usage import DynamodbUsage
from service.repositories.aws.dynamodb.writes import DynamodbWrites


class DynamodbImages:
    """Image records, their tag entries and their lists in one table."""

    def __init__(self, client, table_name, quota=NO_QUOTA):
        self.client = client
        self.table_name = table_name
        self.name = f"table {table_name}"
        self.writes = DynamodbWrites(client, table_name)
        self.lists = DynamodbLists(client, table_name)
        self.tag_counts = DynamodbTags(client, table_name)
        self.tags = self.tag_counts.page
        # Exact totals would be one item that every upload writes.
        self.totals = None
        self.usage = DynamodbUsage(client, table_name, quota)
        self.reads = DynamodbReads(client, table_name)
        self.changes = DynamodbChanges(self.reads, self.writes, self.usage, self.tag_counts)
        self.quota = quota

    def begin(self, image):
        """Write a pending record; False if another attempt has one. Raises QuotaExceeded."""
        return self.write_attempt("begin", image, ("attribute_not_exists(image_id)", {}), NOTHING)

    def take_over(self, image, previous):
        """Replace the attempt `previous`, pending or condemned; False if it has changed since.

        Raises QuotaExceeded.
        """
        allowed = conditions.replaceable(previous)
        return self.write_attempt("take over", image, allowed, counted(previous))

    def write_attempt(self, operation, image, allowed, before):
        """Write a pending record where there is none, or one that counts as the Usage `before`.

        allowed: the condition that tells, and its values. Return and raise as `begin`.
        """
        condition, values = allowed
        # The SDK repeats a call whose answer was lost. The repeat must succeed after its own first
        # write, and must never undo a later change, nor count twice.
        condition = f"({condition}) OR ({IS_MINE} AND attribute_not_exists(charged))"
        values = values | {":pending": PENDING, ":nonce": image.nonce}
        record = {"Put": items.put(items.item_of(image), condition, values)}
        counts = self.usage.changed(image.user_id, before, counted(image))
        refused = self.writes.transact(operation, record, counts, image.nonce)
        if refused:
            raise QuotaExceeded(self.quota)
        return refused is None or bool(image.charged) and self.is_mine(image, PENDING)

    def release(self, image):
        """Mark the attempt as failed, so that a retry may take over at once."""
        values = {":pending": PENDING, ":nonce": image.nonce, ":true": True}
        self.writes.update("release", image.image_id, "SET released = :true", IS_MINE, values)

    def finish(self, image):
        """Make this attempt's pending record ready, or trashed if it has a trashed_at, and listed.

        Also writes doc and due_at. False if it has changed. Raises QuotaExceeded.
        """
        after = finished(image)
        change, values = conditions.kept_and_listed(after)
        others = self.usage.changed(image.user_id, counted(image), counted(after))
        others += items.entry_changes(image, after)
        record = {"Update": items.update(image.image_id, change, IS_MINE, values)}
        # Two completions of one direct upload share a nonce: only their object keys differ.
        token = image.object_key.rpartition("/")[2]
        refused = self.writes.transact("finish", record, others, token)
        # Not at position 0: the record's condition held, but the condition of the count did not.
        if refused:
            raise QuotaExceeded(self.quota)
        if refused is not None and not self.is_mine(image, after.state):
            return False
        self.tag_counts.moved(image, (), items.listed_tags(after))
        return True

    def is_mine(self, image, state):
        """Tell whether the record has a state because of this attempt."""
        record = self.get(image.image_id)
        return bool(record and record.state == state and record.object_key == image.object_key)

    def change(self, before, after):
        """Write a ready or trashed image anew, also its lists. False if it has changed.

        before: as it was read. after: as it will be, with a new revision.
        """
        return only(self.changes.change_many([(before, after)]))

    def change_many(self, pairs):
        """Make many changes, pairs (before, after); return what `change` returns, or its error."""
        return self.changes.change_many(pairs)

    def refuse(self, image):
        """Make the pending record refused and write its problem. False if it has changed."""
        values = {":pending": PENDING, ":nonce": image.nonce}
        values |= {":refused": REFUSED, ":problem": image.problem}
        change = "SET #state = :refused, problem = :problem REMOVE charged"
        return self.end_attempt("refuse", image, change, values)

    def end_attempt(self, operation, image, change, values):
        """Change this attempt's pending record to one that counts nothing; tell if it applied."""
        record = {"Update": items.update(image.image_id, change, IS_MINE, values)}
        counts = self.usage.changed(image.user_id, counted(image), NOTHING)
        # A token for each call, because another one may write another time or problem.
        token = secrets.token_hex(8)
        return self.writes.transact(operation, record, counts, token) is None

    def get(self, image_id):
        """Return the Image, in any state, or None if there is no record. Reads consistently."""
        return self.reads.get(image_id)

    def get_many(self, image_ids):
        """Return {image_id: Image} of the records that there are. Reads consistently."""
        return self.reads.get_many(image_ids)

    def bury(self, image, bury_nonce, due_at):
        """Make a visible image, as it was read, deleting, in no list. False if it has changed."""
        return only(self.changes.bury_many("bury", [image], bury_nonce, due_at))

    def bury_many(self, images, bury_nonce, due_at):
        """Bury many images under one nonce; return what `bury` returns, or its error."""
        return self.changes.bury_many("bury", images, bury_nonce, due_at)

    def purge(self, image, bury_nonce, due_at):
        """Bury an image of the trash whose time is over. False if it has changed."""
        return only(self.changes.bury_many("purge", [image], bury_nonce, due_at))

    def list(self, query, limit, position):
        """Return (images, position): a page of a list after a position; None: the first."""
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
        change = "SET #state = :deleting, due_at = :due, due_list = :list REMOVE charged"
        return self.end_attempt("condemn", image, change, values)

    def postpone(self, image, due_at):
        """Make a record due at due_at and add 1 to `swept`. False if it has changed."""
        values = {":state": image.state, ":previous_due": image.due_at, ":due": due_at}
        values[":swept"] = (image.swept or 0) + 1
        change = "SET due_at = :due, swept = :swept"
        return self.writes.update("postpone", image.image_id, change, IS_UNCHANGED, values)

    def settle(self, image):
        """Make a ready record not due any more, a trashed one due when it is purged.

        False if it has changed.
        """
        values = {":state": image.state, ":previous_due": image.due_at, ":purged": image.purged_at}
        condition = f"{IS_UNCHANGED} AND {conditions.revision_as_read(image, values)}"
        change = "SET due_at = :purged REMOVE" if image.purged_at else "REMOVE due_list, due_at,"
        change += " tidy_at"
        return self.writes.update("settle", image.image_id, change, condition, values)

    def forget(self, image):
        """Remove a deleting or refused record. False if it has changed."""
        values = {":state": image.state, ":previous_due": image.due_at}
        return self.writes.delete("forget", image.image_id, IS_UNCHANGED, values)

    def all(self):
        """Yield every record, in any state. For audits only: it scans the table."""
        return self.reads.all()

    def missing(self):
        """Return the names of the parts that are missing, or not active yet."""
        return self.lists.missing()
