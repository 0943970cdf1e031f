"""A state of the model: the record, the objects, the calls under way, and where each program is."""

from collections import namedtuple

from tests.protocol.model import NOTHING

ANSWERS = ("200", "201", "204", "403", "404", "409", "spent", "end")

# began: a call was sent. seen: the record that it read. keys: the objects it listed, or the thumb
# that it has put.
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


def with_actor(state, index, actor):
    actors = state.actors[:index] + (actor,) + state.actors[index + 1 :]
    return State(state.record, state.objects, state.late, actors, state.made, state.count)


def with_late(state, call):
    return state._replace(late=state.late | {call})


def attempt(record):
    """Return what counts of a record that was read: its state, its nonce and its charge."""
    return NOTHING._replace(state=record.state, nonce=record.nonce, charged=record.charged)
