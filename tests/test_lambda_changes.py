"""main.handler: requests that change images, as API Gateway passes them on."""

import json

import pytest

from service.running.lambda_handler import new_handler
from tests.support import pictures
from tests.support.gateway_events import http_api, multipart, rest_api


@pytest.mark.parametrize("new_event", [http_api, rest_api])
@pytest.mark.parametrize("as_bytes", [True, False])
def test_changes_come_through_the_gateway(app, new_event, as_bytes):
    handler = new_handler(app)

    def call(event):
        return handler(json.loads(json.dumps(event)), None)

    def ask(method, path, fields=None, **headers):
        body = json.dumps(fields, ensure_ascii=False) if fields else None
        body = body.encode() if body and as_bytes else body
        answer = call(new_event(method, path, body, **headers))
        return answer["statusCode"], json.loads(answer.get("body") or "null")

    form, content_type = multipart(pictures.png(8, 8), user_id="ana")
    image = json.loads(call(new_event("POST", "/images", form, content_type=content_type))["body"])
    path, etag = f"/images/{image['image_id']}", f'"{image["image_id"]}-1"'
    merge = {"content_type": "application/merge-patch+json", "if_match": etag}

    changed = ask("PATCH", path, {"description": "Été"}, **merge)
    refused = ask("PATCH", path, {"description": "Été"}, **merge)
    trashed = ask("DELETE", f"{path}?trash=true")
    restored = ask("POST", f"{path}/restore")
    body = {"image_ids": [image["image_id"], "x"], "action": "delete"}
    deleted = ask("POST", "/images/batch", body, content_type="application/json")

    assert (changed[0], changed[1]["description"]) == (200, "Été")
    assert (refused[0], trashed, restored[0]) == (412, (204, None), 200)
    assert [row["status"] for row in deleted[1]["results"]] == [204, 404]
