"""Writes of visible images. Each has the condition that the image is as it was read."""

from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context

from service.common.errors import ServiceError
from service.models.image import DELETING
from service.models.quota import NOTHING, counted
from service.repositories.aws.dynamodb import conditions, items

# How many images a process writes at the same time for requests about many images.
AT_ONCE = 8


class DynamodbChanges:
    """Changes and buries images with their lists."""

    def __init__(self, reads, writes, usage, tag_counts):
        self.reads = reads
        self.writes = writes
        self.usage = usage
        self.tag_counts = tag_counts
        # Its threads start with the first request about many images, never at import.
        self.writers = ThreadPoolExecutor(AT_ONCE, thread_name_prefix="change")

    def change_many(self, pairs):
        """Write images anew: pairs (before, after). Return True, False or the error for each."""
        results = self.at_once(self.change, pairs)
        self.count_tags(results, pairs)
        return results

    def bury_many(self, operation, images, bury_nonce, due_at):
        """Make visible images deleting. Return True, False or the error for each."""
        calls = [(operation, image, bury_nonce, due_at) for image in images]
        results = self.at_once(self.bury, calls)
        self.count_tags(results, [(image, None) for image in images])
        return results

    def count_tags(self, results, pairs):
        """Count the tags of the images that were written; an Image of None is in no list."""
        self.tag_counts.moved_many(
            [
                (before, items.listed_tags(before), items.listed_tags(after) if after else ())
                for result, (before, after) in zip(results, pairs, strict=True)
                if result is True
            ]
        )

    def change(self, before, after):
        """Write an image anew, but for the counts; False if it has changed since it was read."""
        if self.try_change(before, after):
            return True
        record = self.reads.get(before.image_id)
        return bool(record and record.revision == after.revision)

    def try_change(self, before, after):
        """Change an image; tell whether its condition held."""
        condition, values = conditions.as_read(before)
        change, more = conditions.changed(before, after)
        update = {"Update": items.update(before.image_id, change, condition, values | more)}
        entries = items.entry_changes(before, after)
        # A transaction also where it has one action: then the SDK's repeat of a call that was
        # applied, although its answer was lost, is answered as done.
        return self.writes.transact("change", update, entries, after.revision, alone=True) is None

    def bury(self, operation, image, bury_nonce, due_at):
        """Make an image deleting, but for the counts; False if it has changed since it was read."""
        if image.is_visible and self.try_bury(operation, image, bury_nonce, due_at):
            return True
        record = self.reads.get(image.image_id)
        return bool(record and record.bury_nonce == bury_nonce)

    def try_bury(self, operation, image, bury_nonce, due_at):
        """Bury an image, or purge it; tell whether its condition held."""
        condition, values = conditions.as_read(image)
        if operation == "purge":
            condition += " AND due_at = :read_due"
            values[":read_due"] = image.due_at
        values |= {":deleting": DELETING, ":bury": bury_nonce}
        values |= {":due": due_at, ":list": items.due_list(image)}
        update = items.update(image.image_id, conditions.BURIED, condition, values)
        counts = self.usage.changed(image.user_id, counted(image), NOTHING)
        entries = items.entry_deletes(image, items.listed_tags(image))
        token = conditions.token_of(bury_nonce, image.state, image.charged, image.revision)
        return self.writes.transact(operation, {"Update": update}, counts + entries, token) is None

    def at_once(self, write, calls):
        """Return for the arguments of each call what `write` returns, or the error it raises.

        At most AT_ONCE run at a time; with a quota only one, because all change the same count.
        """
        if self.usage.quota or len(calls) == 1:
            return [outcome(write, call) for call in calls]
        futures = [self.writers.submit(copy_context().run, outcome, write, call) for call in calls]
        return [future.result() for future in futures]


def only(results):
    """Return the only result, or raise it if it is an error."""
    (result,) = results
    if isinstance(result, ServiceError):
        raise result
    return result


def outcome(write, call):
    """Return what a call returns, or the ServiceError that it raises."""
    try:
        return write(*call)
    except ServiceError as error:
        return error
