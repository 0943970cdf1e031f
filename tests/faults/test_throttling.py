"""Throttled calls, and transactions that conflict with another."""

import json

import pytest

from tests.faults.wire import failure

CODES = [
    ("PutItem", 400, "ProvisionedThroughputExceededException"),
    ("PutItem", 400, "ThrottlingException"),
    ("PutItem", 400, "RequestLimitExceeded"),
    ("PutItem", 500, "InternalServerError"),
    ("UpdateItem", 400, "ProvisionedThroughputExceededException"),
    ("PutObject", 503, "SlowDown"),
    ("PutObject", 500, "InternalError"),
]
CONFLICT = ["TransactionConflict", "None", "None"]
MIXED = ["TransactionConflict", "ProvisionedThroughputExceeded", "None"]


def cancelled(reasons):
    """Return the fault of a transaction cancelled for these reasons."""
    more = ', "CancellationReasons": ' + json.dumps([{"Code": reason} for reason in reasons])
    return lambda request: failure(request, 400, "TransactionCanceledException", more)


@pytest.mark.parametrize(("call", "status", "code"), CODES)
@pytest.mark.parametrize(("times", "answer"), [(1, 201), (2, 503)])
def test_a_throttled_call_is_made_twice(aws_world, wire, call, status, code, times, answer):
    wire.fail(call, lambda request: failure(request, status, code), times)

    assert aws_world.upload().status_code == answer
    assert wire.left == 0
    aws_world.check_nothing_is_left_over()


@pytest.mark.parametrize("code", ["ThrottlingException", "ProvisionedThroughputExceededException"])
def test_a_throttled_transaction_is_refused(aws_world, wire, code):
    wire.fail("TransactWriteItems", lambda request: failure(request, 400, code), 2)

    response = aws_world.upload("k", ["a"])

    assert (response.status_code, response.headers["Retry-After"]) == (503, "5")
    assert aws_world.upload("k", ["a"]).status_code == 201
    aws_world.check_nothing_is_left_over()


@pytest.mark.parametrize("conflicts", [1, 5])
def test_conflicts_are_tried_again_after_a_pause(aws_world, wire, clock, conflicts):
    wire.fail("TransactWriteItems", cancelled(CONFLICT), conflicts)

    assert aws_world.upload(tags=["a", "b"]).status_code == 201
    assert wire.calls.count("TransactWriteItems") == conflicts + 1
    assert 0 < clock.waited < 3.2
    aws_world.check_users_see_the_truth()


@pytest.mark.parametrize("call", ["PutItem", "UpdateItem"])
@pytest.mark.parametrize(("conflicts", "status"), [(5, 201), (8, 503)])
def test_a_write_beside_a_transaction_is_tried_again(aws_world, wire, call, conflicts, status):
    conflict = "TransactionConflictException"
    wire.fail(call, lambda request: failure(request, 400, conflict), conflicts)

    response = aws_world.upload("k")

    assert (response.status_code, wire.left) == (status, 0)
    assert aws_world.upload("k").status_code == 201
    aws_world.check_users_see_the_truth()
    aws_world.check_nothing_is_left_over()


def test_a_transaction_in_progress_is_waited_for(aws_world, wire):
    wire.fail(
        "TransactWriteItems",
        lambda request: failure(request, 400, "TransactionInProgressException"),
        1,
    )

    assert aws_world.upload(tags=["a"]).status_code == 201


@pytest.mark.parametrize(("reasons", "tries"), [(CONFLICT, 8), (MIXED, 1)])
def test_an_upload_gives_up_and_can_be_retried(aws_world, wire, reasons, tries):
    wire.fail("TransactWriteItems", cancelled(reasons), tries)

    response = aws_world.upload("k", ["a", "b"])

    assert (response.status_code, response.headers["Retry-After"]) == (503, "5")
    assert wire.calls.count("TransactWriteItems") == tries
    assert aws_world.upload("k", ["a", "b"]).status_code == 201
    aws_world.check_users_see_the_truth()
    aws_world.check_nothing_is_left_over()


@pytest.mark.parametrize(("reasons", "tries"), [(CONFLICT, 8), (MIXED, 1)])
def test_a_delete_gives_up_and_can_be_retried(aws_world, wire, reasons, tries):
    image_id = aws_world.upload(tags=["a", "b"]).json["image_id"]
    wire.fail("TransactWriteItems", cancelled(reasons), tries)

    assert aws_world.delete(image_id).status_code == 503
    assert aws_world.client.get(f"/images/{image_id}").status_code == 200
    assert aws_world.delete(image_id).status_code == 204
    aws_world.check_users_see_the_truth()
    aws_world.check_nothing_is_left_over()


def test_no_call_is_begun_that_may_last_too_long(aws_world, wire, clock):
    def slow(request):
        clock.sleep(3)
        return failure(request, 400, "TransactionInProgressException")

    wire.fail("TransactWriteItems", slow, 6)
    response = aws_world.upload("k", ["a"])

    assert (response.status_code, response.json["type"]) == (503, "/problems/service-busy")
    assert response.headers["Retry-After"]
    assert clock.waited < 25
