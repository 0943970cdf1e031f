"""The first attempt of a DynamoDB call, at less than half of the SDK's CPU time."""

import contextlib
import contextvars
import json
import random
import threading
import uuid
from collections import namedtuple
from urllib.parse import urlsplit
from zlib import crc32

from botocore.awsrequest import AWSPreparedRequest
from botocore.exceptions import HTTPClientError, NoCredentialsError
from botocore.hooks import first_non_none_response

from service.repositories.aws.fast import sigv4

# Their arguments and answers are text and numbers as they stand; the SDK converts those of others.
# TransactWriteItems must bring its ClientRequestToken: the SDK would give its repeats alone one.
OPERATIONS = {
    "GetItem", "Query", "PutItem", "UpdateItem", "DeleteItem", "TransactWriteItems",
}  # fmt: skip
# What a first attempt met, while the SDK goes on from there.
FAILED = contextvars.ContextVar("failed first attempt", default=None)


def register(session):
    """Let the DynamoDB clients of a boto3 session make their first attempts themselves."""

    def add(base_classes, **_more):
        base_classes.insert(0, FirstAttempts)

    session.events.register("creating-client-class.dynamodb", add)


# response: what came instead of a success, an AWSResponse or an exception.
Attempt = namedtuple("Attempt", "invocation_id response")


class Shown(Exception):
    """Ends a call of the SDK's before it is sent: how it is made was seen."""


class FirstAttempts:
    """Mixin of the SDK's client: makes a call with other arguments as the SDK has shown it once.

    The SDK is let make one call of each operation up to where it would be signed. Its address and
    headers are kept, for they are the same every time: what follows fills in body and signature,
    and goes out over the SDK's connections. A success is parsed as the JSON it is. Anything else
    becomes the SDK's own first attempt, with its errors, its pauses, its repeats. Binary values
    and hooks that answer before a call is made (botocore's Stubber) are not supported.
    """

    def __init__(self, **given):
        super().__init__(**given)
        self.calls = {}
        self.learning = threading.Lock()
        self.meta.events.register_first("before-call", self.watch)
        self.meta.events.register_first("before-send", hand_over)

    def watch(self, model, params, context, **_more):
        """Keep how the SDK makes a call, before hooks add what is this one's own."""
        if model.name in OPERATIONS and model.name not in self.calls:
            region = context.get("signing", {}).get("region", self.meta.region_name)
            self.calls[model.name] = Call(model, params, sigv4.Signer("dynamodb", region))
            raise Shown
        if attempt := FAILED.get():
            context["retries"] = {"invocation-id": attempt.invocation_id}

    def learn(self, operation_name, api_params):
        """Let the SDK show how it makes a call, once: without the lock a second would be sent."""
        with self.learning, contextlib.suppress(Shown):
            if operation_name not in self.calls:
                super()._make_api_call(operation_name, api_params)

    def _make_api_call(self, operation_name, api_params):
        """Return the answer to a call. Raises what the SDK would raise."""
        if operation_name not in OPERATIONS:
            return super()._make_api_call(operation_name, api_params)
        if operation_name not in self.calls:
            self.learn(operation_name, api_params)
        call = self.calls[operation_name]
        invocation_id = str(uuid.UUID(int=random.getrandbits(128), version=4))
        request = self.new_request(call, json.dumps(api_params).encode(), invocation_id)
        try:
            response = self.send(call, request)
            if response.status_code == 200:
                return self.parse(call, response)
        except ValueError as error:
            response = HTTPClientError(error=error)
        except Exception as error:
            response = error
        before = FAILED.set(Attempt(invocation_id, response))
        try:
            return super()._make_api_call(operation_name, api_params)
        finally:
            FAILED.reset(before)

    def new_request(self, call, body, invocation_id):
        """Return a signed request. The SDK's hooks and ours see it as they would see the SDK's."""
        headers = call.params["headers"] | {"amz-sdk-invocation-id": invocation_id}
        params = call.params | {"headers": headers, "body": body}
        self.meta.events.emit(
            f"before-call.{call.event}",
            model=call.model,
            params=params,
            request_signer=self._request_signer,
            context={},
        )
        credentials = self._request_signer._credentials
        if credentials is None:
            raise NoCredentialsError
        headers = params["headers"] | call.sign(body, credentials.get_frozen_credentials())
        headers = {name: text.encode() for name, text in headers.items()}
        return AWSPreparedRequest(
            params["method"], params["url"], headers, body, stream_output=False
        )

    def send(self, call, request):
        """Return the answer to a request; hooks may answer in the network's place."""
        answers = self.meta.events.emit(f"before-send.{call.event}", request=request)
        return first_non_none_response(answers) or self._endpoint.http_session.send(request)

    def parse(self, call, response):
        """Return what a success says. The SDK's hooks see it: they count how often to repeat."""
        answer = json.loads(response.content)
        checksum = response.headers.get("x-amz-crc32")
        if not isinstance(answer, dict) or checksum not in (None, str(crc32(response.content))):
            raise ValueError("The answer is damaged.")
        self.meta.events.emit(
            f"after-call.{call.event}",
            http_response=response,
            parsed=answer,
            model=call.model,
            context={},
        )
        return answer


class Call:
    """How the SDK makes a call of one operation, but for body and signature."""

    def __init__(self, model, params, signer):
        self.model = model
        self.event = f"{model.service_model.service_id.hyphenize()}.{model.name}"
        self.params = params | {"headers": dict(params["headers"])}
        self.signer = signer
        self.url = urlsplit(params["url"])
        named = {name.lower(): text for name, text in params["headers"].items()}
        self.signed = {name: named[name] for name in ("content-type", "x-amz-target")}
        self.signed["host"] = sigv4.host_of(self.url)

    def sign(self, body, credentials):
        """Return the headers of a signature."""
        return self.signer.headers(self.url, self.signed, body, credentials)


def hand_over(**_sent):
    """Give the SDK what its first attempt would have met."""
    attempt = FAILED.get()
    FAILED.set(None)
    if attempt and isinstance(attempt.response, Exception):
        raise attempt.response
    return attempt and attempt.response
