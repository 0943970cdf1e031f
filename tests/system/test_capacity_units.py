"""The units that the tests count for docs/cost.md are those that DynamoDB's own engine tells."""

import json

import pytest

from tests.support.metered_service import MeteredService


def asking(send, request):
    """Pass a request on; let DynamoDB tell what it uses."""
    if "X-Amz-Target" in request.headers:
        request.body = json.dumps(json.loads(request.body) | {"ReturnConsumedCapacity": "INDEXES"})
        request.body = request.body.encode()
        # The engine does not check the signature.
        del request.headers["Content-Length"]
        request.headers["Content-Length"] = str(len(request.body)).encode()
    return send(request)


@pytest.fixture(scope="module")
def service(aws_stores, dynamodb_local, ministack):
    with pytest.MonkeyPatch.context() as patch:
        for name in ("ACCESS_KEY_ID", "SECRET_ACCESS_KEY"):
            patch.setenv(f"AWS_{name}", "test")
        patch.setenv("AWS_DEFAULT_REGION", "us-east-1")
        patch.setenv("AWS_ENDPOINT_URL_DYNAMODB", dynamodb_local)
        patch.setenv("AWS_ENDPOINT_URL_S3", ministack)
        built = MeteredService(aws_stores, asking)
        built.fill_a_page()
        yield built
        built.readiness.askers.shutdown()


def compare(meter, *calls):
    """Compare the units of calls with these names.

    Not of transactions, which the engine does not count twice, and not of queries that find
    nothing, which it counts as nothing.
    """
    told, counted = (
        {place: units for place, units in found.items() if units and place[0] in calls}
        for found in (meter.told, meter.units)
    )

    assert counted == told
    assert {name for name, _place in counted} == set(calls)


def test_reads_use_the_units_that_the_engine_tells(service):
    image_id, _ = service.upload()
    service.meter.start()

    service.ask("GET", f"/images/{image_id}")
    service.ask("GET", "/images?user_id=user-123&limit=20")

    compare(service.meter, "GetItem", "Query")


def test_an_upload_uses_the_units_that_the_engine_tells(service):
    service.counted(service.upload)

    compare(service.meter, "PutItem", "UpdateItem")


def test_a_delete_uses_the_units_that_the_engine_tells(service):
    image_id, _ = service.upload()

    service.counted(lambda: service.ask("DELETE", f"/images/{image_id}", status=204))

    compare(service.meter, "GetItem", "UpdateItem")


def test_a_direct_upload_uses_the_units_that_the_engine_tells(service):
    image_id, _ = service.begin()
    service.send(image_id)

    service.counted(lambda: service.complete(image_id))

    compare(service.meter, "GetItem", "UpdateItem")


def test_sweeps_use_the_units_that_the_engine_tells(service):
    image_id, _ = service.upload()
    service.ask("DELETE", f"/images/{image_id}", status=204)

    service.counted(service.sweep)

    compare(service.meter, "GetItem", "UpdateItem")
