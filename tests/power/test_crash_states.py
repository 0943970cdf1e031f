"""A few hundred of the states that a power cut may leave; `make test-power` opens thousands."""

import functools

import pytest

from tests.power.answers import Answers
from tests.power.disk import History
from tests.power.exploring import explore
from tests.power.opening import known_renditions
from tests.power.recording import is_possible, read
from tests.power.runs import RUNS, history, record

pytestmark = pytest.mark.skipif(not is_possible(), reason="needs Linux and a C compiler")
SEED = 7
STATES = {"one client": 100, "two workers": 70, "short trash": 40, "export": 40}
# Of each: enough to meet some that break a promise.
STATES_WITHOUT = 50


@pytest.fixture(scope="module")
def recorded(tmp_path_factory):
    """Return the folder of a run's recording, which is made once."""

    @functools.cache
    def folder_of(run):
        place = tmp_path_factory.mktemp("recording")
        history(record(RUNS[run], place))
        return place

    return folder_of


@pytest.fixture(scope="module")
def renditions(tmp_path_factory):
    return known_renditions(tmp_path_factory.mktemp("renditions"))


@pytest.mark.parametrize("run", STATES)
def test_whatever_is_left_keeps_every_promise(run, recorded, renditions):
    done = History(read(recorded(run)))
    answers = Answers(done.marks, renditions)

    states, kept, faults = explore(done, answers, STATES[run], SEED)

    # Repeat it with this recording: RECORDING=... SEED=7 STATES=... make test-power
    assert [(fault.text, fault.event, recorded(run)) for fault in faults] == []
    assert states == STATES[run]
    assert kept == sum("what" in mark for mark in answers.marks)


@pytest.mark.parametrize("lacking", ["files", "folders", "WAL"])
def test_without_a_flush_promises_break(lacking, recorded, renditions):
    done = History(read(recorded("one client")), lacking)

    _states, _kept, faults = explore(done, Answers(done.marks, renditions), STATES_WITHOUT, SEED)

    assert any("and not of" in fault.text or "has not its bytes" in fault.text for fault in faults)
