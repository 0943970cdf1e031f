"""The write protocol keeps its promises in every order of events, and needs all its conditions."""

import pytest

from tests.protocol.explorer import explore
from tests.protocol.states import Broken

ONE_UPLOAD = ("upload",)
TWO_UPLOADS = ("upload", "upload")
ONE_OF_EACH = ("upload", "delete", "sweep")
TWO_DELETES = ("upload", "delete", "delete", "sweep")
TWO_SWEEPS = ("upload", "sweep", "sweep")
UPLOADS_AND_SWEEP = ("upload", "upload", "sweep")
UPLOADS_AND_SWEEPS = (*UPLOADS_AND_SWEEP, "sweep")
TWO_COMPLETIONS = ("upload", "complete", "complete")
COMPLETED_AND_SWEPT = ("upload", "complete", "sweep")
TWO_DIRECT = ("upload", "upload", "complete")
DIRECT = ("upload", "upload", "complete", "delete", "sweep")
EVERYTHING = ("upload", "upload", "delete", "sweep")
LAZY = ("upload", "lazy")
TWO_LAZY = ("upload", "lazy", "lazy")
LAZY_AND_DELETE = ("upload", "lazy", "delete")
LAZY_AND_CHANGE = ("upload", "lazy", "change")
CHANGE_AND_DELETE = ("upload", "change", "delete")
# The image is there already.
TRASH_AND_RESTORE = ("trash", "restore")
TRASH_AND_DELETE = ("trash", "delete")
TRASH_AND_SWEEP = ("trash", "sweep")
TRASH_AND_PURGE = ("trash", "restore", "sweep")
# It comes from a backup.
ONE_TRASHED = ("recover trashed",)
TWO_TRASHED = ("recover trashed", "recover trashed")

# rule: what breaks without it, among which programs, with how many late calls
CONSEQUENCES = {
    "begin: absent": ("I1", TWO_UPLOADS, 0),
    "begin: pending": ("I1", TWO_UPLOADS, 1),
    "begin: my nonce": ("I3", TWO_UPLOADS, 0),
    "take over: state as read": ("I1", TWO_UPLOADS, 0),
    "take over: repeat while pending": ("I1", TWO_UPLOADS, 1),
    "take over: sweeps counted anew": ("I3", UPLOADS_AND_SWEEP, 0),
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
    "bury: visible": ("answers", TWO_DELETES, 0),
    "bury: repeatable": ("answers", ONE_OF_EACH, 0),
    "condemn: pending": ("I1", ONE_OF_EACH, 0),
    "condemn: nonce as read": ("undisturbed", UPLOADS_AND_SWEEP, 0),
    "sweep: lists before it looks": ("I2", UPLOADS_AND_SWEEP, 1),
    "sweep: a failed delete stays due": ("I3", ONE_OF_EACH, 0),
    "sweep: deletes objects twice": ("I3", ONE_OF_EACH, 1),
    "sweep: forgets after the hour": ("I3", ONE_OF_EACH, 1),
    "sweep: tidies after the hour": ("I3", UPLOADS_AND_SWEEP, 0),
    "sweep: a spent key stays a day": ("I5", EVERYTHING, 0),
    "forget: as read": ("I3", UPLOADS_AND_SWEEP, 0),
    "forget: due_at as read": ("I3", UPLOADS_AND_SWEEPS, 0),
    "settle: as read": ("I3", EVERYTHING, 0),
}


# The same where images are counted, and where any upload may find the quota full.
COUNTED = {
    "lose: condemns before it deletes": ("answers", ONE_UPLOAD, 1),
    "lose: looks before it deletes": ("answers", ONE_UPLOAD, 1),
    "begin: counts the difference": ("quota", TWO_DIRECT, 0),
    "take over: counts the difference": ("quota", TWO_DIRECT, 0),
    "complete: counts the difference": ("quota", TWO_DIRECT, 0),
    "bury: counts the difference": ("quota", ONE_OF_EACH, 0),
    "condemn: counts the difference": ("quota", COMPLETED_AND_SWEPT, 0),
}

# The same where an upload puts a thumb as well, and where a visible record may change.
CHANGED = {
    "upload: puts a rendition if absent": ("I2", LAZY, 1),
    "finish: names only what was put": ("I2", ONE_UPLOAD, 0),
    "lazy: puts a rendition if absent": ("I2", TWO_LAZY, 0),
    "lazy: names what is there": ("I2", LAZY, 0),
    "lazy: reads again after the put": ("answers", LAZY_AND_DELETE, 0),
    "sweep: keeps the renditions": ("I2", UPLOADS_AND_SWEEP, 0),
    "change: revision as read": ("changes", LAZY_AND_CHANGE, 0),
    "change: a fresh revision": ("changes", LAZY_AND_CHANGE, 0),
    "bury: revision as read": ("lists", CHANGE_AND_DELETE, 0),
    "delete: reads again when refused": ("answers", LAZY_AND_DELETE, 0),
}

