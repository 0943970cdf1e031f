"""How the SDK makes a DynamoDB call: copied from a call of the SDK and checked against it."""

import json
from urllib.parse import urlsplit

from service.repositories.aws.fast import sigv4
from service.repositories.aws.fast.fallbacks import Unexpected

# The headers that the SDK adds to a request when it signs and sends it. With the package awscrt
# installed it also writes the Host header, which the connection would write otherwise.
ADDED_HEADERS = {
    "amz-sdk-invocation-id", "amz-sdk-request", "authorization", "content-length", "host",
    "x-amz-date", "x-amz-security-token",
}  # fmt: skip


class Lesson:
    """One call that the SDK makes, from its start until its request is sent.

    template: the CallTemplate of the operation, None before `begin`.
    """

    def __init__(self, operation, api_params):
        self.operation = operation
        self.api_params = api_params
        self.template = None
        self.params = None

    def begin(self, event, client_region):
        """Make the template from the event `before-call`. May raise any exception."""
        self.params = event["params"]
        region = event["context"].get("signing", {}).get("region", client_region)
        signer = sigv4.Signer("dynamodb", region)
        self.template = CallTemplate(event["model"], self.params, signer)

    def end(self, request, credentials):
        """Return the template if it makes the SDK's request. May raise any exception."""
        sent = {name.lower(): text_of(value) for name, value in request.headers.items()}
        template = self.template
        # `params` now has the headers that hooks have added; hooks add them to later calls as well.
        known = {name.lower() for name in self.params["headers"]} | ADDED_HEADERS
        required = {name.lower() for name in template.headers}
        if not required <= set(sent) <= known:
            raise Unexpected(f"headers {sorted(sent)}")
        if any(sent[name] != text for name, text in template.signed.items() if name != "host"):
            raise Unexpected("headers that are signed have other values")
        if (request.method, request.url) != ("POST", template.params["url"]):
            raise Unexpected("another method or address")
        if request.body != json.dumps(self.api_params).encode():
            raise Unexpected("another body")
        template.check_signature(sent, request.body, credentials.get_frozen_credentials())
        return template


class CallTemplate:
    """How the SDK makes a call of one operation, without body and signature."""

    def __init__(self, model, params, signer):
        self.model = model
        self.operation = model.name
        self.event = f"{model.service_model.service_id.hyphenize()}.{model.name}"
        self.headers = dict(params["headers"])
        self.params = params | {"headers": self.headers}
        self.signer = signer
        self.url = urlsplit(params["url"])
        named = {name.lower(): text for name, text in self.headers.items()}
        self.signed = {name: named[name] for name in ("content-type", "x-amz-target")}
        self.signed["host"] = sigv4.host_of(self.url)

    def sign(self, body, credentials):
        """Return the headers of a signature."""
        return self.signer.headers(self.url, self.signed, body, credentials)

    def check_signature(self, sent, body, credentials):
        """Raise Unexpected if the SDK's signature differs from the signature made here.

        sent: the headers of the SDK's request, named in lower case.
        """
        _, _, names = sent["authorization"].partition("SignedHeaders=")
        names = names.partition(",")[0].split(";")
        signed = {name: sent.get(name, self.signed.get(name)) for name in names}
        now = sigv4.time_of(sent["x-amz-date"])
        expected = self.signer.authorization(self.url, signed, body, credentials, now=now)
        if sent["authorization"] != expected or not set(self.signed) <= set(names):
            raise Unexpected("another signature")


def text_of(value):
    """Return a header's value as text."""
    return value.decode() if isinstance(value, bytes) else value
