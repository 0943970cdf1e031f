"""Events of API Gateway, S3 and the schedule, in the form of real ones."""

import base64
from urllib.parse import parse_qsl

HOST = "abc123.execute-api.us-east-1.amazonaws.com"
BOUNDARY = "------------------------d74496d66958873e"
SCHEDULED = {
    "version": "0",
    "id": "53dc4d37-cffa-4f76-80c9-8b7d4a4d2eaa",
    "detail-type": "Scheduled Event",
    "source": "aws.events",
    "account": "123456789012",
    "time": "2026-11-22T12:00:00Z",
    "region": "us-east-1",
    "resources": ["arn:aws:events:us-east-1:123456789012:rule/image-service-dev-sweep"],
    "detail": {},
}


def arrived(object_key):
    """Return EventBridge's event of an object that arrived in the bucket."""
    return SCHEDULED | {
        "detail-type": "Object Created",
        "source": "aws.s3",
        "resources": ["arn:aws:s3:::images"],
        "detail": {
            "version": "0",
            "bucket": {"name": "images"},
            "object": {"key": object_key, "size": 5, "etag": "b1946ac92492d2347c6235b4d2611184"},
            "reason": "PutObject",
        },
    }


def multipart(image_data, **fields):
    """Return (body, content type) of curl's form with an image part and text fields."""
    parts = [
        f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'.encode()
        for name, value in fields.items()
    ]
    head = (
        f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="image_data"; '
        'filename="photo.jpg"\r\nContent-Type: image/jpeg\r\n\r\n'
    )
    end = f"\r\n--{BOUNDARY}--\r\n"
    body = b"".join(parts) + head.encode() + image_data + end.encode()
    return body, f"multipart/form-data; boundary={BOUNDARY}"


def http_api(method, path, body=None, **headers):
    """Return an HTTP API's event, payload 2.0. Further arguments become headers: content_type=…

    A body of bytes becomes base64, as in the gateway; a text stays as it is.
    """
    path, _, query = path.partition("?")
    headers = {name.replace("_", "-"): value for name, value in headers.items()}
    event = {
        "version": "2.0",
        "routeKey": "$default",
        "rawPath": path,
        "rawQueryString": query,
        "headers": common_headers() | headers,
        "requestContext": {
            "accountId": "123456789012",
            "apiId": "abc123",
            "domainName": HOST,
            "domainPrefix": "abc123",
            "http": {
                "method": method,
                "path": path,
                "protocol": "HTTP/1.1",
                "sourceIp": "203.0.113.9",
                "userAgent": "curl/8.5.0",
            },
            "requestId": "JKJaXmPLvHcESHA=",
            "routeKey": "$default",
            "stage": "$default",
            "time": "22/Nov/2026:12:00:00 +0000",
            "timeEpoch": 1795348800000,
        },
    }
    if query:
        event["queryStringParameters"] = dict(parse_qsl(query))
    return event | body_fields(body)


def rest_api(method, path, body=None, **headers):
    """Return a REST API's event, payload 1.0, whose empty fields are null."""
    path, _, query = path.partition("?")
    headers = {name.title().replace("_", "-"): value for name, value in headers.items()}
    headers = {name.title(): value for name, value in common_headers().items()} | headers
    parameters = parse_qsl(query)
    return {
        "resource": "/{proxy+}",
        "path": path,
        "httpMethod": method,
        "headers": headers,
        "multiValueHeaders": {name: [value] for name, value in headers.items()},
        "queryStringParameters": dict(parameters) or None,
        "multiValueQueryStringParameters": {
            name: [value for other, value in parameters if other == name] for name, _ in parameters
        }
        or None,
        "pathParameters": {"proxy": path.lstrip("/")},
        "stageVariables": None,
        "requestContext": {
            "accountId": "123456789012",
            "apiId": "abc123",
            "authorizer": None,
            "httpMethod": method,
            "identity": {"sourceIp": "203.0.113.9", "userAgent": "curl/8.5.0", "user": None},
            "path": "/dev" + path,
            "protocol": "HTTP/1.1",
            "requestId": "c6af9ac6-7b61-11e6-9a41-93e8deadbeef",
            "resourcePath": "/{proxy+}",
            "stage": "dev",
        },
        "body": None,
    } | body_fields(body)


def common_headers():
    """Return the headers that every event has."""
    return {
        "accept": "*/*",
        "host": HOST,
        "user-agent": "curl/8.5.0",
        "x-forwarded-for": "203.0.113.9",
        "x-forwarded-port": "443",
        "x-forwarded-proto": "https",
    }


def body_fields(body):
    """Return an event's fields of a body."""
    if isinstance(body, bytes):
        return {"body": base64.b64encode(body).decode(), "isBase64Encoded": True}
    return {"isBase64Encoded": False} | ({} if body is None else {"body": body})
