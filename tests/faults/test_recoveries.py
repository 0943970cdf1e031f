"""A recovery whose calls fail, that is killed, or beside which others work, does no harm."""

import contextlib
import io

import pytest

from service.business.upkeep.recovery import BUSY, DELETED, PRESENT, RESTORED, Recovery
from service.common.errors import StorageUnavailable
from service.models.image import READY, TRASHED, changed, keyed_image_id
from tests.faults.steps import Steps, Stepwise
from tests.faults.test_kills import restored, states_during
from tests.faults.world import FIELDS, PICTURE, World, measured
from tests.support.moments import await_next_moment

IMAGE_ID = keyed_image_id("ana", "k")
CREATED_AT, TRASHED_AT, PURGED_AT = (f"20{year}-02-13T09:30:00.123Z" for year in (25, 26, 99))
STATES = pytest.mark.parametrize("state", [READY, TRASHED])
CALLS = ["get", "require_room", "begin", "put", "finish"]
AGAIN = ["get", "require_room", "begin", "get", "take_over", "put", "finish"]


def backup(world, state):
    """Return an image, as a backup tells of it, of an upload with a key and the tag `a`."""
    fields = FIELDS | {"tags": ["a"]} | measured(world.service, io.BytesIO(PICTURE))
    image = world.service.attempts.new(fields, "k")
    dates = {"trashed_at": TRASHED_AT, "purged_at": PURGED_AT} if state == TRASHED else {}
    gone = dict.fromkeys(("nonce", "object_key", "due_at", "attempts"))
    return changed(image, state=state, created_at=CREATED_AT, **dates, **gone)


def recover(world, state):
    """Bring the image back; return the outcome, or None if a store failed."""
    recovery = Recovery(
        world.service.images, world.service.objects, world.service.inspector, grace_seconds=0
    )
    with contextlib.suppress(StorageUnavailable):
        return recovery.recover(backup(world, state), io.BytesIO(PICTURE))


def check_it_is_whole(world, state):
    """Check that the image is there, as it was, and that nothing else is."""
    world.check_users_see_the_truth()
    world.check_nothing_is_left_over()
    image = world.images.get(IMAGE_ID)
    assert (image.state, image.created_at, image.tags) == (state, CREATED_AT, ["a"])
    assert image.purged_at == (PURGED_AT if state == TRASHED else None)
    assert image.rendition("thumb")


def check_it_is_nowhere_else(world, state):
    """Check that the image is in its list if it is in any."""
    other = "" if state == TRASHED else "status=trashed"
    assert not world.listed(other)
    world.check_users_see_the_truth()


@pytest.fixture
def steps():
    return Steps()


@pytest.fixture
def failing(embedded_world, steps):
    """A world whose calls are counted, and may fail."""
    before = embedded_world
    return World(before.app, before.images, before.objects, lambda part: Stepwise(part, steps))


@STATES
def test_these_are_all_the_calls(failing, steps, state):
    assert recover(failing, state) == RESTORED
    assert steps.calls == CALLS


@STATES
@pytest.mark.parametrize("fault", ["failed", "lost"])
@pytest.mark.parametrize("number", range(len(CALLS)))
def test_a_call_that_fails_does_no_harm(failing, steps, state, number, fault):
    steps.fail(number, fault)

    first = recover(failing, state)
    check_it_is_nowhere_else(failing, state)
    steps.listen()
    second = recover(failing, state)

    assert first is None
    assert second == (PRESENT if (number, fault) == (4, "lost") else RESTORED)
    check_it_is_whole(failing, state)


@STATES
@pytest.mark.parametrize("number", range(len(AGAIN)))
def test_a_second_attempt_that_fails_does_no_harm(failing, steps, state, number):
    steps.fail(CALLS.index("finish"), "failed")
    recover(failing, state)
    steps.fail(number, "lost")

    assert recover(failing, state) is None
    check_it_is_nowhere_else(failing, state)
    steps.listen()
    assert recover(failing, state) in (PRESENT, RESTORED)

    check_it_is_whole(failing, state)


@STATES
@pytest.mark.parametrize("call", CALLS)
def test_two_recoveries_make_one_image(world, beside, state, call):
    others = []
    beside.before(call, lambda: others.append(recover(world, state)))

    outcome = recover(world, state)

    assert (others, outcome) == ([RESTORED], PRESENT)
    check_it_is_whole(world, state)


@STATES
@pytest.mark.parametrize("call", ["put", "finish"])
def test_a_retry_of_the_upload_takes_it_over(world, beside, state, call):
    answers = []
    beside.before(call, lambda: answers.append(world.upload("k", ["a"]).status_code))

    outcome = recover(world, state)

    # The user gets what was asked for, and the backup adds nothing to it.
    assert (answers, outcome) == ([201], PRESENT)
    assert world.listed("") == {IMAGE_ID}
    world.check_users_see_the_truth()
    world.check_nothing_is_left_over()


@STATES
@pytest.mark.parametrize("call", CALLS)
def test_a_delete_beside_it_is_final(world, beside, state, call):
    def recover_and_delete():
        assert recover(world, state) == RESTORED
        assert world.delete(IMAGE_ID).status_code == 204

    beside.before(call, recover_and_delete)

    assert recover(world, state) == DELETED
    world.check_users_see_the_truth()
    world.check_nothing_is_left_over()
    assert recover(world, state) == DELETED


@STATES
def test_a_sweep_beside_it_lets_it_go_on_later(world, beside, state):
    def sweep():
        await_next_moment()
        assert world.sweep()["condemned"] == 1

    beside.before("finish", sweep)

    assert recover(world, state) == BUSY
    check_it_is_nowhere_else(world, state)
    assert recover(world, state) == RESTORED
    check_it_is_whole(world, state)


@STATES
@pytest.mark.parametrize("call", ["begin", "put"])
def test_an_earlier_sweep_beside_it_does_no_harm(world, beside, state, call):
    beside.before(call, world.sweep)

    assert recover(world, state) == (BUSY if call == "put" else RESTORED)
    assert recover(world, state) in (PRESENT, RESTORED)
    check_it_is_whole(world, state)


@STATES
def test_a_kill_at_any_line_of_a_recovery_does_no_harm(new_app, tmp_path, state):
    def new_world(folder):
        app = new_app(DATA_DIR=str(folder))
        service = app.extensions["image_service"]
        return World(app, service.images, service.objects)

    before = new_world(tmp_path / "before")

    states = states_during(tmp_path / "before", lambda: recover(before, state))

    assert len(states) >= 3
    for number, files in enumerate(states):
        after = new_world(restored(files, tmp_path / str(number)))
        check_it_is_nowhere_else(after, state)
        assert recover(after, state) in (PRESENT, RESTORED)
        check_it_is_whole(after, state)
