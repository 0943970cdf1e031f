"""What uploads, deletes and sweeps do: the next call of each, and every possible result of a call.

A call is answered or fails, is applied though its answer is lost, or is applied later; then it is
sent again or abandoned. A process can be killed between any two calls.
"""

from collections import namedtuple

from tests.protocol.model import (
    ABSENT,
    DELETING,
    LATER,
    NOTHING,
    NOW,
    PENDING,
    READY,
    Call,
    own_key,
)

# What follows each call. 201, 204, 403, 404, 409, spent and end are answers; a sweep lists again.
NEXT = {
    "begin": {"ok": "put", "refused": "read", "full": "403", "error": "release"},
    "take_over": {"ok": "put", "refused": "409", "full": "403", "error": "release"},
    "put": {"ok": "finish", "error": "release"},
    "finish": {"ok": "201", "refused": "read", "full": "lose", "error": "release"},
    "lose": {"ok": "leave", "refused": "check", "error": "release"},
    "leave": {"ok": "403", "error": "403"},
    "adopt": {"ok": "complete", "error": "end"},
    "complete": {"ok": "end", "refused": "end", "error": "end"},
    "bury": {"ok": "delete", "refused": "404", "error": "end"},
    "delete": {"ok": "204", "error": "204"},
    "condemn": {"ok": "delete_all", "refused": "list", "error": "list"},
    "delete_all": {"ok": "update", "error": "list"},
    "update": {"ok": "list", "refused": "list", "error": "list"},
}
FIRST = {"upload": "begin", "delete": "bury", "sweep": "list", "complete": "see"}
ANSWERS = ("201", "204", "403", "404", "409", "spent", "end")
KEEPS_PREVIOUS = ("delete", "condemn", "delete_all", "update", "adopt", "complete")
CHANGES_ATTEMPT = ("take_over", "release", "condemn")

# began: a call was sent. seen: the record that it read. keys: the objects it listed.
Actor = namedtuple("Actor", "step began nonce seen keys", defaults=(False, 0, None, 0))
# late: the calls that will be applied later. made: the nonce that was ready first. count: how many
# places of the quota are taken.
State = namedtuple("State", "record objects late actors made count")


class Broken(Exception):
    """A promise does not hold. The story is a shortest sequence of events that breaks it."""

    def __init__(self, promise, story):
        super().__init__(promise, *story)
        self.promise = promise
        self.story = story


