"""What uploads, deletes and sweeps do: the next call of each, and every possible result of a call.

A call is answered, or it fails, or it is applied but its answer is lost, or it is applied later.
After a lost or late call the program sends it again or ends. A program can be killed between any
two calls.
"""

from collections import namedtuple

from tests.protocol.model import ABSENT, DELETING, LATER, NOW, PENDING, READY, Call, own_key

# The next step after each call. 201, 204, 404, 409, spent and end are answers. `delete` deletes one
# object, `delete_all` those that a sweep has listed; `update` is the sweep's last call: postpone,
# forget or settle. Then a sweep begins again with `list`.
NEXT = {
    "begin": {"ok": "put", "refused": "read", "error": "release"},
    "take_over": {"ok": "put", "refused": "409", "error": "release"},
    "put": {"ok": "finish", "error": "release"},
    "finish": {"ok": "201", "refused": "read", "error": "release"},
    "adopt": {"ok": "complete", "error": "end"},
    "complete": {"ok": "end", "refused": "end", "error": "end"},
    "bury": {"ok": "delete", "refused": "404", "error": "end"},
    "delete": {"ok": "204", "error": "204"},
    "condemn": {"ok": "delete_all", "refused": "list", "error": "list"},
    "delete_all": {"ok": "update", "error": "list"},
    "update": {"ok": "list", "refused": "list", "error": "list"},
}
FIRST = {"upload": "begin", "delete": "bury", "sweep": "list", "complete": "view"}
ANSWERS = ("201", "204", "404", "409", "spent", "end")
KEEPS_PREVIOUS = ("delete", "condemn", "delete_all", "update", "adopt", "complete")
CHANGES_ATTEMPT = ("take_over", "release", "condemn")

# began: a call was sent. previous: the nonce or record that it read. keys: the objects it listed.
Actor = namedtuple("Actor", "step began nonce previous keys", defaults=(False, 0, None, 0))
# late: the calls that will be applied later. made: the key of the record when it was first ready.
State = namedtuple("State", "record objects late actors made")


class Broken(Exception):
    """A promise does not hold. The path is a shortest sequence of events that breaks it."""

    def __init__(self, promise, path):
        super().__init__(promise, *path)
        self.promise = promise
        self.path = path


