"""The write protocol keeps its promises in every order of events, and needs every condition."""

import pytest

from tests.protocol.explorer import explore
from tests.protocol.programs import Broken

TWO_UPLOADS = ("upload", "upload")
ONE_OF_EACH = ("upload", "delete", "sweep")
TWO_DELETES = ("upload", "delete", "delete", "sweep")
TWO_SWEEPS = ("upload", "sweep", "sweep")
UPLOADS_AND_SWEEP = ("upload", "upload", "sweep")
TWO_COMPLETIONS = ("upload", "complete", "complete")
DIRECT = ("upload", "upload", "complete", "delete", "sweep")
EVERYTHING = ("upload", "upload", "delete", "sweep")

# {rule: (the promise that breaks without it, programs, number of late calls)}
CONSEQUENCES = {
    "begin: absent": ("I1", TWO_UPLOADS, 0),
    "begin: pending": ("I1", TWO_UPLOADS, 1),
    "begin: my nonce": ("I3", TWO_UPLOADS, 0),
    "take over: pending": ("I1", TWO_UPLOADS, 0),
    "take over: nonce as read": ("undisturbed", TWO_UPLOADS, 0),
    "take over: repeatable": ("answers", TWO_UPLOADS, 0),
    "take over: a nonce of its own": ("I3", TWO_UPLOADS, 1),
    "take over: attempts counted": ("I3", TWO_UPLOADS, 0),
    "finish: pending": ("I3", TWO_UPLOADS, 0),
    "finish: my nonce": ("I2", TWO_UPLOADS, 0),
    "release: pending with my nonce": ("undisturbed", TWO_UPLOADS, 1),
    "release: touches no object": ("I2", TWO_UPLOADS, 0),
    "complete: pending": ("I5", TWO_COMPLETIONS, 0),
    "complete: stays due": ("I3", TWO_COMPLETIONS, 0),
    "read: spent only if it was ready": ("answers", ONE_OF_EACH, 0),
    "bury: ready": ("answers", TWO_DELETES, 0),
    "bury: repeatable": ("answers", ONE_OF_EACH, 0),
    "condemn: pending": ("I1", ONE_OF_EACH, 0),
    "condemn: nonce as read": ("undisturbed", UPLOADS_AND_SWEEP, 0),
    "sweep: lists before it looks": ("I2", UPLOADS_AND_SWEEP, 1),
    "sweep: a failed delete stays due": ("I3", ONE_OF_EACH, 0),
    "sweep: deletes objects twice": ("I3", ONE_OF_EACH, 1),
    "sweep: forgets after the hour": ("I3", ONE_OF_EACH, 1),
    "sweep: settles after the hour": ("I3", UPLOADS_AND_SWEEP, 0),
    "sweep: a spent key stays a day": ("I5", EVERYTHING, 0),
    "forget: as read": ("I3", UPLOADS_AND_SWEEP, 1),
    "forget: due_at as read": ("I3", UPLOADS_AND_SWEEP, 1),
    "settle: as read": ("I3", EVERYTHING, 0),
}


@pytest.mark.parametrize(
    ("names", "most_late", "enough"),
    [
        (EVERYTHING, 1, 200_000),
        (("upload", "upload", "delete"), 2, 30_000),
        (ONE_OF_EACH, 2, 10_000),
        (TWO_DELETES, 1, 10_000),
        (TWO_SWEEPS, 1, 5_000),
        (DIRECT, 0, 15_000),
        ((*TWO_COMPLETIONS, "sweep"), 1, 30_000),
        (("upload", "complete", "delete", "sweep"), 1, 15_000),
    ],
)
def test_every_promise_holds_in_every_state(names, most_late, enough):
    count, _ = explore(names, most_late)

    assert count > enough


@pytest.mark.parametrize("rule", CONSEQUENCES)
def test_a_promise_breaks_without_the_rule(rule):
    promise, names, most_late = CONSEQUENCES[rule]

    with pytest.raises(Broken) as broken:
        explore(names, most_late, removed=rule)

    assert broken.value.promise == promise


def test_every_rule_has_a_consequence():
    rules = explore(EVERYTHING, 0)[1] | explore(DIRECT, 0)[1]

    assert rules == set(CONSEQUENCES)
