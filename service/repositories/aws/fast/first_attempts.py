"""The first attempt of a DynamoDB call, at less than half of the SDK's CPU time."""

import contextvars
import json
import random
import uuid
from collections import namedtuple
from zlib import crc32

from botocore.awsrequest import AWSPreparedRequest
from botocore.exceptions import BotoCoreError, ClientError, HTTPClientError, NoCredentialsError
from botocore.hooks import first_non_none_response

from service.common.errors import ServiceError
from service.repositories.aws.fast.call_templates import Lesson
from service.repositories.aws.fast.fallbacks import ALL, Unexpected

# Arguments and answers of these go over the wire as they are, if they hold text and numbers only.
OPERATIONS = {
    "GetItem", "Query", "PutItem", "UpdateItem", "DeleteItem", "TransactWriteItems",
}  # fmt: skip
# Errors of the SDK, of its credentials and of our own hooks: none of them is this module's fault.
EXPECTED = (BotoCoreError, ClientError, ServiceError)

# The failed Attempt that the SDK goes on from, in the thread that makes the call.
FAILED = contextvars.ContextVar("failed first attempt", default=None)
# The Lesson of a call that the SDK makes while the fast path watches.
LESSON = contextvars.ContextVar("call to learn from", default=None)

# response: what came instead of a success, an AWSResponse or an exception.
Attempt = namedtuple("Attempt", "invocation_id response")


class FirstAttempts:
    """Mixin of the SDK's DynamoDB client: makes the first attempt of a call itself.

    The SDK makes the first call of each operation. `watch_call` keeps its address and headers,
    which are the same every time; `watch_request` compares its request with the one that would be
    made here. If they are equal, later calls fill in body and signature and go out over the SDK's
    connections. A success is parsed as the JSON it is. Anything else is handed over: it becomes the
    SDK's own first attempt, with the SDK's errors, pauses and repeats.

    templates: a CallTemplate for each operation learnt, None for each that is left to the SDK.
    """

    def __init__(self, *arguments, **named):
        self.templates = {}
        super().__init__(*arguments, **named)
        try:
            self.meta.events.register_first("before-call", self.watch_call)
            self.meta.events.register_first("before-send", self.watch_request)
        except Exception as error:
            self.fallbacks.add(ALL, error)

    def _make_api_call(self, *arguments, **named):
        """Return the answer to a call. Raises what the SDK would raise."""
        if named or len(arguments) != 2:
            self.fallbacks.add(ALL, Unexpected("_make_api_call takes other arguments"))
            return super()._make_api_call(*arguments, **named)
        operation, api_params = arguments
        template = self.templates.get(operation)
        if template is None:
            return self.learn(operation, api_params)
        request, send = self.prepare(template, api_params)
        if request is None:
            return super()._make_api_call(operation, api_params)
        answer, failure = self.attempt(template, request, send)
        if failure is None:
            return answer
        invocation_id = request.headers["amz-sdk-invocation-id"].decode()
        before = FAILED.set(Attempt(invocation_id, failure))
        try:
            return super()._make_api_call(operation, api_params)
        finally:
            FAILED.reset(before)

    def leave(self, operation, error):
        """Leave an operation to the SDK from now on."""
        self.templates[operation] = None
        self.fallbacks.add(operation, error)

    def learn(self, operation, api_params):
        """Return the answer to a call that the SDK makes; learn from it if that is still to do."""
        if operation not in OPERATIONS or operation in self.templates:
            return super()._make_api_call(operation, api_params)
        before = LESSON.set(Lesson(operation, api_params))
        try:
            return super()._make_api_call(operation, api_params)
        finally:
            LESSON.reset(before)

    def watch_call(self, **event):
        """See how the SDK begins a call, before other hooks add what belongs to this call only."""
        if attempt := FAILED.get():
            event["context"]["retries"] = {"invocation-id": attempt.invocation_id}
        if lesson := LESSON.get():
            try:
                lesson.begin(event, self.meta.region_name)
            except Exception as error:
                LESSON.set(None)
                self.leave(lesson.operation, error)

    def watch_request(self, **event):
        """Answer the SDK with the first attempt that failed; or see the request of its own."""
        if attempt := FAILED.get():
            FAILED.set(None)
            if isinstance(attempt.response, Exception):
                raise attempt.response
            return attempt.response
        if lesson := LESSON.get():
            LESSON.set(None)
            try:
                template = lesson.end(event["request"], self._request_signer._credentials)
                self._endpoint.http_session.send  # noqa: B018
                # Not over the None of a thread that met a fault meanwhile.
                self.templates.setdefault(lesson.operation, template)
            except Exception as error:
                self.leave(lesson.operation, error)
        return None

    def prepare(self, template, api_params):
        """Return (request, function that sends it). They are None if the SDK must do it all."""
        try:
            request = self.new_request(template, json.dumps(api_params).encode())
            return request, self._endpoint.http_session.send
        except EXPECTED:
            raise
        except Exception as error:
            self.leave(template.operation, error)
            return None, None

    def new_request(self, template, body):
        """Return a signed request. The SDK's hooks and ours see it as they would see the SDK's."""
        invocation_id = str(uuid.UUID(int=random.getrandbits(128), version=4))
        headers = template.headers | {"amz-sdk-invocation-id": invocation_id}
        params = template.params | {"headers": headers, "body": body}
        self.meta.events.emit(
            f"before-call.{template.event}",
            model=template.model,
            params=params,
            request_signer=self._request_signer,
            context={},
        )
        credentials = self._request_signer._credentials
        if credentials is None:
            raise NoCredentialsError
        headers = params["headers"] | template.sign(body, credentials.get_frozen_credentials())
        headers = {name: text.encode() for name, text in headers.items()}
        return AWSPreparedRequest(
            params["method"], params["url"], headers, body, stream_output=False
        )

    def attempt(self, template, request, send):
        """Return (answer, failure) of a request that is sent; failure is None after a success."""
        response = None
        try:
            answers = self.meta.events.emit(f"before-send.{template.event}", request=request)
            response = first_non_none_response(answers) or send(request)
            if response.status_code != 200:
                return None, response
            return self.parse(template, response), None
        except DamagedAnswer as error:
            return None, HTTPClientError(error=error)
        except EXPECTED as error:
            return None, error
        except Exception as error:
            self.leave(template.operation, error)
            # Perhaps it was sent: for the SDK, its answer was lost.
            return None, HTTPClientError(error=error) if response is None else response

    def parse(self, template, response):
        """Return what a success says. The SDK's hooks see it: they count how often to repeat."""
        answer = read_json(response)
        self.meta.events.emit(
            f"after-call.{template.event}",
            http_response=response,
            parsed=answer,
            model=template.model,
            context={},
        )
        return answer


class DamagedAnswer(Exception):
    """The store's answer did not arrive as it was sent."""


def read_json(response):
    """Return the JSON object of a response. Raises DamagedAnswer."""
    content = response.content
    try:
        answer = json.loads(content)
    except ValueError as error:
        raise DamagedAnswer("The answer is no JSON.") from error
    checksum = response.headers.get("x-amz-crc32")
    if not isinstance(answer, dict) or checksum not in (None, str(crc32(content))):
        raise DamagedAnswer("The answer is damaged.")
    return answer
