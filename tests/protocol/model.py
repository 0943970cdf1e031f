"""The write protocol as a model: the record, and the calls on the two stores.

It models one image_id. A record due LATER is due in an hour; every earlier call and process has
ended by then. A trashed one is to be purged at THE_END of its time in the trash, which may come at
any moment. Any other time may be wrong. Each condition and rule has a name, so that a test can
remove it.
"""

from collections import namedtuple

from tests.protocol.records import (
    ABSENT,
    ALL_IMAGES,
    DELETING,
    KEPT,
    LATER,
    NO,
    NOTHING,
    NOW,
    OWN,
    PENDING,
    READY,
    TAGS,
    THE_END,
    THE_TRASH,
    TRASHED,
    UPLOADED,
    Record,
    counted,
    lists,
    object_key,
)

# The calls that change what is counted; the second ones count what was read before.
COUNTING = ("begin", "take_over", "finish", "finish_trashed", "complete")
COUNTING += ("bury", "purge", "condemn")
KNOWING = ("take_over", "complete", "purge", "condemn")
# The calls that are refused if the record has another revision than the one that was read. That is
# 0: a FRESH one is 0 at once, and all that was read before it has become STALE (see renewed()).
GUARDED = ("change", "trash", "restore", "bury", "purge")
FRESH, STALE = 1, -1


PURGED = -1  # the bury_nonce of a purge; nobody repeats one, because the next sweep decides anew
# seen: the record that a takeover, a completion, a sweep has read. keys: a bit per object.
# doc: what a change writes instead of the doc that it read.
Call = namedtuple("Call", "verb nonce seen keys doc", defaults=(0, None, 0, 0))


