"""Every call of every journey meets every fault, on DynamoDB and S3.

The SDK makes two attempts: the second one makes up for a single fault, and two faults make the
call fail. A delayed request is applied after the answer, or only after a sweep.
"""

import json

import pytest

from tests.faults.journeys import JOURNEYS, outcome_of
from tests.faults.wire import body_of, deliver

FAILED = "failed"
# A thumb that fails never fails an upload.
PUTS = [("PutObject", 503), ("PutRendition", 201)]
GET, TRANSACT = ("GetItem", 503), ("TransactWriteItems", 503)
# What makes a rendition of a stored original.
MAKE = [GET, ("GetObject", 503), ("PutRendition", 503), GET]
LOOK = ("HeadObject", 503)


def counts(answer, added, removed=0):
    """Return the calls that count tags, two for each: none of them fails a request."""
    calls = [("CountTag", answer)] * 2 * (added + removed)
    return calls + [("ForgetTag", answer)] * 2 * removed


TAKE_OVER = [("PutItem", 503), ("GetItem", 503), ("PutItem", 503), *PUTS]
TAKE_OVER += [("TransactWriteItems", 503), *counts(201, 1)]
# The calls of each journey, and its answer when one of them fails on both attempts.
CALLS = {
    "upload": [("PutItem", 503), *PUTS, ("UpdateItem", 503)],
    "upload, keyed": [("PutItem", 503), *PUTS, ("TransactWriteItems", 503), *counts(201, 1)],
    "upload, again": [("PutItem", 503), ("GetItem", 503)],
    "upload, takeover": TAKE_OVER,
    "upload, condemned": TAKE_OVER,
    "upload, strip": [("PutItem", 503), *PUTS, ("TransactWriteItems", 503), *counts(201, 1)],
    "view": [("GetItem", 503)],
    "view, large": [("GetItem", 503), LOOK, MAKE[0], LOOK, *MAKE[1:]],
    "view, large again": [("GetItem", 503), LOOK],
    "view, late thumb": [("GetItem", 503), *MAKE, ("TransactWriteItems", 503)],
    "view, late plain thumb": [("GetItem", 503), *MAKE, ("TransactWriteItems", 503)],
    "list": [("Query", 503)] * 4,
    "list, user": [("Query", 503)],
    "list, tags": [("Query", 503)] * 2,
    "delete": [("GetItem", 503), ("UpdateItem", 503), ("DeleteObjects", 204)],
    "delete, tagged": [
        ("GetItem", 503),
        ("TransactWriteItems", 503),
        *counts(204, 0, 2),
        ("DeleteObjects", 204),
    ],
}
CALLS |= {
    "direct, begin": [("PutItem", 503)],
    "direct, again": [("PutItem", 503), ("GetItem", 503), ("GetObject", 503)],
    "direct, waiting": [("GetItem", 503), ("GetObject", 503)],
    "direct, complete": [
        ("GetItem", 503),
        ("GetObject", 503),
        ("PutRendition", 200),
        ("CopyObject", 503),
        ("TransactWriteItems", 503),
        *counts(200, 1),
        ("DeleteObjects", 200),
    ],
    "direct, strip": [
        ("GetItem", 503),
        ("GetObject", 503),
        ("PutObject", 503),
        ("PutRendition", 200),
        ("TransactWriteItems", 503),
        *counts(200, 1),
        ("DeleteObjects", 200),
    ],
    "direct, refuse": [GET, ("GetObject", 503), ("UpdateItem", 503), ("DeleteObjects", 200)],
    "direct, delete": [("GetItem", 503), ("UpdateItem", 503), ("DeleteObjects", 204)],
    "direct, delete refused": [("GetItem", 503), ("UpdateItem", 503), ("DeleteObjects", 204)],
}
DUE = [("Query", 503)] * 4 + [("ListObjectsV2", FAILED)] * 2 + [("GetItem", FAILED)]
BYTES = ("DeleteObjects", FAILED)
CALLS |= {
    "sweep, abandoned": [*DUE, ("UpdateItem", FAILED), BYTES, ("UpdateItem", FAILED)],
    "sweep, completed": [*DUE, BYTES, ("UpdateItem", FAILED)],
    "sweep, refused": [*DUE, BYTES, ("UpdateItem", FAILED)],
    "sweep, unfinished": [*DUE, ("UpdateItem", FAILED), BYTES, ("UpdateItem", FAILED)],
    "sweep, deleted": [*DUE, BYTES, ("UpdateItem", FAILED)],
    "sweep, second": [*DUE, BYTES, ("DeleteItem", FAILED)],
    "sweep, ready": [*DUE, BYTES, ("UpdateItem", FAILED)],
}
CALLS |= {
    "quota, upload": [GET, ("PutItem", 503), *PUTS, TRANSACT, *counts(201, 1)],
    "quota, begin": [TRANSACT],
    # The second GetItem is the retry's; the first one looks if the record is its own.
    "quota, again": [TRANSACT, GET, GET, ("GetObject", 503)],
    "quota, condemned": [TRANSACT, GET, GET, TRANSACT],
    "quota, complete": [
        GET,
        ("GetObject", 503),
        ("PutRendition", 200),
        ("CopyObject", 503),
        TRANSACT,
        *counts(200, 1),
        ("DeleteObjects", 200),
    ],
    "quota, refuse": [GET, ("GetObject", 503), TRANSACT, ("DeleteObjects", 200)],
    "quota, delete": [GET, TRANSACT, *counts(204, 0, 2), ("DeleteObjects", 204)],
    "quota, delete waiting": [GET, TRANSACT, ("DeleteObjects", 204)],
    "quota, sweep": [*DUE, ("TransactWriteItems", FAILED), BYTES, ("UpdateItem", FAILED)],
}
MANY, BURY = ("BatchGetItem", 503), ("UpdateItem", 503)


