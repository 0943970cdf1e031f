"""All that the functions do with bucket and table, as events of API Gateway, S3 and the schedule.

Each function ends with the statuses or figures that show that it was done.
"""

import base64
import collections
import io
from urllib.parse import urlsplit

from service.repositories.aws.dynamodb.tags import keys_of
from tests.repositories.sample_images import CONTENT, next_attempt, sample
from tests.support import pictures
from tests.support.gateway_events import arrived, http_api, multipart

PICTURE = pictures.jpeg(400, 300)
DIRECT = {"user_id": "ana", "filename": "a.jpg", "content_type": "image/jpeg", "tags": ["sea"]}
PATCH = "application/merge-patch+json"


def upload(api, tags="beach"):
    """Upload a picture as a form; return the image."""
    body, content_type = multipart(PICTURE, user_id="ana", tags=tags)
    status, image = api.read(http_api("POST", "/images", body, content_type=content_type))
    assert status == 201, image
    return image


def upload_and_look(api, recorder):
    """Upload, list, view, and load what the URLs serve."""
    image, plain = upload(api), upload(api, "")
    sent = {"user_id": "ana", "filename": "a.jpg", "image_data": base64.b64encode(PICTURE).decode()}
    keyed = [api.ask("POST", "/images", sent, idempotency_key="k")[0] for _ in range(2)]
    path = f"/images/{image['image_id']}"
    _, large = api.ask("GET", f"{path}?rendition=large")
    served = [recorder.use(one["url"]) for one in (image, image["renditions"]["thumb"], large)]
    pages = ["/images", "/images?user_id=ana", "/images?tags=beach", "/images?status=trashed"]
    pages += ["/images?user_id=ana&tags=beach,x&match=all", "/tags", "/tags?user_id=ana", "/ready"]
    assert (keyed, served) == ([201, 201], [200, 200, 200])
    assert {api.ask("GET", page)[0] for page in pages} == {200}
    return image, plain


def change_and_delete(api, recorder, image, plain):
    """Change, trash, restore and delete images, one by one and several at once."""
    path = f"/images/{image['image_id']}"
    both = {"image_ids": [image["image_id"], plain["image_id"]]}
    statuses = [
        api.ask("PATCH", path, {"tags": ["sea"]}, content_type=PATCH)[0],
        api.ask("DELETE", f"{path}?trash=true")[0],
        api.ask("POST", f"{path}/restore")[0],
        *(api.ask("POST", "/images/batch", both | {"action": "trash"})[:1]),
        *(api.ask("POST", "/images/batch", both | {"action": "restore"})[:1]),
        api.ask("DELETE", path)[0],
        recorder.use(image["url"]),
        api.ask("GET", path)[0],
    ]
    assert statuses == [200, 204, 200, 200, 200, 204, 404, 404]


def begin(api, method, key=None):
    """Begin a direct upload; return the image."""
    headers = {"idempotency_key": key} if key else {}
    fields = DIRECT | {"size": len(PICTURE), "method": method}
    status, image = api.ask("POST", "/images", fields, **headers)
    assert (status, image["status"]) == (202, "pending"), image
    return image


def send(recorder, image, data=PICTURE):
    """Send the bytes of a direct upload to S3 as the answer says; return the object's key."""
    way = image["upload"]
    if way["method"] == "PUT":
        assert recorder.use(way["url"], "PUT", data, way["headers"]) == 200
        return urlsplit(way["url"]).path.lstrip("/")
    body, content_type = multipart(data, **way["fields"])
    body = body.replace(b'name="image_data"', b'name="file"')
    headers = {"Content-Type": content_type, "Content-Length": str(len(body))}
    assert recorder.use(way["url"], "POST", body, headers) in (200, 204)
    return way["fields"]["key"]


def upload_directly(api, recorder):
    """Upload past the service: by PUT and POST, waiting, refused, abandoned, begun again."""
    waiting = begin(api, "PUT", "again")
    assert api.ask("GET", f"/images/{waiting['image_id']}")[1]["status"] == "pending"
    states = [api.happen(arrived(send(recorder, begin(api, way)))) for way in ("PUT", "POST")]
    wrong = pictures.gif() + bytes(len(PICTURE) - len(pictures.gif()))
    states += [api.happen(arrived(send(recorder, begin(api, "PUT"), wrong)))]
    record = api.store.images.get(waiting["image_id"])
    assert api.store.images.condemn(record, record.due_at)
    begin(api, "PUT", "again")
    assert states == ["ready", "ready", "refused"]


def open_pages(api):
    """Open every page that needs no image."""
    for rule in api.app.url_map.iter_rules():
        if "GET" in rule.methods and not rule.arguments:
            assert api.ask("GET", rule.rule)[0] == 200, rule.rule
    digest = api.app.extensions["gallery"].digest
    for path in ("/docs/none", "/problems/not-found", f"/gallery/{digest}/none"):
        assert api.ask("GET", path)[0] in (200, 404), path


def live(api, recorder):
    """Do all that clients can ask for."""
    change_and_delete(api, recorder, *upload_and_look(api, recorder))
    upload_directly(api, recorder)
    open_pages(api)


def leave_work(api):
    """Leave all that a sweep finds to do."""
    images, objects = api.store.images, api.store.objects
    for direct in (True, False):
        abandoned = sample(direct=direct, tags=["sea"])
        assert images.begin(abandoned)
        objects.put(abandoned, io.BytesIO(CONTENT))
    untidy = sample(tags=["sea"])
    assert images.begin(untidy)
    assert images.finish(untidy)
    for attempt in (untidy, next_attempt(untidy)):
        objects.put(attempt, io.BytesIO(CONTENT))
    for key in keys_of(untidy, "gone"):
        images.tag_counts.add(key, 1)
    assert api.ask("DELETE", f"/images/{upload(api)['image_id']}?trash=true")[0] == 204
    assert api.ask("DELETE", f"/images/{upload(api)['image_id']}")[0] == 204


def sweep(function):
    """Sweep twice, so that what was postponed is forgotten; return the sums of the figures."""
    sums = collections.Counter()
    for _ in range(2):
        figures = function.sweep()
        sums.update({name: number for name, number in figures.items() if type(number) is int})
    return {name: number for name, number in sums.items() if number}
