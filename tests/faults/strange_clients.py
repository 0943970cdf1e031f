"""Ways to make a DynamoDB client strange: the SDK still works with it, the fast path must not."""

import json


class Hidden:
    """Stands in for a part of the SDK that has lost a name."""

    def __init__(self, part, name):
        self.part = part
        self.name = name

    def __getattr__(self, name):
        if name == self.name:
            raise AttributeError(name)
        return getattr(self.part, name)


def drop_target(client):
    """Take away a header before others see it, and write it again when the request is made."""

    def drop(model, params, **_more):
        del params["headers"]["X-Amz-Target"]

    def write(request, operation_name, **_more):
        request.headers["X-Amz-Target"] = f"DynamoDB_20120810.{operation_name}"

    client.meta.events.register_first("before-call.dynamodb", drop)
    client.meta.events.register_last("request-created.dynamodb", write)


def change_protocol(client):
    """Send another body, of another type."""

    def change(params, **_more):
        del params["headers"]["X-Amz-Target"]
        params["headers"]["Content-Type"] = "application/cbor"
        params["body"] = b"\xa0"

    client.meta.events.register_first("before-call.dynamodb", change)


def change_body(client):
    """Send the same arguments in another order."""

    def change(params, **_more):
        params["body"] = json.dumps(json.loads(params["body"]), indent=1).encode()

    client.meta.events.register_first("before-call.dynamodb", change)


def change_address(client):
    """Send to another host than the one that was chosen first."""

    def change(params, **_more):
        params["url"] = "http://elsewhere:4566/"

    client.meta.events.register("before-call", change)


def sign_otherwise(client):
    """Show a token in the signature's place."""

    def change(request, **_more):
        del request.headers["Authorization"]
        request.headers["Authorization"] = "Bearer token"

    client.meta.events.register_last("request-created.dynamodb", change)


def add_header(client):
    """Add a header where the fast path does not look."""

    def add(request, **_more):
        request.headers["x-amz-new"] = "1"

    client.meta.events.register_first("request-created.dynamodb", add)


def hide_signer(client):
    """Take away `_request_signer`, which hooks are given."""
    client._request_signer = None


def hide_credentials(client):
    """Take away `_request_signer._credentials`."""
    client._request_signer = Hidden(client._request_signer, "_credentials")


def hide_session(client):
    """Take away `_endpoint.http_session`."""
    client._endpoint = Hidden(client._endpoint, "http_session")


def want_context(client):
    """Add a hook that needs what only the SDK tells."""

    def need(context, **_more):
        assert context["client_config"]

    client.meta.events.register("before-call", need)
