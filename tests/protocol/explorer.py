"""Explore every order of events of some programs, and check what users were promised.

I1 to I5 are the promises in docs/storage.md. I1 is stricter here: once ready, an image stays until
a delete, whether its upload was answered or not. I2 holds for a named thumb, too: the very bytes
that the record tells of. I3 allows a ready image no objects but its own. Five more promises:
"answers" are true, an attempt is "undisturbed" by programs that did not read that attempt, the
"quota" counts what is there, "lists" show a ready image by its tags and nothing else, and no change
of a visible record undoes other "changes".
"""

from collections import deque

from tests.protocol.model import (
    LATER,
    NO,
    NOTHING,
    NOW,
    PENDING,
    READY,
    TAGS,
    Protocol,
    counted,
    named_keys,
    own_keys,
)
from tests.protocol.programs import Programs
from tests.protocol.states import ANSWERS, Broken, State


def explore(names, most_late, removed=None, *, quota=False, renditions=False):
    """Return (how many states can be reached, the rules that were used). Raises Broken."""
    direct = "complete" in names
    protocol = Protocol(removed, direct=direct, quota=quota, renditions=renditions)
    programs = Programs(protocol, names, most_late)
    actors = tuple(programs.first(index) for index in range(len(names)))
    start = State(NOTHING, 0, frozenset(), actors, 0, 0)
    came_from, queue = {start: None}, deque([start])
    while queue:
        state = queue.popleft()
        try:
            check(state, names, quota)
            for event, after in events(state, programs):
                step, after = (state, event), in_order(after, names)
                if came_from.setdefault(after, step) is step:
                    queue.append(after)
        except Broken as broken:
            raise Broken(broken.promise, story(came_from, state) + broken.story) from None
    return len(came_from), protocol.rules


def in_order(state, names):
    """Return the state with its sweeps in one order: which of them did what is all the same."""
    sweeps = names.count("sweep")
    if sweeps < 2:
        return state
    others, last = state.actors[:-sweeps], state.actors[-sweeps:]
    return state._replace(actors=others + tuple(sorted(last, key=hash)))


def story(came_from, state):
    """Return the events that led to a state."""
    events = []
    while came_from[state]:
        state, event = came_from[state]
        events.insert(0, event)
    return events


def events(state, programs):
    """Yield (event, state after it) for every possible next event."""
    for index in range(len(state.actors)):
        if may_act(state, programs, index):
            yield from programs.events(state, index)
    for call in state.late:
        after, _ = programs.apply(state, call)
        yield f"late {call.verb} lands", after._replace(late=state.late - {call})
    if an_hour_may_pass(state, programs.protocol):
        yield "an hour passes", state._replace(record=state.record._replace(due=NOW))


def may_act(state, programs, index):
    """Tell whether an actor may act: uploads begin in turn, a delete after an image was shown."""
    if programs.names[index] == "upload" and index:
        return state.actors[index - 1].began
    visible = state.made or programs.protocol.direct and state.record.state == PENDING
    return programs.names[index] not in ("delete", "lazy", "change") or visible


def an_hour_may_pass(state, protocol):
    """Tell whether every call and process that began before has ended."""
    if state.record.due != LATER or state.late or not is_idle(state):
        return False
    # A spent key stays for a day, longer than any client retries.
    retries = any(actor.step == "begin" for actor in state.actors)
    return not (state.record.bury and retries and protocol.has("sweep: a spent key stays a day"))


def is_idle(state):
    return all(actor.step in ANSWERS or not actor.began for actor in state.actors)


def check(state, names, quota):
    """Raise Broken if a state breaks a promise."""
    record, ready = state.record, state.record.state == READY
    deletes = [actor for actor, name in zip(state.actors, names, strict=True) if name == "delete"]
    answered = sum(actor.step == "204" for actor in deletes)
    at_rest = record.due == NO and not state.late and is_idle(state)
    clean = not state.objects & ~own_keys(record) and (ready or record == NOTHING)
    promises = {
        "I1": ready or not state.made or any(actor.began for actor in deletes),
        "I2": not (ready and named_keys(record) & ~state.objects),
        "I3": clean or not at_rest,
        "I4": not (ready and answered),
        "I5": not ready or record.key == state.made,
        "lists": record.listed == (record.doc & TAGS if ready else 0),
        "answers": answered <= 1,
        "quota": not quota or state.count == counted(record),
    }
    for promise, kept in promises.items():
        if not kept:
            raise Broken(promise, [])
