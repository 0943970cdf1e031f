"""The write protocol as a model: the record, and the calls on the two stores.

It models one image_id. A record due LATER is due in an hour; every earlier call and process has
ended by then. Any other time may be wrong. Each condition and rule has a name, so that a test can
remove it.
"""

from collections import namedtuple

ABSENT, PENDING, READY, DELETING = "absent", "pending", "ready", "deleting"
NO, LATER, NOW = "no", "later", "now"

# many: more than one attempt worked on it. bury: the nonce of its delete. key: the nonce in its
# object's key, from when it was ready; that of a direct upload's completion is not the record's.
Record = namedtuple("Record", "state nonce due many bury swept key", defaults=(0,))
NOTHING = Record(ABSENT, 0, NO, False, 0, False)

# seen: the nonce a takeover has read, or the record a sweep has read. keys: a bit per object.
Call = namedtuple("Call", "verb nonce seen keys", defaults=(0, None, 0))


class Protocol:
    """The calls, without the removed rule. direct: a view completes a pending record.

    Each verb takes a record and a call, and returns the new record, or None if it is refused.
    """

    def __init__(self, removed=None, *, direct=False):
        self.removed = removed
        self.direct = direct
        self.rules = set()

    def has(self, rule):
        """Tell whether a rule is followed."""
        self.rules.add(rule)
        return rule != self.removed

    def need(self, rule, truth):
        """Tell whether a condition holds; the removed one always does."""
        return not self.has(rule) or truth

    def apply(self, call, record, objects):
        """Return (record, objects, "ok" or "refused") after a call was applied."""
        if call.verb == "put":
            return record, objects | call.keys, "ok"
        if call.verb == "wipe":
            return record, objects & ~call.keys, "ok"
        after = getattr(self, call.verb)(record, call)
        return (record, objects, "refused") if after is None else (after, objects, "ok")

    def begin(self, record, call):
        pending = self.need("begin: pending", record.state == PENDING)
        repeat = pending and self.need("begin: my nonce", record.nonce == call.nonce)
        if not (repeat or self.need("begin: absent", record.state == ABSENT)):
            return None
        return Record(PENDING, call.nonce, NOW, False, 0, False)

    def take(self, record, call):
        mine = record.nonce == call.nonce and self.has("take: repeatable")
        known = mine or self.need("take: nonce seen", record.nonce == call.seen)
        if not (known and self.need("take: pending", record.state == PENDING)):
            return None
        return Record(PENDING, call.nonce, NOW, self.has("take: attempts counted"), 0, False)

    def release(self, record, call):
        mine = record.state == PENDING and record.nonce == call.nonce
        # The mark changes nothing here, because any program may find any pending record old.
        return record if self.need("release: pending with my nonce", mine) else None

    def finish(self, record, call):
        pending = self.need("finish: pending", record.state == PENDING)
        if not (pending and self.need("finish: my nonce", record.nonce == call.nonce)):
            return None
        nonce = record.nonce or call.nonce  # an update creates an absent record
        return Record(READY, nonce, LATER if record.many else NO, False, 0, False, nonce)

    def adopt(self, record, call):
        """Finish a completion, which has an object of its own."""
        pending = self.need("adopt: pending", record.state == PENDING)
        # Redundant, so no rule: all attempts wait for bytes of the same description.
        if not (pending and record.nonce == call.seen):
            return None
        due = LATER if self.has("adopt: stays due") else NO
        return Record(READY, record.nonce, due, False, 0, False, call.nonce)

    def bury(self, record, call):
        repeat = record.bury == call.nonce and self.has("bury: repeatable")
        visible = (READY, PENDING) if self.direct else (READY,)
        if not (repeat or self.need("bury: ready", record.state in visible)):
            return None
        return Record(DELETING, record.nonce, NOW, False, call.nonce, False, record.key)

    def condemn(self, record, call):
        pending = self.need("condemn: pending", record.state == PENDING)
        if not (pending and self.need("condemn: nonce seen", record.nonce == call.seen.nonce)):
            return None
        return Record(DELETING, record.nonce, NOW, False, 0, False)

    def postpone(self, record, call):
        # Redundant within the hour, so no rule: until it has passed, the record stays as it is.
        as_seen = is_same(record, call.seen)
        return record._replace(due=LATER, swept=True) if as_seen else None

    def forget(self, record, call):
        due_at = self.need("forget: due_at seen", is_same(record, call.seen))
        deleting = record.state == DELETING
        return NOTHING if self.need("forget: as seen", deleting and due_at) else None

    def tidied(self, record, call):
        as_seen = is_same(record, call.seen)
        return record._replace(due=NO) if self.need("tidied: as seen", as_seen) else None


def is_same(record, seen):
    """Tell whether a record is unchanged since a sweep read it, which due_at shows."""
    return record[:2] == seen[:2] and record.swept == seen.swept


def own_key(record):
    """Return the key of a ready record's object."""
    return 1 << record.key if record.state == READY else 0