def completed(answer):
    """Return the calls that complete a direct upload whose bytes have arrived."""
    return [
        GET,
        ("GetObject", 503),
        ("PutRendition", answer),
        ("CopyObject", 503),
        TRANSACT,
        *counts(answer, 1),
        ("DeleteObjects", answer),
    ]


CHANGE, TRASH = [GET, TRANSACT, *counts(200, 1, 1)], [GET, TRANSACT, *counts(204, 0, 2)]
RESTORE = [GET, TRANSACT, *counts(200, 2)]
DELETE_MANY = [*counts("204", 0, 2), ("DeleteObjects", "204")]
CALLS |= {
    "change": CHANGE,
    "change, plain": [GET, TRANSACT],
    "change, nothing": [GET],
    "change, direct": [*completed(200), TRANSACT, *counts(200, 1)],
    "trash": TRASH,
    "trash, plain": [GET, TRANSACT],
    "trash, again": [GET],
    "trash, direct": [*completed(204), TRANSACT, *counts(204, 0, 1)],
    "restore": RESTORE,
    "restore, plain": [GET, TRANSACT],
    "delete, trashed": [GET, BURY, ("DeleteObjects", 204)],
    # One of two images fails; of the first change nothing has to be written.
    "batch, change": [MANY, ("TransactWriteItems", "200 503"), *counts("200", 1)],
    "batch, trash": [MANY, *[("TransactWriteItems", "204 503")] * 2, *counts("204", 0, 2)],
    "batch, restore": [MANY, *[("TransactWriteItems", "200 503")] * 2, *counts("200", 2)],
    "batch, delete": [
        MANY,
        ("TransactWriteItems", "204 503"),
        ("UpdateItem", "204 503"),
        *DELETE_MANY,
    ],
    "sweep, overdue": [*DUE, ("UpdateItem", FAILED), BYTES, ("UpdateItem", FAILED)],
    "sweep, trashed": [*DUE, BYTES, ("UpdateItem", FAILED)],
    "list, trash": [("Query", 503)] * 4,
    "list, user's trash": [("Query", 503)],
    "tags": [("Query", 503)] * 4,
    "tags, user": [("Query", 503)],
    "quota, change": CHANGE,
    "quota, trash": TRASH,
    "quota, restore": RESTORE,
    "quota, delete trashed": [GET, TRANSACT, ("DeleteObjects", 204)],
    "quota, batch delete": [MANY, *[("TransactWriteItems", "204 503")] * 2, *DELETE_MANY],
    "quota, sweep overdue": [*DUE, ("TransactWriteItems", FAILED), BYTES, ("UpdateItem", FAILED)],
}
FAULTS = [
    ("refused", 2),
    ("lost", 1),
    ("lost", 2),
    ("delayed", 1),
    ("delayed", 2),
    ("delayed beyond a sweep", 2),
]
# A read that is repeated, or answered late, makes no difference.
READ_FAULTS = [("refused", 2), ("lost", 2)]
READS = {"BatchGetItem", "GetItem", "GetObject", "HeadObject", "Query", "ListObjectsV2"}
# One query stands for those of all shards, one count for those of all tags.
ALIKE = {"Query", "CountTag", "ForgetTag"}
# Tags are counted by the same code behind each write: one journey of each kind meets every fault.
COUNTING = {"upload, keyed", "delete, tagged", "change", "batch, delete"}


