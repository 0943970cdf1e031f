"""Runs both functions and the operator's commands on moto, and records which rights they need."""

import contextlib
import json
from types import SimpleNamespace

from botocore.awsrequest import AWSPreparedRequest

from service.app import create_app
from service.common.config import SETTINGS
from service.running.lambda_handler import new_handler, new_sweeper
from tests.permissions.rights import needs_of
from tests.support.gateway_events import SCHEDULED, http_api

CONTEXT = SimpleNamespace(get_remaining_time_in_millis=lambda: 900_000)
PLACE = {"BUCKET_NAME": "images", "TABLE_NAME": "images", "AUTH": "none", "LOG_LEVEL": "ERROR"}


class Recorder:
    """Passes requests on to moto, and records what they need.

    All of it goes through here: calls of the AWS SDK, those of the fast path, and presigned URLs.
    """

    def __init__(self, pass_on):
        self.pass_on = pass_on
        # The rights that were needed, or None while nothing is recorded.
        self.needs = None
        self.apps = []

    def answer(self, request):
        """Return moto's answer."""
        answer = self.pass_on(request)
        if self.needs is not None:
            self.needs |= needs_of(request, answer[0])
        return answer

    @contextlib.contextmanager
    def recording(self):
        """Yield the set of the rights that are needed in the block."""
        self.needs = needs = set()
        try:
            yield needs
        finally:
            self.needs = None

    def use(self, url, method="GET", body=b"", headers=()):
        """Use a presigned URL as a client does; return the status of S3's answer."""
        return self.answer(AWSPreparedRequest(method, url, dict(headers), body, False))[0]

    def new_function(self, **settings):
        """Return a Function with these settings; grace times are 0."""
        nothing = {name: "" for name, *_ in SETTINGS}
        app = create_app(nothing | PLACE | {"GRACE_SECONDS": "0"} | settings)
        self.apps.append(app)
        return Function(app)

    def close(self):
        """End the threads of the functions."""
        for app in self.apps:
            app.extensions["readiness"].askers.shutdown()


class Function:
    """A function of the deployment. used: the (method, rule) of each route that was used."""

    def __init__(self, app):
        self.app = app
        self.store = app.extensions["store"]
        self.used = set()
        app.before_request(self.note)
        self.handler, self.sweeper = new_handler(app), new_sweeper(app)

    def note(self):
        """Note the route of a request."""
        from flask import request

        self.used.add((request.method, request.url_rule.rule))

    def happen(self, event):
        """Return the answer to an event."""
        return self.handler(json.loads(json.dumps(event)), CONTEXT)

    def sweep(self):
        """Return the figures of the other function, which only sweeps."""
        return self.sweeper(SCHEDULED, CONTEXT)

    def ask(self, method, path, fields=None, **headers):
        """Return (status, JSON of the body or None) of a request; fields: the JSON that is sent."""
        if fields is not None:
            headers.setdefault("content_type", "application/json")
            fields = json.dumps(fields)
        return self.read(http_api(method, path, fields, **headers))

    def read(self, event):
        """Return (status, JSON of the body or None) of the answer to an event."""
        answer = self.happen(event)
        is_json = "json" in str(answer.get("headers"))
        return answer["statusCode"], json.loads(answer["body"]) if is_json else None
