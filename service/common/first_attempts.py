"""The first attempt of a DynamoDB call, at two thirds of the SDK's CPU time."""

import json
import uuid

from botocore.awsrequest import AWSRequest
from botocore.exceptions import HTTPClientError
from botocore.hooks import first_non_none_response

# Their answers are text and numbers as they stand; others hold times that the SDK must convert.
OPERATIONS = {
    "GetItem", "Query", "PutItem", "UpdateItem", "DeleteItem", "TransactWriteItems",
}  # fmt: skip
FIRST = "first attempt"


def register(client):
    """Let a DynamoDB client's calls pass through here, between its own checks and its retries.

    The call comes validated, serialised and addressed by the SDK, is signed by its signer and sent
    over its connections. A success is parsed as the JSON it is. Anything else becomes the SDK's own
    first attempt, with all that follows from it: its errors, its pauses, its repeats.
    """

    def attempt(model, params, request_signer, context, **_more):
        if model.name not in OPERATIONS:
            return None
        context["retries"] = {"invocation-id": str(uuid.uuid4())}
        request = signed(client, model.name, params, request_signer, context)
        try:
            response = send(client, model.name, request)
            if response.status_code == 200:
                return response, json.loads(response.content)
        except ValueError as error:
            response = HTTPClientError(error=error)
        except Exception as error:
            response = error
        context[FIRST] = response
        return None

    client.meta.events.register_last("before-call", attempt)
    client.meta.events.register_first("before-send", hand_over)


def signed(client, operation, params, request_signer, context):
    """Return the call as a request of the SDK's."""
    headers = params["headers"] | {"amz-sdk-invocation-id": context["retries"]["invocation-id"]}
    request = AWSRequest(params["method"], params["url"], headers, params["body"])
    request.context = context
    request_signer.sign(operation, request)
    return client._endpoint.prepare_request(request)


def send(client, operation, request):
    """Return the answer to a request; hooks that answer in the network's place keep their say."""
    event = f"before-send.{client.meta.service_model.service_id.hyphenize()}.{operation}"
    answers = client.meta.events.emit(event, request=request)
    return first_non_none_response(answers) or client._endpoint.http_session.send(request)


def hand_over(request, **_more):
    """Give the SDK what its first attempt would have met."""
    response = request.context.pop(FIRST, None)
    if isinstance(response, Exception):
        raise response
    return response
