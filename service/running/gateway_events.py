"""API Gateway's events, made readable for serverless-wsgi whatever is missing or broken in them."""

import base64
import re
from urllib.parse import unquote_to_bytes

from werkzeug.datastructures import Headers

from service.common.errors import BadRequest

# Under these names an event carries the error that the app is to answer, and where it was asked.
REFUSAL = "service.refusal"
PLACE = "service.place"

METHOD = re.compile(r"[A-Za-z]{1,32}")
# Without an underscore, as gunicorn takes them: it would become the same variable as a hyphen.
HEADER_NAME = re.compile(r"[!#$%&'*+.^`|~0-9A-Za-z-]+")
# Stands in for an event that is no request.
NOTHING = {
    "version": "2.0",
    "rawPath": "/",
    "headers": {},
    "requestContext": {"http": {"method": "GET"}},
    "body": b"",
    PLACE: {},
}


def readable(event, settings):
    """Return an event that serverless-wsgi can read, or one with the error to answer instead."""
    try:
        is_second = event.get("version") == "2.0" or "rawPath" in event
        read = second_version(event) if is_second else first_version(event)
        place = {PLACE: place_of(read, settings)}
    except BadRequest as error:
        return NOTHING | {REFUSAL: error}
    try:
        return read | place | {"body": body_bytes(event, headers_of(read))}
    except BadRequest as error:
        return read | place | {"body": b"", REFUSAL: error}


def second_version(event):
    """Return the fields of a request that came as payload 2.0. Raises BadRequest."""
    context = fields_of(event, "requestContext")
    http = fields_of(context, "http")
    return {
        "version": "2.0",
        "rawPath": path_of(text_of(event, "rawPath") or text_of(http, "path")),
        "rawQueryString": text_of(event, "rawQueryString"),
        "headers": headers(event),
        "requestContext": {
            "http": {
                "method": method_of(text_of(http, "method")),
                "sourceIp": text_of(http, "sourceIp"),
            },
            "stage": text_of(context, "stage"),
            "domainName": text_of(context, "domainName"),
        },
    }


def first_version(event):
    """Return the fields of a request that came as payload 1.0. Raises BadRequest."""
    context = fields_of(event, "requestContext")
    source = text_of(fields_of(context, "identity"), "sourceIp")
    names = ("stage", "domainName", "path")
    queries = fields_of(event, "multiValueQueryStringParameters")
    return {
        "httpMethod": method_of(text_of(event, "httpMethod")),
        "path": path_of(text_of(event, "path")),
        "queryStringParameters": texts(fields_of(event, "queryStringParameters")),
        "multiValueQueryStringParameters": lists(queries),
        "headers": headers(event),
        # With these the answer has them too.
        "multiValueHeaders": named(lists(fields_of(event, "multiValueHeaders"))),
        "requestContext": {name: text_of(context, name) for name in names}
        | {"identity": {"sourceIp": source}, "elb": context.get("elb")},
        "isBase64Encoded": False,
    }


def place_of(event, settings):
    """Return the WSGI variables of where the service was asked: scheme, prefix and path."""
    prefix, path = split_path(event, settings)
    scheme = headers_of(event).get("X-Forwarded-Proto", "").partition(",")[0].strip().lower()
    return {
        "wsgi.url_scheme": scheme if scheme in ("http", "https") else "https",
        "SCRIPT_NAME": unquote_to_bytes(prefix).decode("latin-1"),
        "PATH_INFO": unquote_to_bytes(path).decode("latin-1"),
        "RAW_URI": path,
    }


def split_path(event, settings):
    """Return (prefix, path): what stands before the service's own path in the client's, and that.

    A REST API leaves its stage out of `path`, an HTTP API has a named stage in it; neither has one
    under a domain of the operator's own. The base path of such a domain is in the path of a REST
    API; an HTTP API's payload 2.0 may come with it or, as AWS describes it, without.
    """
    context = event["requestContext"]
    path = event.get("rawPath") or event["path"]
    stage, base = "/" + context["stage"], settings.api_gateway_base_path
    prefix = ""
    if stage != "/" and context.get("path") == stage + path:
        prefix = "" if settings.strip_stage_path else stage
    elif is_under(path, stage) and ".execute-api." in (context["domainName"] or ".execute-api."):
        prefix, path = stage, path.removeprefix(stage)
    if base and is_under(path, base):
        prefix, path = prefix + base, path.removeprefix(base)
    return prefix, path or "/"


def is_under(path, folder):
    """Tell whether a path is a folder or in it: /apiimages is not in /api."""
    return path == folder or path.startswith(f"{folder}/")


def body_bytes(event, headers):
    """Return the body as the caller sent it. Raises BadRequest when that cannot be known."""
    body = event.get("body") or ""
    try:
        if event.get("isBase64Encoded"):
            return base64.b64decode(body, validate=True)
        content = body.encode()
    except (AttributeError, TypeError, ValueError) as error:
        raise BadRequest("The gateway passed on a body that cannot be read.") from error
    # A gateway that passes bytes as text has changed them. Another body than a form is text (JSON),
    # or the app refuses it anyway and says what to send.
    is_form = headers.get("Content-Type", "").strip().lower().startswith("multipart/")
    if not content.isascii() and is_form:
        raise BadRequest(
            "The gateway treated the body as text and damaged it: configure it to pass "
            "multipart/form-data as binary, or send JSON."
        )
    return content


def headers_of(event):
    """Return the headers of a readable event."""
    return Headers(event.get("multiValueHeaders") or event["headers"])


def headers(event):
    """Return the single headers of an event."""
    return named(texts(fields_of(event, "headers")))


def named(fields):
    """Return the fields that have a header's name."""
    return {name: value for name, value in fields.items() if HEADER_NAME.fullmatch(name)}


def method_of(method):
    """Return the method of a request. Raises BadRequest."""
    if not METHOD.fullmatch(method):
        raise BadRequest("Send a request through API Gateway: this event has no method.")
    return method


def path_of(path):
    """Return the path of a request. Raises BadRequest."""
    if not path.startswith("/"):
        raise BadRequest("Send a request through API Gateway: this event has no path.")
    return path


def fields_of(fields, name):
    """Return a field that is an object; an empty one if it is not."""
    value = fields.get(name)
    return value if isinstance(value, dict) else {}


def text_of(fields, name):
    """Return a field that is text; '' if it is not."""
    value = fields.get(name)
    return clean(value) if isinstance(value, str) else ""


def texts(fields):
    """Return the fields that are text."""
    return {clean(name): clean(value) for name, value in fields.items() if isinstance(value, str)}


def lists(fields):
    """Return the fields that are lists, with what is text in them."""
    return {
        clean(name): [clean(value) for value in values if isinstance(value, str)]
        for name, values in fields.items()
        if isinstance(values, list)
    }


def clean(text):
    """Return text without lone surrogates, which are no UTF-8, and without ends of lines."""
    return re.sub("[\r\n]", " ", text.encode("utf-8", "replace").decode())
