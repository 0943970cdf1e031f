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
from service.repositories.aws.fast.light_http import LightSender

# Operations whose arguments and answers are sent as JSON without changes, if they are not binary.
OPERATIONS = {"GetItem", "Query", "PutItem", "UpdateItem", "DeleteItem", "TransactWriteItems"}
# Errors of the SDK, its credentials or our hooks. They do not mean that the fast path is wrong.
EXPECTED = (BotoCoreError, ClientError, ServiceError)

# The failed Attempt that the SDK continues, in the thread that makes the call.
FAILED = contextvars.ContextVar("failed first attempt", default=None)
# The Lesson of a call that the SDK makes while this module compares its request.
LESSON = contextvars.ContextVar("call to learn from", default=None)

# response: an AWSResponse that is no success, or an exception.
Attempt = namedtuple("Attempt", "invocation_id response")


class FirstAttempts:
    """Mixin of the SDK's DynamoDB client: makes the first attempt of a call itself.

    The SDK makes the first call of each operation. `watch_call` keeps its address and headers,
    which are the same in every call; `watch_request` compares its request with the request that
    this class makes. If they are equal, this class makes later calls: it adds body and signature
    and uses the SDK's connections. It parses a success as JSON. Any other result becomes the result
    of the SDK's own first attempt, with the SDK's errors, pauses and repeats.

    templates: the CallTemplate of each operation, or None if the operation is left to the SDK.
    """

    def __init__(self, *arguments, **named):
        self.templates = {}
        super().__init__(*arguments, **named)
        try:
            self.sender = LightSender(self._endpoint.http_session)
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
        """Return the answer to a call that the SDK makes; make a template from a first call."""
        if operation not in OPERATIONS or operation in self.templates:
            return super()._make_api_call(operation, api_params)
        before = LESSON.set(Lesson(operation, api_params))
        try:
            return super()._make_api_call(operation, api_params)
        finally:
            LESSON.reset(before)

    def watch_call(self, **event):
        """Read how the SDK begins a call, before other hooks add headers of this call only."""
        if attempt := FAILED.get():
            event["context"]["retries"] = {"invocation-id": attempt.invocation_id}
        if lesson := LESSON.get():
            try:
                lesson.begin(event, self.meta.region_name)
            except Exception as error:
                LESSON.set(None)
                self.leave(lesson.operation, error)

    def watch_request(self, **event):
        """Give the SDK the result of the failed first attempt, or check the SDK's own request."""
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
                # setdefault, because another thread may have set None after a fault.
                self.templates.setdefault(lesson.operation, template)
            except Exception as error:
                self.leave(lesson.operation, error)
        return None

    def prepare(self, template, api_params):
        """Return (request, function that sends it). Both are None if the SDK must make the call."""
        try:
            request = self.new_request(template, json.dumps(api_params).encode())
            session = self._endpoint.http_session
            return request, (self.sender if session is self.sender.session else session).send
        except EXPECTED:
            raise
        except Exception as error:
            self.leave(template.operation, error)
            return None, None

    def new_request(self, template, body):
        """Return a signed request. Hooks are called in the same way as for a request of the SDK."""
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
            # The request may have been sent: the SDK must treat its answer as lost.
            return None, HTTPClientError(error=error) if response is None else response

    def parse(self, template, response):
        """Return the content of a success. The SDK's hooks need it to limit their repeats."""
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
    """The answer of DynamoDB was damaged on its way."""


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
