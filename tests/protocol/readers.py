"""The steps of the programs that read: what follows from the record, or from the keys, they see."""

from tests.protocol.records import (
    ABSENT,
    DELETING,
    KEPT,
    LATER,
    MAKERS,
    NOTHING,
    NOW,
    ORIGINAL,
    PENDING,
    READY,
    TAGS,
    TRASHED,
    object_key,
)
from tests.protocol.states import Actor, attempt, with_actor

READING = ("list", "look", "read", "see", "check", "find", "want", "again", "edit", "turn")


class Readers:
    """The reading steps. Each yields (event, state after it), as Programs.events does."""

    def list(self, state, index):
        if self.is_due(state.record):
            yield f"{index} lists objects", self.go(state, index, "look", keys=state.objects)

    def look(self, state, index):
        record, step = state.record, "delete_all"
        if not self.is_due(record):
            step = "list"
        elif record.state == PENDING:
            step = "condemn"
        elif record.state == TRASHED:
            step = self.look_into_trash(record)
        elif record.swept and not self.protocol.has("sweep: deletes objects twice"):
            step = "update"
        keys = state.actors[index].keys
        # Without what no later step looks at, so that fewer states are told apart.
        seen = attempt(record)._replace(swept=record.swept, key=record.key, purge=record.purge)
        yield f"{index} sees {record.state}", self.go(state, index, step, seen=seen, keys=keys)

    def look_into_trash(self, record):
        """Return a sweep's next step for a trashed record, which may have two dates."""
        if record.purge == NOW or not self.protocol.has("sweep: purges at the date of the purge"):
            return "purge"
        return "delete_all" if record.tidy == NOW else "list"

    def is_due(self, record):
        rule = "sweep: tidies after the hour"
        if record.state == DELETING:
            rule = "sweep: forgets after the hour"
        return record.due == NOW or record.due == LATER and not self.protocol.has(rule)

    def see(self, state, index):
        """Yield what a view does when a direct upload's bytes have arrived: complete it."""
        if state.record.state == PENDING:
            seen = attempt(state.record)
            yield f"{index} sees pending", self.go(state, index, "adopt", seen=seen)

    def check(self, state, index):
        """Yield what an upload without room does, whose record somebody else has changed."""
        known = KEPT if self.protocol.has("lose: knows the trash") else (READY,)
        step = "201" if state.record.state in known else "leave"
        yield f"{index} checks {state.record.state}", self.go(state, index, step)

    def read(self, state, index):
        """Yield what a refused upload does: answer, or take over the attempt that it found."""
        actor, record = state.actors[index], state.record
        spent = record.bury or not self.protocol.has("read: spent only if it was ready")
        condemned = record.state == DELETING and not spent
        answer = {READY: "201", PENDING: "409", ABSENT: "end"}.get(record.state)
        if record.state == TRASHED and self.protocol.has("read: a trashed image is the answer"):
            answer = "201"
        answer = answer or ("409" if condemned else "spent")
        yield f"{index} reads {record.state}", self.go(state, index, answer)
        if actor.step == "read" and (record.state == PENDING or condemned):
            nonce = actor.nonce + self.protocol.has("take over: a nonce of its own")
            taking = Actor("take_over", True, nonce, attempt(record))
            yield f"{index} takes over {record.state}", with_actor(state, index, taking)

    def find(self, state, index):
        """Yield what a delete does first, and when a change came before it: read, then bury."""
        record = state.record
        step = "bury" if self.protocol.is_visible(record) else "404"
        seen = NOTHING._replace(doc=record.doc & TAGS)
        yield f"{index} finds {record.state}", self.go(state, index, step, seen=seen)

    def want(self, state, index):
        """Yield what a request for a rendition does first, where it does anything.

        Then it fetches the original. Where that is gone, the request ends as if it were killed:
        its 404 is true, since no visible image is without its original (I2).
        """
        record = state.record
        if record.state in KEPT and not record.doc & ~TAGS:
            seen = NOTHING._replace(key=record.key)
            yield f"{index} wants a rendition", self.go(state, index, "make", seen=seen)

    def again(self, state, index):
        """Yield what follows a rendition's put: look at the record again. A thumb is named."""
        record, actor = state.record, state.actors[index]
        known = KEPT if self.protocol.has("lazy: knows the trash") else (READY,)
        if record.state not in known:
            # Redundant beside the sweep, so no rule: that it deletes what it put.
            yield f"{index} deletes", self.go(state, index, "unmake", seen=actor.seen)
            return
        yield f"{index} shows the rendition", self.go(state, index, "200")
        if not record.doc & ~TAGS:
            seen = NOTHING._replace(state=record.state, key=record.key, doc=record.doc)
            yield f"{index} sees no thumb", self.go(state, index, "name", seen=seen)

    def thumb_doc(self, state, index):
        """Return the doc that names a thumb: the one that is there, whoever put it."""
        seen = state.actors[index].seen
        makers = [index + 2]
        if self.protocol.has("lazy: names what is there"):
            there = [maker for maker in range(MAKERS) if maker != ORIGINAL]
            there = [one for one in there if state.objects & object_key(seen.key, one)]
            makers = there or makers
        return seen.doc | 1 << makers[0]

    def edit(self, state, index):
        """Yield what a change of tags does first: read the record. It leaves one tag, its own."""
        record, tag = state.record, 1 << MAKERS + index
        if record.state != READY:
            if state.actors[index].began:
                answer = "409" if record.state == TRASHED else "404"
                yield f"{index} sees {record.state}", self.go(state, index, answer)
        elif record.doc & tag:
            yield f"{index} sees its change", self.go(state, index, "200")
        else:
            seen = NOTHING._replace(state=READY, doc=record.doc)
            yield f"{index} reads the tags", self.go(state, index, "change", seen=seen)

    def turn(self, state, index):
        """Yield what a trash or a restore does first, and when it was refused: read, decide."""
        record, verb = state.record, self.names[index]
        other, answer = {"trash": (READY, "trashed"), "restore": (TRASHED, "restored")}[verb]
        if record.state == other:
            seen = NOTHING._replace(state=other, doc=record.doc, due=record.due, tidy=record.tidy)
            yield f"{index} reads {other}", self.go(state, index, verb, seen=seen)
        elif state.actors[index].began:
            step = answer if record.state in KEPT else "404"
            yield f"{index} sees {record.state}", self.go(state, index, step)