class Protocol:
    """The calls, without the removed rule. direct: a view completes a pending record.

    quota: images are counted, and there may be no room for one at any time.
    renditions: uploads put a thumb too. changes: a visible record may change.
    Each verb takes a record and a call, and returns the new record, or None if it is refused.
    """

    def __init__(self, removed=None, *, direct=False, quota=False, renditions=False, changes=False):
        self.removed = removed
        self.direct = direct
        self.quota = quota
        self.renditions = renditions
        self.changes = changes
        self.rules = set()

    def has(self, rule):
        """Tell whether a rule is followed."""
        self.rules.add(rule)
        return rule != self.removed

    def need(self, rule, truth):
        """Tell whether a condition holds; the removed one always does."""
        return not self.has(rule) or truth

    def apply(self, call, record, objects):
        """Return (record, objects, change of the count, "ok", "refused" or "exists")."""
        if call.verb == "put":
            return record, objects | call.keys, 0, "ok"
        if call.verb == "delete_all":
            return record, objects & ~call.keys, 0, "ok"
        if call.verb == "make":
            return record, *self.make(call, objects)
        after = getattr(self, call.verb)(record, call)
        if after is None:
            return record, objects, 0, "refused"
        return after, objects, self.counts(call, record, after), "ok"

    def make(self, call, objects):
        """Put a rendition if there is none. Returns (objects, change of the count, answer)."""
        there = objects & OWN << call.nonce & ~(1 << call.nonce)
        uploaded = call.keys == object_key(call.nonce, UPLOADED)
        rule = f"{'upload' if uploaded else 'lazy'}: puts a rendition if absent"
        if there and self.has(rule):
            return objects, 0, "exists"
        return objects & ~there | call.keys, 0, "ok"

    def counts(self, call, record, after):
        """Return what a call adds to the count, in one transaction with the record."""
        if not self.quota or call.verb not in COUNTING:
            return 0
        # Begin and bury read the record in the transaction; the others know it from before.
        repeat = call.verb == "take_over" and record.nonce == call.nonce
        before = record if repeat or call.verb not in KNOWING else call.seen
        # What `finish` makes ready was not charged: a direct upload is completed.
        rule = f"{call.verb.replace('_', ' ')}: counts the difference"
        known = call.verb.startswith("finish") or self.has(rule)
        return counted(after) - (counted(before) if known else 0)

    def pending(self, nonce, many):
        """Return the record of an attempt. A direct upload is charged for its place."""
        charged = self.direct and self.quota
        return Record(PENDING, nonce, NOW, many, 0, False, charged=charged)

    def begin(self, record, call):
        pending = self.need("begin: pending", record.state == PENDING)
        repeat = pending and self.need("begin: my nonce", record.nonce == call.nonce)
        if not (repeat or self.need("begin: absent", record.state == ABSENT)):
            return None
        return self.pending(call.nonce, False)

    def take_over(self, record, call):
        """Take over an attempt that is pending or condemned."""
        pending = self.need("take over: repeat while pending", record.state == PENDING)
        repeat = record.nonce == call.nonce and pending and self.has("take over: repeatable")
        known = self.need("take over: nonce as read", record.nonce == call.seen.nonce)
        # Redundant beside the state and the nonce, so no rule: a spent key's bury.
        as_seen = known and self.need("take over: state as read", record.state == call.seen.state)
        if not (repeat or as_seen and not record.bury):
            return None
        after = self.pending(call.nonce, self.has("take over: attempts counted"))
        anew = self.has("take over: sweeps counted anew")
        return after if anew else after._replace(swept=record.swept)

    def release(self, record, call):
        mine = record.state == PENDING and record.nonce == call.nonce
        # The mark changes nothing here, because any program may find any pending record old.
        return record if self.need("release: pending with my nonce", mine) else None

    def finish(self, record, call):
        pending = self.need("finish: pending", record.state == PENDING)
        if not (pending and self.need("finish: my nonce", record.nonce == call.nonce)):
            return None
        nonce = record.nonce or call.nonce  # an update creates an absent record
        due = LATER if record.many else NO
        ready = Record(READY, nonce, due, False, 0, False, nonce, doc=call.doc)
        return ready._replace(listed=lists(ready))

    def finish_trashed(self, record, call):
        """Finish a recovery of a trashed image: it is never ready before."""
        ready = self.finish(record, call)
        if ready is None or not self.has("finish: straight into the trash"):
            return ready
        tidy = ready.due if self.has("finish: keeps the date of its tidying") else NO
        earlier = tidy != NO and self.has("finish: due at the earlier date")
        end = THE_END if self.has("finish: due at its purge") else NO
        after = ready._replace(
            state=TRASHED, due=tidy if earlier else end, tidy=tidy, purge=THE_END
        )
        entered = 0 if self.has("finish: no entries in the trash") else ready.doc & TAGS
        return after._replace(listed=lists(after) | entered)

    def complete(self, record, call):
        """Finish a completion, which has an object of its own."""
        pending = self.need("complete: pending", record.state == PENDING)
        # Redundant, so no rule: all attempts wait for bytes of the same description.
        if not (pending and record.nonce == call.seen.nonce):
            return None
        due = LATER if self.has("complete: stays due") else NO
        ready = Record(READY, record.nonce, due, False, 0, False, call.nonce, doc=call.doc)
        return ready._replace(listed=lists(ready))

    def write(self, call, record, after):
        """Return the record that the one guarded write makes of a visible one.

        after: the state, the dates and the doc that follow from the read. Lists are entered and
        left by what was read, too.
        """
        # Refuses a repeat as well. What DynamoDB then answers as done, a program sees when it
        # reads again. Redundant beside it, so no rule: the state as read. Whatever changes the
        # state of a visible record writes a fresh revision.
        rule = f"{call.verb}: revision as read"
        if not self.need(rule, record.revision == call.seen.revision):
            return None
        seen, entered = lists(call.seen), lists(after)
        if after.state == TRASHED and not self.has("change: no entries in the trash"):
            entered |= after.doc & TAGS
        left = seen & ~entered if self.has("change: leaves the lists of what it read") else 0
        revision = FRESH if self.has("change: a fresh revision") else record.revision
        return record._replace(
            state=after.state, due=after.due, doc=after.doc, tidy=after.tidy, purge=after.purge,
            listed=record.listed & ~left | entered, revision=revision,
        )  # fmt: skip

    def change(self, record, call):
        """Change the doc of a visible record, which touches no date."""
        return self.write(call, record, record._replace(state=call.seen.state, doc=call.doc))

    def trash(self, record, call):
        """Trash a ready record. The sweep must look at it at the earlier of two dates."""
        seen = call.seen
        tidy = seen.due if self.has("trash: keeps the date of its tidying") else NO
        earlier = seen.due != NO and self.has("trash: due at the earlier date")
        due = seen.due if earlier else THE_END
        after = seen._replace(state=TRASHED, due=due, tidy=tidy, purge=THE_END)
        return self.write(call, record, after)

    def restore(self, record, call):
        """Make a trashed record ready, as it was."""
        seen = call.seen
        due = seen.tidy if self.has("restore: due for its tidying") else NO
        after = seen._replace(state=READY, due=due, tidy=NO, purge=NO)
        return self.write(call, record, after)

    def bury(self, record, call):
        repeat = record.bury == call.nonce and self.has("bury: repeatable")
        seen = call.seen or record
        as_read = record.revision == seen.revision
        as_read = not self.changes or self.need("bury: revision as read", as_read)
        # Redundant here, so no rule: the state as read. Only a pending direct upload becomes ready
        # without a fresh revision, and takes one place before and after. A store counts bytes as
        # well, which may differ: it must compare the state or the charge.
        visible = self.need("bury: visible", self.is_visible(record))
        if not (repeat or as_read and visible):
            return None
        revision = FRESH if self.has("bury: a fresh revision") else record.revision
        return tombstone(record, seen, call.nonce, revision)

    def purge(self, record, call):
        """Bury a trashed record, for the sweep that has read it."""
        # Redundant beside it, so no rules: the state, and due_at as read. A settle changes due_at,
        # and the purge is as due as before. In place of the revision they would not do: while the
        # tidying is due, both are the same after a restore and another trash.
        if not self.need("purge: revision as read", record.revision == call.seen.revision):
            return None
        revision = FRESH if self.has("purge: a fresh revision") else record.revision
        return tombstone(record, call.seen, PURGED, revision)

    def is_visible(self, record):
        """Tell whether a record can be viewed and deleted."""
        return record.state in KEPT or self.direct and record.state == PENDING

    def condemn(self, record, call):
        pending = self.need("condemn: pending", record.state == PENDING)
        if not (pending and self.need("condemn: nonce as read", record.nonce == call.seen.nonce)):
            return None
        return Record(DELETING, record.nonce, NOW, False, 0, record.swept)

    def postpone(self, record, call):
        # Redundant within the hour, so no rule: until it has passed, the record stays as it is.
        as_seen = is_same(record, call.seen)
        return record._replace(due=LATER, swept=True) if as_seen else None

    def forget(self, record, call):
        due_at = self.need("forget: due_at as read", is_same(record, call.seen))
        deleting = record.state == DELETING
        return NOTHING if self.need("forget: as read", deleting and due_at) else None

    def settle(self, record, call):
        """Write that other attempts' objects are gone. A trashed record stays due for its purge."""
        # Redundant, so no rule: the revision as read. A purge due too early would be looked at, and
        # passed over: the sweep decides by the date of the purge itself.
        if not self.need("settle: as read", is_same(record, call.seen)):
            return None
        kept = call.seen.state == TRASHED and self.has("settle: the purge stays due")
        return record._replace(due=call.seen.purge if kept else NO, tidy=NO)


def tombstone(record, seen, bury_nonce, revision):
    """Return the record of a deleted image, which leaves the lists of what was read."""
    after = Record(DELETING, record.nonce, NOW, False, bury_nonce, False, record.key)
    left = ALL_IMAGES | THE_TRASH | seen.doc & TAGS
    return after._replace(listed=record.listed & ~left, revision=revision)


def is_same(record, seen):
    """Tell whether a record is unchanged since a sweep read it, which due_at shows."""
    return record[:2] == seen[:2] and record.swept == seen.swept
