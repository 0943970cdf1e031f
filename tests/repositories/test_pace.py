"""Rests between searches, while other threads of the process work."""

import pytest

from service.models.query import Query
from service.repositories.embedded.pace import LONGEST_REST_SECONDS, Pace
from service.repositories.embedded.sqlite.database import SqliteDatabase
from service.repositories.embedded.sqlite.images import SqliteImages


class Machine:
    """The clocks of a process: `work` lets time pass, in which its threads use CPU."""

    def __init__(self):
        self.time = self.own = self.all = 0.0
        self.rests = []
        self.pace = Pace(
            clock=lambda: self.time,
            own=lambda: self.own,
            all=lambda: self.all,
            sleep=self.sleep,
        )

    def sleep(self, seconds):
        """Note a rest."""
        self.rests.append(round(seconds, 3))
        self.time += seconds

    def work(self, seconds, others, fails=False):
        """Do a piece of work, during which the other threads use some CPU seconds."""
        with self.pace.piece():
            self.time += seconds
            self.own += seconds
            self.all += seconds + others
            if fails:
                raise TypeError


@pytest.fixture
def machine():
    return Machine()


def test_searches_rest_and_plain_pages_do_not(tmp_path, machine):
    images = SqliteImages(SqliteDatabase(tmp_path / "images.db"))
    images.lists.pace = machine.pace
    machine.work(0.05, others=0.04)

    images.list(Query("ana"), 20, None)
    assert machine.rests == []
    images.list(Query("ana", text="sea"), 20, None)

    assert machine.rests == [0.1]


def test_nobody_rests_for_an_idle_processor(machine):
    for _ in range(5):
        machine.work(0.05, others=0.002)

    assert machine.rests == []


def test_while_others_work_it_takes_a_third(machine):
    for _ in range(5):
        machine.work(0.05, others=0.04)

    assert machine.rests == [0.1] * 4


def test_time_that_passed_is_rest(machine):
    machine.work(0.05, others=0.04)
    machine.time += 0.07
    machine.work(0.05, others=0)
    machine.time += 9
    machine.work(0.05, others=0)

    assert machine.rests == [0.03]


def test_no_rest_is_long(machine):
    machine.work(60, others=60)
    machine.work(0.05, others=0)

    assert machine.rests == [LONGEST_REST_SECONDS]


def test_a_search_that_fails_rests_as_well(machine):
    with pytest.raises(TypeError):
        machine.work(0.05, others=0.05, fails=True)
    machine.work(0.05, others=0)

    assert machine.rests == [0.1]
