"""A state of the model: the record, the objects, the calls under way, and where each program is."""

from collections import namedtuple

from tests.protocol.model import GUARDED, STALE
from tests.protocol.records import NOTHING

ANSWERS = ("200", "201", "204", "403", "404", "409", "spent", "trashed", "restored", "end")
# A program that got one of these answers is known by it: what it did is not undone, or not redone.
REMEMBERED = ("204", "trashed", "restored")

# began: a call was sent. seen: the record that it read. keys: the objects it listed, or the thumb
# that it has put.
Actor = namedtuple("Actor", "step began nonce seen keys", defaults=(False, 0, None, 0))
# late: the calls that will be applied later. made: the nonce that was ready first; PURGED since its
# purge. count: how many places of the quota are taken.
State = namedtuple("State", "record objects late actors made count")

# The guarded calls by the steps that send them.
WRITES = {"name": "change", **{verb: verb for verb in GUARDED}}


class Broken(Exception):
    """A promise does not hold. The story is a shortest sequence of events that breaks it."""

    def __init__(self, promise, story):
        super().__init__(promise, *story)
        self.promise = promise
        self.story = story


def with_actor(state, index, actor):
    actors = state.actors[:index] + (actor,) + state.actors[index + 1 :]
    return State(state.record, state.objects, state.late, actors, state.made, state.count)


def with_late(state, call):
    return state._replace(late=state.late | {call})


def renewed(state):
    """Return the state after a fresh one: its revision is the present one, what was read is stale.

    No revision comes twice, so a read is either the present revision's, or as good as any older.
    """
    return state._replace(
        record=state.record._replace(revision=0),
        late=frozenset(stale(call, call.verb) for call in state.late),
        actors=tuple(stale(actor, WRITES.get(actor.step)) for actor in state.actors),
    )


def stale(reader, verb):
    """Return a call, or an actor at its call, whose read is of an earlier revision."""
    if verb not in GUARDED or not reader.seen:
        return reader
    return reader._replace(seen=reader.seen._replace(revision=STALE))


def attempt(record):
    """Return what counts of a record that was read: its state, its nonce and its charge."""
    return NOTHING._replace(state=record.state, nonce=record.nonce, charged=record.charged)