class Programs:
    """Some programs, named as in FIRST, run at once, with at most most_late delayed calls."""

    def __init__(self, protocol, names, most_late):
        self.protocol = protocol
        self.names = names
        self.most_late = most_late
        self.applied = {}

    def first(self, index):
        """Return a program's start. An upload's nonce is odd, that of its takeover the next."""
        return Actor(FIRST[self.names[index]], nonce=2 * index + 1)

    def events(self, state, index):
        """Yield (event, state after it) for every next step of an actor."""
        actor = state.actors[index]
        if actor.step in ANSWERS:
            return
        if actor.began:
            yield f"{index} is killed", self.go(state, index, "end")
        if actor.step in ("list", "look", "read", "see", "check"):
            yield from getattr(self, actor.step)(state, index)
        else:
            yield from self.send(state, index)

    def list(self, state, index):
        if self.is_due(state.record):
            yield f"{index} lists objects", self.go(state, index, "look", keys=state.objects)

    def look(self, state, index):
        record, step = state.record, "delete_all"
        if not self.is_due(record):
            step = "list"
        elif record.state == PENDING:
            step = "condemn"
        elif record.swept and not self.protocol.has("sweep: deletes objects twice"):
            step = "update"
        keys = state.actors[index].keys
        # Without what no later step looks at, so that fewer states are told apart.
        seen = attempt(record)._replace(swept=record.swept, key=record.key)
        yield f"{index} sees {record.state}", self.go(state, index, step, seen=seen, keys=keys)

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
        step = "201" if state.record.state == READY else "leave"
        yield f"{index} checks {state.record.state}", self.go(state, index, step)

    def read(self, state, index):
        """Yield what a refused upload does: answer, or take over the attempt that it found."""
        actor, record = state.actors[index], state.record
        spent = record.bury or not self.protocol.has("read: spent only if it was ready")
        condemned = record.state == DELETING and not spent
        answer = {READY: "201", PENDING: "409", ABSENT: "end"}.get(record.state)
        answer = answer or ("409" if condemned else "spent")
        yield f"{index} reads {record.state}", self.go(state, index, answer)
        if actor.step == "read" and (record.state == PENDING or condemned):
            nonce = actor.nonce + self.protocol.has("take over: a nonce of its own")
            taking = Actor("take_over", True, nonce, attempt(record))
            yield f"{index} takes over {record.state}", with_actor(state, index, taking)

    def send(self, state, index):
        actor = state.actors[index]
        call, follows = self.call(state, actor), NEXT[actor.step]
        done, answer = self.apply(state, call)
        name, step = f"{index} {call.verb}", follows[answer]
        if step == "check" and not self.protocol.has("lose: looks before it deletes"):
            step = "leave"
        # A direct upload's own part ends here; its bytes come by another way.
        step = "end" if step == "put" and self.protocol.direct else step
        seen = done.record if call.verb == "bury" else actor.seen
        if call.verb == "finish" and answer == "refused":
            # The record read decides only the answer, so the model reads it at once.
            yield from self.read(done, index)
        else:
            yield f"{name} {answer}", self.go(done, index, step, seen=seen, keys=actor.keys)
        if done.count > state.count and "full" in follows:
            yield f"{name}, no room", self.go(state, index, self.without_room(follows["full"]))
        yield from self.fail(state, index, follows["error"])
        again = actor._replace(began=True)
        yield f"{name}, answer lost", with_actor(done, index, again)
        if len(state.late) < self.most_late:
            yield f"{name} is late", with_actor(with_late(state, call), index, again)

    def without_room(self, step):
        """Return the next step of a program that was refused for the quota."""
        if step == "lose" and not self.protocol.has("lose: condemns before it deletes"):
            return "leave"
        return step

    def call(self, state, actor):
        """Return the call that an actor makes at its step."""
        step, seen = actor.step, actor.seen
        if step in ("put", "adopt"):
            return Call("put", keys=1 << actor.nonce)
        if step == "lose":
            return Call("condemn", actor.nonce, NOTHING._replace(nonce=actor.nonce))
        if step == "leave":
            return Call("delete_all", keys=1 << actor.nonce)
        if step == "delete":
            return Call("delete_all", keys=1 << seen.key)
        if step == "delete_all":
            listed = self.protocol.has("sweep: lists before it looks")
            keys = actor.keys if listed else state.objects
            return Call("delete_all", keys=keys & ~own_key(seen))
        if step == "update" and seen.state == READY:
            return Call("settle", seen=seen)
        if step == "update":
            return Call("forget" if seen.swept else "postpone", seen=seen)
        return Call(step, actor.nonce, seen)

    def fail(self, state, index, step):
        """Yield what an actor does after its call failed on all attempts."""
        actor = state.actors[index]
        if step == "release":
            yield from self.release(state, index)
            return
        if actor.step == "delete_all" and not self.protocol.has("sweep: a failed delete stays due"):
            step = "update"
        yield f"{index} {actor.step} fails", self.go(state, index, step, seen=actor.seen)

    def release(self, state, index):
        """Yield a failed upload's release, applied or delayed. A failed release is like a kill."""
        actor = state.actors[index]
        call, name = Call("release", actor.nonce), f"{index} {actor.step} fails, release"
        if not self.protocol.has("release: touches no object"):
            state = state._replace(objects=state.objects & ~(1 << actor.nonce))
        released, answer = self.apply(state, call)
        yield f"{name} {answer}", self.go(released, index, "end")
        if len(state.late) < self.most_late:
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
        made = state.made or (record.key if record.state == READY else 0)
        return State(record, objects, state.late, state.actors, made, state.count + counts), answer

    def go(self, state, index, step, *, seen=None, keys=0):
        """Return the state with an actor at its next step, without values it no longer needs."""
        actor = state.actors[index]
        if step in ANSWERS and is_wrong(step, actor, state):
            raise Broken("answers", [f"{index} answers {step}"])
        if self.names[index] == "sweep" and step in ("list", "end"):
            return with_actor(state, index, self.first(index))
        if step in ANSWERS:
            return with_actor(state, index, Actor("204" if step == "204" else "end", True))
        seen = seen if step in KEEPS_PREVIOUS else None
        keys = keys if step in ("look", "condemn", "delete_all") else 0
        return with_actor(state, index, Actor(step, True, actor.nonce, seen, keys))


def is_wrong(answer, actor, state):
    """Tell whether an answer is not true."""
    record = state.record
    if answer == "409":  # another program works on it; not this actor's own takeover
        return actor.step == "take_over" and record.state == PENDING and record.nonce == actor.nonce
    if answer == "403":  # nothing was made
        return own_key(record) == 1 << actor.nonce
    if answer == "404":  # absent, and not deleted by this actor
        return record.state == READY or record.bury == actor.nonce
    return answer in ("201", "spent") and not (state.made or record.bury)


def with_actor(state, index, actor):
    actors = state.actors[:index] + (actor,) + state.actors[index + 1 :]
    return State(state.record, state.objects, state.late, actors, state.made, state.count)


def attempt(record):
    """Return what counts of a record that was read: its state, its nonce and its charge."""
    return NOTHING._replace(state=record.state, nonce=record.nonce, charged=record.charged)


def with_late(state, call):
    return state._replace(late=state.late | {call})
