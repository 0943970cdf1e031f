"""Conditions and changes of records, as DynamoDB's expressions and their values."""

import hashlib

from service.models.image import DELETING, PENDING
from service.repositories.aws.dynamodb import items

IS_MINE = "#state = :pending AND nonce = :nonce"
IS_UNCHANGED = "#state = :state AND due_at = :previous_due"
# What a bury writes.
BURIED = (
    "SET #state = :deleting, bury_nonce = :bury, due_at = :due, due_list = :list"
    " REMOVE user_list, all_list, swept, charged, tidy_at"
)


def kept_and_listed(after):
    """Return (change, values) that make my record ready, or trashed; without due_at it is not due.

    values: also those of IS_MINE. `begin` has written its place in the lists already.
    """
    values = {":pending": PENDING, ":nonce": after.nonce}
    values |= {":after": after.state, ":doc": after.doc()}
    values |= {":user": items.user_list(after), ":all": items.all_list(after)}
    change = "SET #state = :after, doc = :doc, user_list = :user, all_list = :all"
    if after.due_at is None:
        return change + " REMOVE charged, due_list, due_at", values
    values |= {":list": items.due_list(after), ":due": after.due_at}
    change += ", due_list = :list, due_at = :due"
    if after.tidy_at:
        return change + ", tidy_at = :tidy REMOVE charged", values | {":tidy": after.tidy_at}
    return change + " REMOVE charged", values


def replaceable(previous):
    """Return (condition, values): an attempt is pending or condemned, as it was read."""
    condition = (
        "#state = :state AND #state IN (:pending, :deleting) AND nonce = :previous"
        " AND attribute_not_exists(bury_nonce)"
    )
    return condition, {
        ":state": previous.state, ":previous": previous.nonce, ":deleting": DELETING,
    }  # fmt: skip


def changed(before, after):
    """Return (change, values) that write a ready or trashed image anew.

    Where its state changes, its lists and dates change too.
    """
    values = {":doc": after.doc(), ":revision": after.revision}
    change = "SET doc = :doc, revision = :revision"
    if after.state == before.state:
        return change, values
    values |= {":after": after.state, ":listed": after.listed_at}
    values |= {":user": items.user_list(after), ":all": items.all_list(after)}
    change += ", #state = :after, listed_at = :listed, user_list = :user, all_list = :all"
    dates = {"due_at": after.due_at, "due_list": after.due_at and items.due_list(after)}
    dates["tidy_at"] = after.tidy_at
    values |= {f":{name}": value for name, value in dates.items() if value}
    change += "".join(f", {name} = :{name}" for name, value in dates.items() if value)
    gone = ", ".join(name for name, value in dates.items() if not value)
    return f"{change} REMOVE {gone}" if gone else change, values


def as_read(image):
    """Return (condition, values): a visible record is unchanged since it was read.

    So everything that is written with it, its tag entries and the count, is right.
    """
    values = {":state": image.state}
    condition = f"#state = :state AND {revision_as_read(image, values)}"
    if image.charged:
        return f"{condition} AND charged = :charged", values | {":charged": image.charged}
    return f"{condition} AND attribute_not_exists(charged)", values


def revision_as_read(image, values):
    """Return the condition that the revision is the one read before; add what it needs to values.

    Records without a change, also those of earlier versions, have none.
    """
    if image.revision is None:
        return "attribute_not_exists(revision)"
    values[":read_revision"] = image.revision
    return "revision = :read_revision"


def token_of(*parts):
    """Return a ClientRequestToken (at most 36 characters), the same for the same parts."""
    return hashlib.sha256(repr(parts).encode()).hexdigest()[:32]
