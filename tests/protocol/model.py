"""The write protocol as a model: the record, and the calls on the two stores.

The verbs and states are those of docs/storage.md, sections 3 and 4; `complete` is the `finish` of a
direct upload's completion. It models one image_id. A record that is due LATER is due in an hour,
when every earlier call and process has ended. Each condition and rule has a name, so that a test
can remove it.
"""

from collections import namedtuple

ABSENT, PENDING, READY, DELETING = "absent", "pending", "ready", "deleting"
NO, LATER, NOW = "no", "later", "now"

# many: more than one attempt worked on it. bury: the nonce of its delete. key: the nonce in the key
# of its object, once it is ready; a completion of a direct upload has a nonce of its own for this.
Record = namedtuple("Record", "state nonce due many bury swept key", defaults=(0,))
NOTHING = Record(ABSENT, 0, NO, False, 0, False)

# previous: the nonce that a take over or a completion has read, or the record that a sweep has
# read. keys: a bit for each object.
Call = namedtuple("Call", "verb nonce previous keys", defaults=(0, None, 0))


class Protocol:
    """The calls, without the removed rule. direct: a pending record is that of a direct upload.

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
        """Tell whether a condition holds; the removed condition always holds."""
        return not self.has(rule) or truth

    def apply(self, call, record, objects):
        """Return (record, objects, "ok" or "refused") after a call was applied."""
        if call.verb == "put":
            return record, objects | call.keys, "ok"
        if call.verb == "delete_all":
            return record, objects & ~call.keys, "ok"
        after = getattr(self, call.verb)(record, call)
        return (record, objects, "refused") if after is None else (after, objects, "ok")

    def begin(self, record, call):
        pending = self.need("begin: pending", record.state == PENDING)
        repeat = pending and self.need("begin: my nonce", record.nonce == call.nonce)
        if not (repeat or self.need("begin: absent", record.state == ABSENT)):
            return None
        return Record(PENDING, call.nonce, NOW, False, 0, False)

    def take_over(self, record, call):
        mine = record.nonce == call.nonce and self.has("take over: repeatable")
        known = mine or self.need("take over: nonce as read", record.nonce == call.previous)
        if not (known and self.need("take over: pending", record.state == PENDING)):
            return None
        many = self.has("take over: attempts counted")
        return Record(PENDING, call.nonce, NOW, many, 0, False)

    def release(self, record, call):
        mine = record.state == PENDING and record.nonce == call.nonce
        # `released` is not modelled: a retry may take over any pending record, as if it were old.
        return record if self.need("release: pending with my nonce", mine) else None

    def finish(self, record, call):
        pending = self.need("finish: pending", record.state == PENDING)
        if not (pending and self.need("finish: my nonce", record.nonce == call.nonce)):
            return None
        nonce = record.nonce or call.nonce  # an update without a condition creates a record
        return Record(READY, nonce, LATER if record.many else NO, False, 0, False, nonce)

    def complete(self, record, call):
        """Finish a completion, which has adopted the bytes to a key of its own."""
        pending = self.need("complete: pending", record.state == PENDING)
        # Not needed, so no rule: all attempts wait for bytes with the same declaration.
        if not (pending and record.nonce == call.previous):
            return None
        due = LATER if self.has("complete: stays due") else NO
        return Record(READY, record.nonce, due, False, 0, False, call.nonce)

    def bury(self, record, call):
        repeat = record.bury == call.nonce and self.has("bury: repeatable")
        visible = (READY, PENDING) if self.direct else (READY,)
        if not (repeat or self.need("bury: ready", record.state in visible)):
            return None
        return Record(DELETING, record.nonce, NOW, False, call.nonce, False, record.key)

    def condemn(self, record, call):
        pending = self.need("condemn: pending", record.state == PENDING)
        if not (
            pending and self.need("condemn: nonce as read", record.nonce == call.previous.nonce)
        ):
            return None
        return Record(DELETING, record.nonce, NOW, False, 0, False)

    def postpone(self, record, call):
        # Not needed, so no rule: nothing else changes a deleting record within the hour.
        as_read = is_same(record, call.previous)
        return record._replace(due=LATER, swept=True) if as_read else None

    def forget(self, record, call):
        due_at = self.need("forget: due_at as read", is_same(record, call.previous))
        deleting = record.state == DELETING
        return NOTHING if self.need("forget: as read", deleting and due_at) else None

    def settle(self, record, call):
        as_read = is_same(record, call.previous)
        return record._replace(due=NO) if self.need("settle: as read", as_read) else None


def is_same(record, previous):
    """Tell whether a record is unchanged since a sweep read it; in the code due_at tells."""
    return record[:2] == previous[:2] and record.swept == previous.swept


def own_key(record):
    """Return the key of a ready record's object."""
    return 1 << record.key if record.state == READY else 0