def is_tried_elsewhere(journey, number, call, fault):
    """Tell whether the fault at a journey's call tries only code that another cell tries."""
    if call in ALIKE and call in [name for name, _ in CALLS[journey][:number]]:
        return True
    if call in ("CountTag", "ForgetTag"):
        return journey not in COUNTING
    # With a quota only what changes the count is another call than without.
    if journey.startswith("quota, "):
        return call != "TransactWriteItems"
    # Every sweep reads the same before it knows what is due, and does nothing if it cannot.
    if journey.startswith("sweep, ") and number < len(DUE):
        return journey != "sweep, abandoned"
    # The reads of a name share their code, where a refused one fails as a lost one does, sooner.
    first = next(name for name, calls in CALLS.items() if call in [one for one, _ in calls])
    return call in READS and fault == "refused" and journey != first


CELLS = [
    (journey, number, *fault)
    for journey, calls in CALLS.items()
    for number, (call, _) in enumerate(calls)
    for fault in (READ_FAULTS if call in READS else FAULTS)
    if not is_tried_elsewhere(journey, number, call, fault[0])
]


@pytest.mark.parametrize("journey", CALLS)
def test_these_are_all_the_calls(aws_world, wire, journey):
    prepare, act, answer, _quota = JOURNEYS[journey]
    prepared = prepare(aws_world)
    wire.listen()

    outcome = outcome_of(act(aws_world, prepared))

    assert (wire.calls, outcome) == ([call for call, _ in CALLS[journey]], answer)


@pytest.mark.parametrize(("journey", "number", "fault", "times"), CELLS)
def test_a_fault_does_no_harm(aws_world, wire, clock, journey, number, fault, times):
    prepare, act, answer, _quota = JOURNEYS[journey]
    prepared = prepare(aws_world)
    wire.fail(target(journey, number), fault.split()[0], times)
    waited = clock.waited

    outcome = outcome_of(act(aws_world, prepared))

    assert outcome in expected(journey, number, fault, times, answer)
    assert wire.left == 0
    assert clock.waited - waited < 25
    if wire.late:
        aws_world.check_users_see_the_truth()
    if "sweep" in fault:
        aws_world.sweep()
    wire.land()
    aws_world.check_users_see_the_truth()
    aws_world.check_nothing_is_left_over()


def target(journey, number):
    """Return the name of a journey's call and its number among those of that name."""
    names = [call for call, _ in CALLS[journey]]
    return names[number], names[:number].count(names[number])


def expected(journey, number, fault, times, answer):
    """Return the possible results of a journey."""
    if times == 2:
        return [CALLS[journey][number][1]]
    # A sweep whose answer was lost takes its own write for another sweep's, and looks again later.
    return [answer, "skipped"] if fault == "lost" and "sweep" in journey else [answer]


@pytest.mark.parametrize("journey", CALLS)
def test_records_are_read_consistently(aws_world, wire, journey):
    prepare, act, answer, _quota = JOURNEYS[journey]
    prepared = prepare(aws_world)
    reads = []

    def noted(request):
        reads.append(json.loads(body_of(request)))
        return deliver(request)

    wire.fail("GetItem", noted, len(CALLS[journey]))

    assert outcome_of(act(aws_world, prepared)) == answer
    assert len(reads) == [call for call, _ in CALLS[journey]].count("GetItem")
    assert all(read["ConsistentRead"] for read in reads)


@pytest.mark.parametrize("journey", [name for name in CALLS if MANY in CALLS[name]])
def test_many_records_are_read_consistently(aws_world, wire, journey):
    prepare, act, answer, _quota = JOURNEYS[journey]
    prepared = prepare(aws_world)
    reads = []

    def noted(request):
        reads.extend(json.loads(body_of(request))["RequestItems"].values())
        return deliver(request)

    wire.fail("BatchGetItem", noted, 1)

    assert outcome_of(act(aws_world, prepared)) == answer
    assert [read["ConsistentRead"] for read in reads] == [True]


@pytest.mark.parametrize("key", [None, "k"])
def test_bytes_that_land_after_a_delete_go_soon(aws_world, wire, key):
    wire.fail("PutObject", "delayed", 1)
    image_id = aws_world.upload(key).json["image_id"]
    aws_world.delete(image_id)
    aws_world.sweep()
    wire.land()

    aws_world.check_nothing_is_left_over()
    assert aws_world.upload("k").status_code == (409 if key else 201)