# The same where an image may be trashed: with a quota, with thumbs, with strays beside the image.
IN_THE_TRASH = {
    "lose: knows the trash": ("answers", ("upload", "trash"), 1, "quota"),
    "read: a trashed image is the answer": ("answers", ("upload", "trash"), 0, None),
    "lazy: knows the trash": ("answers", ("lazy", "trash"), 0, "renditions"),
    "change: no entries in the trash": ("lists", ("lazy", "trash"), 0, "renditions"),
    "change: leaves the lists of what it read": ("lists", ("trash",), 0, None),
    "trash: revision as read": ("once", TRASH_AND_RESTORE, 1, None),
    "trash: keeps the date of its tidying": ("I3", TRASH_AND_RESTORE, 0, "strays"),
    "trash: due at the earlier date": ("I3", ("trash",), 0, "strays"),
    "restore: revision as read": ("once", TRASH_AND_RESTORE, 1, None),
    "restore: due for its tidying": ("I3", TRASH_AND_RESTORE, 0, "strays"),
    "settle: the purge stays due": ("purge", TRASH_AND_SWEEP, 0, "strays"),
    "sweep: purges at the date of the purge": ("purge", TRASH_AND_SWEEP, 0, "strays"),
    "bury: a fresh revision": ("I2", TRASH_AND_DELETE, 0, None),
    "purge: a fresh revision": ("I4", TRASH_AND_PURGE, 0, None),
    "purge: revision as read": ("purge", TRASH_AND_PURGE, 0, None),
    "purge: passed over when refused": ("I1", TRASH_AND_PURGE, 0, None),
    "purge: counts the difference": ("quota", TRASH_AND_SWEEP, 0, "quota"),
}

# The same where an image is brought back from a backup into the trash.
BROUGHT_BACK = {
    "finish: straight into the trash": ("hidden", ONE_TRASHED, 0),
    "finish: no entries in the trash": ("lists", ONE_TRASHED, 0),
    "finish: due at its purge": ("purge", ONE_TRASHED, 0),
    "finish: keeps the date of its tidying": ("I3", TWO_TRASHED, 0),
    "finish: due at the earlier date": ("I3", TWO_TRASHED, 0),
    "finish: pending": ("I2", (*ONE_TRASHED, "delete"), 0),
    "finish: my nonce": ("I2", TWO_TRASHED, 0),
    "begin: absent": ("I1", TWO_TRASHED, 0),
    "take over: a nonce of its own": ("I3", TWO_TRASHED, 1),
    "take over: attempts counted": ("I3", TWO_TRASHED, 0),
    "sweep: a spent key stays a day": ("I5", (*TWO_TRASHED, "delete", "sweep"), 0),
}


@pytest.mark.parametrize(
    ("names", "most_late", "quota", "enough"),
    [
        (UPLOADS_AND_SWEEP, 1, False, 150_000),
        (EVERYTHING, 0, True, 30_000),
        (("upload", "upload", "delete"), 2, False, 30_000),
        (ONE_OF_EACH, 2, False, 10_000),
        (ONE_OF_EACH, 1, True, 10_000),
        (TWO_DELETES, 1, False, 10_000),
        (TWO_SWEEPS, 1, False, 5_000),
        (DIRECT, 0, True, 50_000),
        ((*TWO_COMPLETIONS, "sweep"), 1, False, 30_000),
        (("upload", "complete", "delete", "sweep"), 1, True, 15_000),
    ],
)
def test_every_promise_holds_in_every_state(names, most_late, quota, enough):
    count, _ = explore(names, most_late, quota=quota)

    assert count > enough


@pytest.mark.parametrize(
    ("names", "most_late", "enough"),
    [
        ((*LAZY_AND_DELETE, "sweep"), 1, 200_000),
        ((*TWO_LAZY, "delete"), 1, 30_000),
        ((*LAZY_AND_CHANGE, "delete"), 1, 30_000),
        (("upload", "upload", "lazy"), 1, 20_000),
        (("upload", "upload", "lazy", "sweep"), 0, 80_000),
        (("upload", "complete", "lazy", "delete", "sweep"), 0, 30_000),
    ],
)
def test_every_promise_holds_with_renditions(names, most_late, enough):
    count, _ = explore(names, most_late, renditions=True)

    assert count > enough


