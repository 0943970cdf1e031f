"""The windows of RATE_LIMIT, in which all processes of a server count."""

import copy
import time

import pytest

from service.api.access.windows import WAYS, Windows
from service.common.errors import TooManyRequests
from service.common.seat import Seat


def next_to(windows):
    """Return what another process of the same server has: the same table, another seat."""
    other = copy.copy(windows)
    other.seat = Seat(1)
    other.seat.move([windows.seat.number])
    return other


def refusals(windows, *keys):
    """Count requests of keys; return which of them were refused."""
    refused = []
    for key in keys:
        try:
            windows.count(key)
        except TooManyRequests:
            refused.append(key)
    return refused


def test_processes_count_together():
    first = Windows(3, 60, Seat(1))
    second = next_to(first)

    assert refusals(first, "a", "b") + refusals(second, "a", "b", "a") == []
    assert refusals(first, "a", "b") == ["a"]
    assert refusals(second, "a", "b") == ["a", "b"]


def test_a_window_ends_for_all_processes_at_the_same_time():
    times = [0]
    first = Windows(1, 60, Seat(1), clock=lambda: times[-1])
    second = next_to(first)
    assert refusals(first, "a") == []

    times.append(59_000_000_000)
    with pytest.raises(TooManyRequests) as raised:
        second.count("a")
    times.append(60_000_000_000)

    assert raised.value.retry_after == 1
    assert refusals(second, "a") == []
    assert refusals(first, "a") == ["a"]


def test_who_takes_a_seat_goes_on_counting():
    first = Windows(2, 60, Seat(1))
    refusals(first, "a", "a")
    successor = copy.copy(first)
    successor.seat = Seat(1)

    assert refusals(successor, "a", "b") == ["a"]


def test_the_oldest_window_is_forgotten_when_they_are_too_many():
    windows = Windows(1, 60, Seat(1), keys=WAYS)
    keys = list(range(WAYS))
    assert refusals(windows, *keys) == []
    assert refusals(windows, *keys) == keys

    windows.count("one more")

    assert refusals(windows, *keys[1:]) == keys[1:]
    assert refusals(windows, keys[0]) == []


def test_a_window_ends():
    assert refusals(Windows(1, 0, Seat(1)), "a", "a", "a") == []


def test_many_callers_cost_no_more_than_few():
    windows, costs = Windows(10**6, 60, Seat(1)), []
    for first in (0, 200_000):
        before = time.process_time()
        for number in range(first, first + 20_000):
            windows.count(number)
        costs.append(time.process_time() - before)
        for number in range(first + 20_000, first + 60_000):
            windows.count(number)

    assert costs[-1] < 3 * costs[0] + 0.1


@pytest.mark.parametrize("workers", [1, 3])
def test_seats_are_free_or_the_last(workers):
    seat = Seat(workers)

    assert seat.move([]) == 0
    assert seat.move([0, 2]) == 1
    assert seat.move(range(seat.count)) == seat.count - 1