class Programs:
    """Programs that run in parallel, named as in FIRST, with at most most_late delayed calls."""

    def __init__(self, protocol, names, most_late):
        self.protocol = protocol
        self.names = names
        self.most_late = most_late
        self.applied = {}

    def first(self, index):
        """Return a program's start. An upload has an odd nonce, its take over the next number."""
        return Actor(FIRST[self.names[index]], nonce=2 * index + 1)

    def events(self, state, index):
        """Yield (event, the state after it) for every next step of an actor."""
        actor = state.actors[index]
        if actor.step in ANSWERS:
            return
        if actor.began:
            yield f"{index} is killed", self.go(state, index, "end")
        if actor.step in ("list", "look", "read", "view"):
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
        yield (
            f"{index} looks at {record.state}",
            self.go(state, index, step, previous=record, keys=keys),
        )

    def is_due(self, record):
        rule = "sweep: settles after the hour"
        if record.state == DELETING:
            rule = "sweep: forgets after the hour"
        return record.due == NOW or record.due == LATER and not self.protocol.has(rule)

    def view(self, state, index):
        """Yield what a view does when the bytes of a direct upload have arrived: complete it."""
        if state.record.state == PENDING:
            nonce = state.record.nonce
            yield f"{index} views pending", self.go(state, index, "adopt", previous=nonce)

    def read(self, state, index):
        """Yield what an upload does after a refused `begin`: answer, or take over the attempt."""
        actor, record = state.actors[index], state.record
        spent = record.bury or not self.protocol.has("read: spent only if it was ready")
        answer = {READY: "201", PENDING: "409", ABSENT: "end"}.get(record.state)
        answer = answer or ("spent" if spent else "409")
        yield f"{index} reads {record.state}", self.go(state, index, answer)
        if record.state == PENDING and actor.step == "read":
            nonce = actor.nonce + self.protocol.has("take over: a nonce of its own")
            taking = Actor("take_over", True, nonce, record.nonce)
            yield f"{index} takes over", with_actor(state, index, taking)

    def send(self, state, index):
        actor = state.actors[index]
        call, follows = self.call(state, actor), NEXT[actor.step]
        done, answer = self.apply(state, call)
        name, step = f"{index} {call.verb}", follows[answer]
        # A direct upload ends here: its client sends the bytes to the store.
        step = "end" if step == "put" and self.protocol.direct else step
        previous = done.record if call.verb == "bury" else actor.previous
        if call.verb == "finish" and answer == "refused":
            # The record decides only the answer, so the model reads it in the same step.
            yield from self.read(done, index)
        else:
            after = self.go(done, index, step, previous=previous, keys=actor.keys)
            yield f"{name} {answer}", after
        yield from self.fail(state, index, follows["error"])
        again = actor._replace(began=True)
        yield f"{name}, answer lost", with_actor(done, index, again)
        if len(state.late) < self.most_late:
            yield f"{name} is late", with_actor(with_late(state, call), index, again)

    def call(self, state, actor):
        """Return the call that an actor makes at its step."""
        step, previous = actor.step, actor.previous
        if step in ("put", "adopt"):
            return Call("put", keys=1 << actor.nonce)
        if step == "delete":
            return Call("delete_all", keys=1 << previous.key)
        if step == "delete_all":
            listed = self.protocol.has("sweep: lists before it looks")
            keys = actor.keys if listed else state.objects
            return Call("delete_all", keys=keys & ~own_key(previous))
        if step == "update" and previous.state == READY:
            return Call("settle", previous=previous)
        if step == "update":
            return Call("forget" if previous.swept else "postpone", previous=previous)
        return Call(step, actor.nonce, previous)

    def fail(self, state, index, step):
        """Yield what an actor does after all attempts of its call have failed."""
        actor = state.actors[index]
        if step == "release":
            yield from self.release(state, index)
            return
        if actor.step == "delete_all" and not self.protocol.has("sweep: a failed delete stays due"):
            step = "update"
        after = self.go(state, index, step, previous=actor.previous)
        yield f"{index} {actor.step} fails", after

    def release(self, state, index):
        """Yield the release of a failed upload, applied or late. A lost release is like a kill."""
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
        record, objects, answer = self.applied[case]
        before, nonce = state.record, getattr(call.previous, "nonce", call.previous)
        changed = answer == "ok" and call.verb in CHANGES_ATTEMPT and before.state == PENDING
        # Only a program that has read an attempt may take it over, release or condemn it.
        if changed and before.nonce not in (call.nonce, nonce):
            raise Broken("undisturbed", [f"{call.verb} is applied"])
        made = state.made or (record.key if record.state == READY else 0)
        return State(record, objects, state.late, state.actors, made), answer

    def go(self, state, index, step, *, previous=None, keys=0):
        """Return the state with an actor at its next step, without values that it does not need."""
        actor = state.actors[index]
        if step in ANSWERS and is_wrong(step, actor, state):
            raise Broken("answers", [f"{index} answers {step}"])
        if self.names[index] == "sweep" and step in ("list", "end"):
            return with_actor(state, index, self.first(index))
        if step in ANSWERS:
            return with_actor(state, index, Actor("204" if step == "204" else "end", True))
        previous = previous if step in KEEPS_PREVIOUS else None
        keys = keys if step in ("look", "condemn", "delete_all") else 0
        return with_actor(state, index, Actor(step, True, actor.nonce, previous, keys))


def is_wrong(answer, actor, state):
    """Tell whether an answer is not true."""
    record = state.record
    if answer == "409":  # another program works on it, not this actor's own take over
        return actor.step == "take_over" and record.state == PENDING and record.nonce == actor.nonce
    if answer == "404":  # absent, and not deleted by this actor
        return record.state == READY or record.bury == actor.nonce
    return answer in ("201", "spent") and not (state.made or record.bury)


def with_actor(state, index, actor):
    actors = state.actors[:index] + (actor,) + state.actors[index + 1 :]
    return State(state.record, state.objects, state.late, actors, state.made)


def with_late(state, call):
    return state._replace(late=state.late | {call})