@pytest.mark.parametrize(
    ("names", "most_late", "world", "enough"),
    [
        (("trash", "restore", "trash", "sweep"), 1, None, 25_000),
        (("trash", "restore", "delete", "sweep"), 1, None, 30_000),
        (("trash", "restore", "change", "delete"), 1, None, 30_000),
        (("trash", "restore", "sweep", "sweep"), 1, None, 15_000),
        (TRASH_AND_PURGE, 2, None, 10_000),
        (TRASH_AND_PURGE, 1, "strays", 20_000),
        (("trash", "delete", "sweep"), 1, "strays", 15_000),
        (("change", "change", "delete"), 1, None, 3_000),
        (("lazy", "trash", "restore", "delete"), 0, "renditions", 10_000),
        (("lazy", "trash", "delete", "sweep"), 0, "renditions", 10_000),
        (("upload", "upload", "trash"), 1, "quota", 20_000),
        (("upload", "upload", "trash", "sweep"), 0, None, 20_000),
        (("upload", "complete", "trash", "restore", "sweep"), 0, "quota", 15_000),
    ],
)
def test_every_promise_holds_in_the_trash(names, most_late, world, enough):
    count, _ = explore(names, most_late, **{world: True} if world else {})

    assert count > enough


@pytest.mark.parametrize(
    ("names", "most_late", "world", "enough"),
    [
        (("recover", "recover", "sweep"), 0, None, 5_000),
        ((*TWO_TRASHED, "sweep"), 0, "quota", 20_000),
        (TWO_TRASHED, 2, "quota", 40_000),
        ((*ONE_TRASHED, "delete", "sweep"), 1, "quota", 20_000),
        ((*ONE_TRASHED, "restore", "sweep"), 1, None, 10_000),
        (("upload", *ONE_TRASHED, "delete"), 1, "quota", 20_000),
        (("upload", *ONE_TRASHED), 1, "renditions", 8_000),
        (("upload", "recover", "delete", "sweep"), 0, None, 15_000),
        (("recover", "change", "trash", "sweep"), 0, "quota", 4_000),
        # The image is there already, and what another attempt has put.
        (("trash", "recover", "restore", "sweep"), 0, "strays", 8_000),
        (("delete", *ONE_TRASHED, "sweep"), 1, "strays", 3_000),
    ],
)
def test_every_promise_holds_in_a_recovery(names, most_late, world, enough):
    count, _ = explore(names, most_late, **{world: True} if world else {})

    assert count > enough


@pytest.mark.parametrize("rule", CONSEQUENCES)
def test_a_promise_breaks_without_the_rule(rule):
    promise, names, most_late = CONSEQUENCES[rule]

    with pytest.raises(Broken) as broken:
        explore(names, most_late, removed=rule)

    assert broken.value.promise == promise


@pytest.mark.parametrize("rule", COUNTED)
def test_a_promise_breaks_without_the_rule_of_a_quota(rule):
    promise, names, most_late = COUNTED[rule]

    with pytest.raises(Broken) as broken:
        explore(names, most_late, removed=rule, quota=True)

    assert broken.value.promise == promise


@pytest.mark.parametrize("rule", CHANGED)
def test_a_promise_breaks_without_the_rule_of_a_rendition(rule):
    promise, names, most_late = CHANGED[rule]

    with pytest.raises(Broken) as broken:
        explore(names, most_late, removed=rule, renditions=True)

    assert broken.value.promise == promise


@pytest.mark.parametrize("rule", IN_THE_TRASH)
def test_a_promise_breaks_without_the_rule_of_the_trash(rule):
    promise, names, most_late, world = IN_THE_TRASH[rule]

    with pytest.raises(Broken) as broken:
        explore(names, most_late, removed=rule, **{world: True} if world else {})

    assert broken.value.promise == promise


@pytest.mark.parametrize("rule", BROUGHT_BACK)
def test_a_promise_breaks_without_the_rule_of_a_recovery(rule):
    promise, names, most_late = BROUGHT_BACK[rule]

    with pytest.raises(Broken) as broken:
        explore(names, most_late, removed=rule)

    assert broken.value.promise == promise


def test_every_rule_has_a_consequence():
    worlds = (
        (EVERYTHING, False),
        (DIRECT, False),
        (LAZY_AND_DELETE, True),
        (LAZY_AND_CHANGE, True),
        (("upload", *TRASH_AND_PURGE), False),
        (("lazy", "trash"), True),
        (TWO_TRASHED, False),
    )
    explored = [explore(names, 0, quota=True, renditions=changed) for names, changed in worlds]
    rules = set().union(*(used for _, used in explored))

    broken = (CONSEQUENCES, COUNTED, CHANGED, IN_THE_TRASH, BROUGHT_BACK)
    assert rules == set().union(*broken)
