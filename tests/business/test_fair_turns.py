"""Who checks a picture at the same time as others, and who is next."""

import contextlib
import io
import threading

import pytest

from service.business.inspection.fair_turns import MOST_SMALL, FairTurns
from service.business.inspection.image_inspector import ImageInspector
from service.common import deadlines
from service.common.errors import ServiceBusy
from tests.support import hostile_pictures as hostile
from tests.support import pictures

SMALL = pictures.jpeg()
# Few bytes, many pixels; many bytes, few pixels.
LARGE = {"pixels": pictures.png(2400, 2400), "bytes": SMALL + bytes(1 << 20)}
BOMBS = {"gif": hostile.gif_bomb(), "webp": pictures.webp(2400, 2400, lossless=True, method=0)}


@contextlib.contextmanager
def held(turns, number):
    """Hold so many turns."""
    with contextlib.ExitStack() as stack:
        for _ in range(number):
            stack.enter_context(turns.one("bob", 0, "busy"))
        yield


def inspect(inspector, data):
    """Return the width of a picture."""
    return inspector.inspect(io.BytesIO(data), "ana")[0]["width"]


def test_small_pictures_wait_for_small_ones_only():
    inspector = ImageInspector(10**8, decode_seconds=0.01, processors=2)

    with held(inspector.turns.large, 1), held(inspector.turns.small, 1):
        assert inspect(inspector, SMALL) == 64
    with held(inspector.turns.small, 2), pytest.raises(ServiceBusy) as refusal:
        inspect(inspector, SMALL)

    assert refusal.value.retry_after
    assert inspect(inspector, SMALL) == 64


@pytest.mark.parametrize("name", LARGE)
def test_one_large_picture_is_checked_at_a_time(name):
    inspector = ImageInspector(10**8, decode_seconds=0.01, processors=2)

    with held(inspector.turns.large, 1), pytest.raises(ServiceBusy):
        inspect(inspector, LARGE[name])

    assert inspect(inspector, LARGE[name])


@pytest.mark.parametrize("name", BOMBS)
def test_a_bomb_is_no_small_picture(name):
    inspector = ImageInspector(10**8, decode_seconds=0.01, processors=2)

    assert len(BOMBS[name]) < 1 << 20
    with held(inspector.turns.large, 1), pytest.raises(ServiceBusy):
        inspect(inspector, BOMBS[name])


def test_who_waits_for_a_large_turn_holds_no_small_one():
    inspector = ImageInspector(10**8, decode_seconds=60, processors=2)
    with held(inspector.turns.large, 1):
        waiting = [
            threading.Thread(target=inspect, args=(inspector, LARGE["pixels"])) for _ in range(3)
        ]
        for thread in waiting:
            thread.start()
        while sum(map(len, inspector.turns.large.waiting.values())) < len(waiting):
            pass

        with held(inspector.turns.small, 2):
            pass
    for thread in waiting:
        thread.join()


@pytest.mark.parametrize(("processors", "most"), [(0, 1), (1, 1), (3, 3), (64, MOST_SMALL)])
def test_small_pictures_are_as_many_as_processors(processors, most):
    turns = ImageInspector(1, processors=processors).turns.small

    with held(turns, most), pytest.raises(ServiceBusy), held(turns, 1):
        pass


def test_owners_take_turns():
    turns, order, threads = FairTurns(1), [], []

    def work(owner):
        with turns.one(owner, 5, "busy"):
            order.append(owner)

    with held(turns, 1):
        for number, owner in enumerate(["ana", "ana", "ana", "bob", "eve", "bob"], 1):
            threads.append(threading.Thread(target=work, args=(owner,)))
            threads[-1].start()
            while sum(map(len, turns.waiting.values())) < number:
                pass
    for thread in threads:
        thread.join()

    assert order == ["ana", "bob", "eve", "ana", "bob", "ana"]
    assert (turns.free, turns.waiting) == (1, {})


def test_who_waited_too_long_leaves_no_turn_behind():
    turns = FairTurns(1)

    with held(turns, 1):
        for owner in ("ana", "ana", "bob"):
            with pytest.raises(ServiceBusy), turns.one(owner, 0.01, "busy"):
                pass
        assert turns.waiting == {}

    with held(turns, 1):
        pass


@pytest.mark.parametrize("is_given", [False, True])
def test_who_is_interrupted_leaves_no_turn_behind(is_given):
    turns, held_turn = FairTurns(1), contextlib.ExitStack()
    held_turn.enter_context(held(turns, 1))

    @contextlib.contextmanager
    def interrupted():
        if is_given:
            held_turn.close()
        yield
        raise KeyboardInterrupt

    before = deadlines.while_waiting.set(interrupted)
    try:
        with held_turn, pytest.raises(KeyboardInterrupt), turns.one("ana", 0.01, "busy"):
            pass
    finally:
        deadlines.while_waiting.reset(before)

    assert (turns.free, turns.waiting) == (1, {})


def test_nobody_waits_longer_than_the_request():
    inspector = ImageInspector(10**8)
    deadlines.start(0.05)

    try:
        with held(inspector.turns.large, 1), pytest.raises(ServiceBusy):
            inspect(inspector, LARGE["pixels"])
    finally:
        deadlines.stop()
