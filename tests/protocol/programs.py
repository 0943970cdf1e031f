"""What uploads, deletes and sweeps do: the next call of each, and every possible result of a call.

A call is answered or fails, is applied though its answer is lost, or is applied later; then it is
sent again or abandoned. A process can be killed between any two calls.
"""

from tests.protocol.model import GUARDED, PURGED, Call
from tests.protocol.readers import READING, Readers
from tests.protocol.records import (
    KEPT,
    MAKERS,
    NOTHING,
    NOW,
    OWN,
    PENDING,
    READY,
    TAG,
    TAGS,
    TRASHED,
    UPLOADED,
    object_key,
    own_key,
    own_keys,
)
from tests.protocol.states import (
    ANSWERS,
    REMEMBERED,
    Actor,
    Broken,
    State,
    with_actor,
    with_late,
)

# What follows each call: a step or one of the ANSWERS; a sweep lists again. The thumb is put after
# the original here: until `finish`, which waits for both, nothing tells an attempt's objects apart.
NEXT = {
    "begin": {"ok": "put", "refused": "read", "full": "403", "error": "release"},
    "take_over": {"ok": "put", "refused": "409", "full": "403", "error": "release"},
    "put": {"ok": "thumb", "error": "release"},
    "thumb": {"ok": "finish", "exists": "finish", "error": "finish"},
    "finish": {"ok": "201", "refused": "read", "full": "lose", "error": "release"},
    "lose": {"ok": "leave", "refused": "check", "error": "release"},
    "leave": {"ok": "403", "error": "403"},
    "adopt": {"ok": "thumb", "error": "end"},
    "complete": {"ok": "end", "refused": "end", "error": "end"},
    "make": {"ok": "again", "exists": "again", "error": "end"},
    "name": {"ok": "200", "refused": "again", "error": "end"},
    "unmake": {"ok": "404", "error": "404"},
    "change": {"ok": "200", "refused": "edit", "error": "end"},
    "trash": {"ok": "trashed", "refused": "turn", "error": "end"},
    "restore": {"ok": "restored", "refused": "turn", "error": "end"},
    "bury": {"ok": "delete", "refused": "404", "error": "end"},
    "delete": {"ok": "204", "error": "204"},
    "condemn": {"ok": "delete_all", "refused": "list", "error": "list"},
    "purge": {"ok": "delete_all", "refused": "list", "error": "list"},
    "delete_all": {"ok": "update", "error": "list"},
    "update": {"ok": "list", "refused": "list", "error": "list"},
}
FIRST = {
    "upload": "begin",
    "recover": "begin",
    "recover trashed": "begin",
    "delete": "find",
    "sweep": "list",
    "complete": "see",
    "lazy": "want",
    "change": "edit",
    "trash": "turn",
    "restore": "turn",
}
# Uploads with an image_id and a date from a backup: of a ready image, or of one in the trash. Any
# attempt may seem to be old, so a program may take over what it finds at once. They begin before
# the tombstone of a delete ends, as the retry of an upload does.
RECOVERIES = ("recover", "recover trashed")
KEEPS_PREVIOUS = ("thumb", "adopt", "complete", "delete", "condemn", "delete_all", "update")
KEEPS_PREVIOUS += ("make", "again", "name", "unmake", *GUARDED)
KEEPS_KEYS = ("look", "condemn", "purge", "delete_all", "finish", "complete")
CHANGES_ATTEMPT = ("take_over", "release", "condemn")


