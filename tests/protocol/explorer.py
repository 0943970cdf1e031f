"""Explore every order of events of some programs, and check what users were promised.

I1 to I5 are the promises in docs/storage.md. I1 is stricter here: once ready, an image stays until
a delete or a purge, whether its upload was answered or not. I2 holds for a named thumb, too: the
very bytes that the record tells of. I3 allows an image no objects but its own. All five hold for an
image in the trash, too. More promises: "answers" are true, an attempt is "undisturbed" by programs
that did not read that attempt, the "quota" counts what is there, "lists" show a ready image, also
by its tags, or show it in the trash, and nothing else, no write to a visible record undoes other
"changes", a trash or a restore that was answered happens only "once", a trashed image has a date
for its "purge", and is never purged before, and one that was brought back into the trash stays
"hidden" there until somebody restores it.
"""

from collections import deque

from tests.protocol.model import PURGED, Protocol
from tests.protocol.programs import Programs
from tests.protocol.records import (
    ALL_IMAGES,
    KEPT,
    LATER,
    NO,
    NOTHING,
    READY,
    TAG,
    THE_END,
    TRASHED,
    Record,
    counted,
    lists,
    named_keys,
    object_key,
    own_keys,
)
from tests.protocol.states import Broken, State
from tests.protocol.walk import BEGINNING, Walk

# Where nothing is uploaded, the image is there already, with a tag.
UPLOADED = Record(READY, 1, NO, False, 0, False, 1, doc=TAG, listed=ALL_IMAGES | TAG)
STRAY = object_key(2)


def explore(names, most_late, removed=None, *, quota=False, renditions=False, strays=False):
    """Return (how many states can be reached, the rules that were used). Raises Broken.

    strays: beside the image that is there lies what another attempt has put; so it is due.
    """
    direct, changes = "complete" in names, renditions or not {"trash", "change"}.isdisjoint(names)
    protocol = Protocol(removed, direct=direct, quota=quota, renditions=renditions, changes=changes)
    walk = Walk(Programs(protocol, names, most_late))
    start = walk.number(start_of(walk.programs, strays))
    came_from, queue, checked = {start: None}, deque([start]), set()
    while queue:
        number = queue.popleft()
        try:
            check_once(checked, walk, number, quota)
            for event, after in walk.events(number):
                if after not in came_from:
                    came_from[after] = number, event
                    queue.append(after)
        except Broken as broken:
            raise Broken(broken.promise, story(came_from, number) + broken.story) from None
    return len(came_from), protocol.rules


def start_of(programs, strays):
    """Return the state in which some programs begin."""
    actors = tuple(programs.first(index) for index in range(len(programs.names)))
    image, key = UPLOADED, object_key(1)
    if not strays and not {*BEGINNING}.isdisjoint(programs.names):
        return State(NOTHING, 0, frozenset(), actors, 0, 0)
    if strays:
        return State(image._replace(due=LATER), key | STRAY, frozenset(), actors, 1, 1)
    return State(image, key, frozenset(), actors, 1, 1)


def story(came_from, number):
    """Return the events that led to a state."""
    events = []
    while came_from[number]:
        number, event = came_from[number]
        events.insert(0, event)
    return events


def check_once(checked, walk, number, quota):
    """Check the promises, unless they were checked in a state that is the same to them."""
    actors = zip(walk.actors_of(number), walk.names, strict=True)
    deletes = [actor for actor, name in actors if name == "delete"]
    began, answered = any(actor.began for actor in deletes), [actor.step for actor in deletes]
    case = (walk.is_idle(number), began, answered.count("204"), is_hidden(walk, number))
    held = walk.held_in(number)
    if (held, case) not in checked:
        checked.add((held, case))
        check(*held, *case, quota)


def is_hidden(walk, number):
    """Tell whether an image can only be in the trash: it came into it, and nobody restores it."""
    names, actors = walk.names, walk.actors_of(number)
    restores = [actor for actor, name in zip(actors, names, strict=True) if name == "restore"]
    return names[0] == "recover trashed" and not any(actor.began for actor in restores)


def check(record, objects, made, count, idle, deleting, answered, hidden, quota):
    """Raise Broken if a state breaks a promise.

    idle: no call is late, no program between two calls. deleting: a delete has begun.
    answered: how many deletes were answered with 204. hidden: see is_hidden.
    """
    kept, purged = record.state in KEPT, made == PURGED
    at_rest = record.due in (NO, THE_END) and idle
    clean = not objects & ~own_keys(record) and (kept or record == NOTHING)
    promises = {
        "I1": kept or not made or purged or deleting,
        "I2": not (kept and named_keys(record) & ~objects),
        "I3": clean or not at_rest,
        "I4": not (kept and (answered or purged)),
        "I5": not kept or record.key == made,
        "lists": record.listed == lists(record),
        "purge": record.state != TRASHED or record.due != NO,
        "hidden": not (hidden and record.state == READY),
        "answers": answered <= 1,
        "quota": not quota or count == counted(record),
    }
    for promise, holds in promises.items():
        if not holds:
            raise Broken(promise, [])
