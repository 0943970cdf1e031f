"""Explore every order of events of some programs, and check what users were promised.

I1 to I5 are the promises in docs/storage.md. I1 is stricter here: once ready, an image stays until
a delete or a purge, whether its upload was answered or not. I2 holds for a named thumb, too: the
very bytes that the record tells of. I3 allows an image no objects but its own. All five hold for an
image in the trash, too. More promises: "answers" are true, an attempt is "undisturbed" by programs
that did not read that attempt, the "quota" counts what is there, "lists" show a ready image, also
by its tags, or show it in the trash, and nothing else, no write to a visible record undoes other
"changes", a trash or a restore that was answered happens only "once", and a trashed image has a
date for its "purge", and is never purged before.
"""

from collections import deque

from tests.protocol.model import (
    ALL_IMAGES,
    FRESH,
    KEPT,
    LATER,
    MAKERS,
    NO,
    NOTHING,
    NOW,
    PENDING,
    PURGED,
    READY,
    THE_END,
    TRASHED,
    Protocol,
    Record,
    counted,
    lists,
    named_keys,
    object_key,
    own_keys,
)
from tests.protocol.programs import Programs
from tests.protocol.states import ANSWERS, REMEMBERED, Broken, State, renewed

# Where nothing is uploaded, the image is there already, with a tag.
TAG = 1 << MAKERS + MAKERS
UPLOADED = Record(READY, 1, NO, False, 0, False, 1, doc=TAG, listed=ALL_IMAGES | TAG)
STRAY = object_key(2)


def explore(names, most_late, removed=None, *, quota=False, renditions=False, strays=False):
    """Return (how many states can be reached, the rules that were used). Raises Broken.

    strays: beside the image that is there lies what another attempt has put; so it is due.
    """
    direct, changes = "complete" in names, renditions or not {"trash", "change"}.isdisjoint(names)
    protocol = Protocol(removed, direct=direct, quota=quota, renditions=renditions, changes=changes)
    programs = Programs(protocol, names, most_late)
    start, sweeps = start_of(programs, strays), names.count("sweep")
    came_from, queue = {start: None}, deque([start])
    while queue:
        state = queue.popleft()
        try:
            check(state, names, quota)
            for event, after in events(state, programs):
                if after.record.revision == FRESH:
                    after = renewed(after)
                if sweeps > 1:
                    after = in_order(after, sweeps)
                if after not in came_from:
                    came_from[after] = state, event
                    queue.append(after)
        except Broken as broken:
            raise Broken(broken.promise, story(came_from, state) + broken.story) from None
    return len(came_from), protocol.rules


def start_of(programs, strays):
    """Return the state in which some programs begin."""
    actors = tuple(programs.first(index) for index in range(len(programs.names)))
    if "upload" in programs.names:
        return State(NOTHING, 0, frozenset(), actors, 0, 0)
    image, key = UPLOADED, object_key(1)
    if strays:
        return State(image._replace(due=LATER), key | STRAY, frozenset(), actors, 1, 1)
    return State(image, key, frozenset(), actors, 1, 1)


def in_order(state, sweeps):
    """Return the state with its sweeps in one order: which of them did what is all the same."""
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
        if after.record.state != state.record.state and is_done(state, call):
            raise Broken("once", [f"late {call.verb} lands"])
        yield f"late {call.verb} lands", after._replace(late=state.late - {call})
    record = state.record
    if an_hour_may_pass(state, programs.protocol):
        tidy = NOW if record.tidy == LATER else record.tidy
        due = NOW if record.due == LATER else record.due
        yield "an hour passes", state._replace(record=record._replace(due=due, tidy=tidy))
    if record.purge == THE_END:
        ended = record._replace(due=NOW, purge=NOW)
        yield "its time in the trash ends", state._replace(record=ended)


def is_done(state, call):
    """Tell whether a late call is that of a trash or a restore that was answered."""
    return call.verb in ("trash", "restore") and state.actors[call.nonce // 2].step in REMEMBERED


def may_act(state, programs, index):
    """Tell whether an actor may act: uploads begin in turn, a delete after an image was shown."""
    if programs.names[index] == "upload" and index:
        return state.actors[index - 1].began
    visible = state.made or programs.protocol.direct and state.record.state == PENDING
    return programs.names[index] in ("upload", "complete", "sweep") or visible


def an_hour_may_pass(state, protocol):
    """Tell whether every call and process that began before has ended."""
    if LATER not in (state.record.due, state.record.tidy) or state.late or not is_idle(state):
        return False
    # A spent key stays for a day, longer than any client retries.
    retries = any(actor.step == "begin" for actor in state.actors)
    return not (state.record.bury and retries and protocol.has("sweep: a spent key stays a day"))


def is_idle(state):
    return all(actor.step in ANSWERS or not actor.began for actor in state.actors)


def check(state, names, quota):
    """Raise Broken if a state breaks a promise."""
    record, kept = state.record, state.record.state in KEPT
    deletes = [actor for actor, name in zip(state.actors, names, strict=True) if name == "delete"]
    answered = sum(actor.step == "204" for actor in deletes)
    purged = state.made == PURGED
    at_rest = record.due in (NO, THE_END) and not state.late and is_idle(state)
    clean = not state.objects & ~own_keys(record) and (kept or record == NOTHING)
    promises = {
        "I1": kept or not state.made or purged or any(actor.began for actor in deletes),
        "I2": not (kept and named_keys(record) & ~state.objects),
        "I3": clean or not at_rest,
        "I4": not (kept and (answered or purged)),
        "I5": not kept or record.key == state.made,
        "lists": record.listed == lists(record),
        "purge": record.state != TRASHED or record.due != NO,
        "answers": answered <= 1,
        "quota": not quota or state.count == counted(record),
    }
    for promise, holds in promises.items():
        if not holds:
            raise Broken(promise, [])