class Programs(Readers):
    """Some programs, named as in FIRST, run at once, with at most most_late delayed calls."""

    def __init__(self, protocol, names, most_late):
        self.protocol = protocol
        self.names = names
        self.most_late = most_late
        self.applied = {}

    def first(self, index):
        """Return a program's start. An upload's nonce is odd, that of its takeover the next."""
        step = FIRST[self.names[index]]
        # Where a visible record never changes, a delete need not read it first.
        step = "bury" if step == "find" and not self.protocol.changes else step
        return Actor(step, nonce=0 if step == "list" else 2 * index + 1)

    def has_room(self, state):
        """Tell whether one more call may be late."""
        return len(state.late) < self.most_late

    def actor_events(self, state, index):
        """Yield (event, state after it) for every next step of an actor.

        The state holds no other actor and no other's late calls: nothing depends on them.
        """
        actor = state.actors[index]
        if actor.step in ANSWERS:
            return
        if actor.began:
            yield f"{index} is killed", self.go(state, index, "end")
        if actor.step in READING:
            yield from getattr(self, actor.step)(state, index)
        else:
            yield from self.send(state, index)

    def send(self, state, index):
        actor = state.actors[index]
        call, follows = self.call(state, index), NEXT[actor.step]
        done, answer = self.apply(state, call)
        name, step = f"{index} {call.verb}", self.following(index, actor, answer)
        buried = call.verb in ("bury", "purge") and answer == "ok"
        seen = done.record if buried else actor.seen
        keys = call.keys if actor.step == "thumb" else actor.keys
        if actor.step == "finish" and answer == "refused":
            # The record read decides only the answer, so the model reads it at once.
            yield from self.read(done, index)
        else:
            yield f"{name} {answer}", self.go(done, index, step, seen=seen, keys=keys)
        if done.count > state.count and "full" in follows:
            yield f"{name}, no room", self.go(state, index, self.without_room(follows["full"]))
        yield from self.fail(state, index, self.following(index, actor, "error"))
        again = actor._replace(began=True)
        yield f"{name}, answer lost", with_actor(done, index, again)
        if self.has_room(state):
            yield f"{name} is late", with_actor(with_late(state, call), index, again)

    def following(self, index, actor, answer):
        """Return the step that follows an answer."""
        kept, step = self.protocol, NEXT[actor.step][answer]
        if step == "check" and not kept.has("lose: looks before it deletes"):
            return "leave"
        # A direct upload's own part ends here; its bytes come by another way.
        if step == "put" and kept.direct:
            return "end"
        if step == "thumb" and not kept.renditions:
            step = "finish"
        if step == "finish" and self.names[index] == "complete":
            return "complete"
        if step == "again" and actor.step == "make" and answer != "error":
            return step if kept.has("lazy: reads again after the put") else "200"
        if (actor.step, answer) == ("bury", "refused") and kept.changes:
            return "find" if kept.has("delete: reads again when refused") else step
        if (actor.step, answer) == ("purge", "refused"):
            return step if kept.has("purge: passed over when refused") else "find"
        return step

    def without_room(self, step):
        """Return the next step of a program that was refused for the quota."""
        if step == "lose" and not self.protocol.has("lose: condemns before it deletes"):
            return "leave"
        return step

    def call(self, state, index):
        """Return the call that an actor makes at its step."""
        actor = state.actors[index]
        step, seen = actor.step, actor.seen
        if step in ("put", "adopt"):
            return Call("put", keys=object_key(actor.nonce))
        if step == "thumb":
            return Call("make", actor.nonce, keys=object_key(actor.nonce, UPLOADED))
        if step == "make":
            return Call("make", seen.key, keys=object_key(seen.key, index + 2))
        if step in ("leave", "delete", "unmake", "delete_all"):
            return Call("delete_all", keys=self.deleted(state, actor))
        if step in ("name", "change"):
            tagged = seen.doc & ~TAGS | 1 << MAKERS + index
            doc = self.thumb_doc(state, index) if step == "name" else tagged
            return Call("change", actor.nonce, seen, doc=doc)
        if step == "update":
            last = "forget" if seen.swept else "postpone"
            return Call("settle" if seen.state in KEPT else last, seen=seen)
        return self.last_call(index, actor)

    def last_call(self, index, actor):
        """Return the call that ends an attempt, or any other. What is brought back has a tag."""
        name, step = self.names[index], actor.step
        if step == "lose":
            return Call("condemn", actor.nonce, NOTHING._replace(nonce=actor.nonce))
        if step not in ("finish", "complete"):
            return Call(step, actor.nonce, actor.seen)
        doc = (1 << UPLOADED if actor.keys else 0) | (TAG if name in RECOVERIES else 0)
        verb = "finish_trashed" if name == "recover trashed" else step
        return Call(verb, actor.nonce, actor.seen, doc=doc)

    def deleted(self, state, actor):
        """Return the keys that an actor deletes."""
        step, seen = actor.step, actor.seen
        if step == "leave":
            return OWN << actor.nonce
        if step == "delete":
            # Redundant beside a sweep, so no rule: that the renditions go at once, too.
            return OWN << seen.key
        if step == "unmake":
            return OWN << seen.key & ~object_key(seen.key)
        kept = own_keys(seen) if self.protocol.has("sweep: keeps the renditions") else own_key(seen)
        listed = self.protocol.has("sweep: lists before it looks")
        return (actor.keys if listed else state.objects) & ~kept

    def fail(self, state, index, step):
        """Yield what an actor does after its call failed on all attempts."""
        actor = state.actors[index]
        if step == "release":
            yield from self.release(state, index)
            return
        if actor.step == "delete_all" and not self.protocol.has("sweep: a failed delete stays due"):
            step = "update"
        keys = 0
        if actor.step == "thumb" and not self.protocol.has("finish: names only what was put"):
            keys = self.call(state, index).keys
        failed = self.go(state, index, step, seen=actor.seen, keys=keys)
        yield f"{index} {actor.step} fails", failed

    def release(self, state, index):
        """Yield a failed upload's release, applied or delayed. A failed release is like a kill."""
        actor = state.actors[index]
        call, name = Call("release", actor.nonce), f"{index} {actor.step} fails, release"
        if not self.protocol.has("release: touches no object"):
            state = state._replace(objects=state.objects & ~object_key(actor.nonce))
        released, answer = self.apply(state, call)
        yield f"{name} {answer}", self.go(released, index, "end")
        if self.has_room(state):
            yield f"{name} is late", self.go(with_late(state, call), index, "end")

    def apply(self, state, call):
        """Return (state, answer) after a call was applied."""
        case = (call, state.record, state.objects)
        if case not in self.applied:
            self.applied[case] = self.protocol.apply(*case)
        record, objects, counts, answer = self.applied[case]
        before, seen = state.record, call.seen and call.seen.nonce
        changed = answer == "ok" and call.verb in CHANGES_ATTEMPT and before.state == PENDING
        # Only a program that read an attempt may end it or release it.
        if changed and before.nonce not in (call.nonce, seen):
            raise Broken("undisturbed", [f"{call.verb} lands"])
        # What lands, late or not, changes nothing that it did not mean to change.
        meant = call.doc ^ call.seen.doc if call.verb == "change" else 0
        if (before.doc ^ record.doc) & ~meant and before.state in KEPT and record.state in KEPT:
            raise Broken("changes", [f"{call.verb} lands"])
        purged = call.verb == "purge" and answer == "ok" and before.state in KEPT
        if purged and before.purge != NOW:
            raise Broken("purge", ["purge lands"])
        made = PURGED if purged else state.made or (record.key if record.state in KEPT else 0)
        return State(record, objects, state.late, state.actors, made, state.count + counts), answer

    def go(self, state, index, step, *, seen=None, keys=0):
        """Return the state with an actor at its next step, without values it no longer needs."""
        actor = state.actors[index]
        if step in ANSWERS and is_wrong(step, actor, state):
            raise Broken("answers", [f"{index} answers {step}"])
        if self.names[index] == "sweep" and step in ("list", "end"):
            return with_actor(state, index, self.first(index))
        if step in ANSWERS:
            return with_actor(state, index, Actor(step if step in REMEMBERED else "end", True))
        seen = seen if step in KEEPS_PREVIOUS else None
        keys = keys if step in KEEPS_KEYS else 0
        return with_actor(state, index, Actor(step, True, actor.nonce, seen, keys))


def is_wrong(answer, actor, state):
    """Tell whether an answer is not true."""
    record = state.record
    if answer == "409":  # another program works on it; not this actor's own takeover
        return actor.step == "take_over" and record.state == PENDING and record.nonce == actor.nonce
    if answer == "403":  # nothing was made
        return own_key(record) == object_key(actor.nonce)
    if answer == "200":  # it shows what was there at its last look
        return record.state not in KEPT
    if answer == "201":
        return record.state not in KEPT
    if answer == "spent":
        return record.state in KEPT or not (state.made or record.bury)
    if answer == "404":  # absent, and not deleted by this actor
        return record.state in KEPT or record.bury == actor.nonce
    return record.state != {"trashed": TRASHED, "restored": READY}.get(answer, record.state)
