"""Every call of every journey fails, before it is applied or after, on SQLite and a folder.

Such a call cannot arrive late: it ends when the process that made it ends.
"""

import pytest

from tests.faults.journeys import JOURNEYS, outcome_of
from tests.faults.steps import Steps, Stepwise
from tests.faults.world import World

BEGIN, PUT, FINISH, SIGN = ("begin", 503), ("put", 503), ("finish", 503), ("presign_get", 503)
# The URLs of an image and of its thumb.
SIGNS = [SIGN] * 2
ROOM = ("require_room", 503)
GET, LIST = ("get", 503), ("list", 503)
RECEIVE, UPLOAD = ("receive", 503), ("presign_upload", 503)
FIND = ("rendition_size", 503)
MAKE = [("receive", 503), ("put_rendition", 503), GET]
ADOPT = [("put_thumb", 200), ("adopt", 503)]
LOOK = [
    ("delete_unfinished", 503),
    ("due", 503),
    ("list", "failed"),
    ("list", "failed"),
    ("get", "failed"),
]
BYTES = ("delete_all", "failed")
# The calls of each journey, and what it answers when one of them fails.
CALLS = {
    "upload": [ROOM, BEGIN, PUT, FINISH, *SIGNS],
    "upload, keyed": [ROOM, BEGIN, PUT, FINISH, *SIGNS],
    "upload, again": [ROOM, BEGIN, GET, *SIGNS],
    "upload, takeover": [ROOM, BEGIN, GET, ("take_over", 503), PUT, FINISH, *SIGNS],
    "upload, condemned": [ROOM, BEGIN, GET, ("take_over", 503), PUT, FINISH, *SIGNS],
    "upload, strip": [ROOM, BEGIN, PUT, FINISH, *SIGNS],
    "view": [GET, *SIGNS],
    "view, large": [GET, FIND, ("making", 503), GET, FIND, *MAKE, SIGN, *SIGNS],
    "view, large again": [GET, FIND, SIGN, *SIGNS],
    "view, late thumb": [GET, ("making", 503), GET, *MAKE, ("change", 503), *SIGNS],
    "view, late plain thumb": [GET, ("making", 503), GET, *MAKE, ("change", 503), *SIGNS],
    "list": [LIST, *SIGNS],
    "list, user": [LIST, *SIGNS],
    "list, tags": [LIST, *SIGNS],
    "delete": [GET, ("bury", 503), ("delete", 204)],
    "delete, tagged": [GET, ("bury", 503), ("delete", 204)],
    "direct, begin": [ROOM, BEGIN, UPLOAD],
    "direct, again": [ROOM, BEGIN, GET, RECEIVE, UPLOAD],
    "direct, waiting": [GET, RECEIVE],
    "direct, complete": [GET, RECEIVE, *ADOPT, FINISH, ("delete", 200), *SIGNS],
    "direct, strip": [GET, RECEIVE, PUT, FINISH, ("delete", 200), *SIGNS],
    "direct, refuse": [GET, RECEIVE, ("refuse", 503), ("delete", 200)],
    "direct, delete": [GET, ("bury", 503), ("delete", 204)],
    "direct, delete refused": [GET, ("bury", 503), ("delete", 204)],
    "sweep, abandoned": [*LOOK, ("condemn", "failed"), BYTES, ("postpone", "failed")],
    "sweep, completed": [*LOOK, BYTES, ("settle", "failed")],
    "sweep, refused": [*LOOK, BYTES, ("postpone", "failed")],
    "sweep, unfinished": [*LOOK, ("condemn", "failed"), BYTES, ("postpone", "failed")],
    "sweep, deleted": [*LOOK, BYTES, ("postpone", "failed")],
    "sweep, second": [*LOOK, BYTES, ("forget", "failed")],
    "sweep, ready": [*LOOK, BYTES, ("settle", "failed")],
    "quota, upload": [("has_room", 503), ROOM, BEGIN, PUT, FINISH, *SIGNS],
    "quota, begin": [ROOM, BEGIN, UPLOAD],
    "quota, again": [ROOM, BEGIN, GET, RECEIVE, UPLOAD],
    "quota, condemned": [ROOM, BEGIN, GET, ("take_over", 503), UPLOAD],
    "quota, complete": [GET, RECEIVE, *ADOPT, FINISH, ("delete", 200), *SIGNS],
    "quota, refuse": [GET, RECEIVE, ("refuse", 503), ("delete", 200)],
    "quota, delete": [GET, ("bury", 503), ("delete", 204)],
    "quota, delete waiting": [GET, ("bury", 503), ("delete", 204)],
    "quota, sweep": [*LOOK, ("condemn", "failed"), BYTES, ("postpone", "failed")],
}
CHANGE, MOVE = [GET, ("change", 503), *SIGNS], [GET, ("change", 503)]
MANY = ("get_many", 503)
PURGE = [*LOOK, ("purge", "failed"), BYTES, ("postpone", "failed")]
CALLS |= {
    "change": CHANGE,
    "change, plain": CHANGE,
    "change, nothing": [GET, *SIGNS],
    "change, direct": [GET, RECEIVE, *ADOPT, FINISH, ("delete", 200), ("change", 503), *SIGNS],
    "trash": MOVE,
    "trash, plain": MOVE,
    "trash, again": [GET],
    "trash, direct": [
        GET,
        RECEIVE,
        ("put_thumb", 204),
        ("adopt", 503),
        FINISH,
        ("delete", 204),
        ("change", 503),
    ],
    "restore": CHANGE,
    "restore, plain": CHANGE,
    "delete, trashed": [GET, ("bury", 503), ("delete", 204)],
    "batch, change": [MANY, ("change_many", 503)],
    "batch, trash": [MANY, ("change_many", 503)],
    "batch, restore": [MANY, ("change_many", 503)],
    "batch, delete": [MANY, ("bury_many", 503), ("delete", "204")],
    "sweep, overdue": PURGE,
    "sweep, trashed": [*LOOK, BYTES, ("settle", "failed")],
    "list, trash": [LIST, *SIGNS],
    "list, user's trash": [LIST, *SIGNS],
    "tags": [("tags", 503)],
    "tags, user": [("tags", 503)],
    "quota, change": CHANGE,
    "quota, trash": MOVE,
    "quota, restore": CHANGE,
    "quota, delete trashed": [GET, ("bury", 503), ("delete", 204)],
    "quota, batch delete": [MANY, ("bury_many", 503), ("delete", "204")],
    "quota, sweep overdue": PURGE,
}
# To lose the answer of what only reads or signs is to refuse it.
READS = {"get", "get_many", "due", "list", "tags", "has_room", "require_room", "rendition_size"}
READS |= {"presign_get", "presign_upload"}
CELLS = [
    (journey, number, fault)
    for journey, calls in CALLS.items()
    for number, (call, _) in enumerate(calls)
    for fault in (["refused"] if call in READS else ["refused", "lost"])
]


@pytest.fixture
def steps():
    return Steps()


@pytest.fixture
def world(new_app, steps, quota):
    app = new_app(MAX_IMAGES_PER_USER=str(quota.images), MAX_BYTES_PER_USER=str(quota.bytes))
    service = app.extensions["image_service"]
    return World(app, service.images, service.objects, lambda part: Stepwise(part, steps))


@pytest.mark.parametrize("journey", CALLS)
def test_these_are_all_the_calls(world, steps, journey):
    prepare, act, answer, _quota = JOURNEYS[journey]
    prepared = prepare(world)
    steps.listen()

    outcome = outcome_of(act(world, prepared))

    assert (steps.calls, outcome) == ([call for call, _ in CALLS[journey]], answer)


@pytest.mark.parametrize(("journey", "number", "fault"), CELLS)
def test_a_fault_does_no_harm(world, steps, journey, number, fault):
    prepare, act, *_ = JOURNEYS[journey]
    prepared = prepare(world)
    steps.fail(number, fault)

    outcome = outcome_of(act(world, prepared))

    assert outcome == CALLS[journey][number][1]
    world.check_users_see_the_truth()
    world.check_nothing_is_left_over()
