"""Use the service with the package that openapi-python-client generated."""

import base64
import io
import sys
from pathlib import Path

import httpx
from image_service_client import AuthenticatedClient, Client
from image_service_client.api.images import (
    change_image,
    change_many,
    delete_image,
    list_images,
    restore_image,
    upload_image,
    view_image,
)
from image_service_client.models import (
    Batch,
    BatchAction,
    Changes,
    DirectUpload,
    DirectUploadContentType,
    Image,
    ListImagesMatch,
    PendingUpload,
    Problem,
    RefusedImage,
    UploadForm,
    UploadJson,
)
from image_service_client.types import File

address, picture_path, *token = sys.argv[1:]
picture = Path(picture_path).read_bytes()
user_id = "user123"
settings = {"base_url": address, "raise_on_unexpected_status": True}
client = AuthenticatedClient(token=token[0], **settings) if token else Client(**settings)


def begin(key):
    """Begin a direct upload, or ask what has become of it."""
    body = DirectUpload(
        user_id=user_id,
        filename="d.png",
        size=len(picture),
        content_type=DirectUploadContentType.IMAGEPNG,
    )
    return upload_image.sync(client=client, body=body, idempotency_key=key)


def send_bytes(begun, data):
    """Send the bytes of a direct upload to the store."""
    place = begun.upload
    answer = httpx.request(place.method, place.url, content=data, headers=place.headers.to_dict())
    assert answer.status_code == 200


def uploaded():
    """Upload as a form and as JSON; return both images."""
    file = File(io.BytesIO(picture), "a.png", "image/png")
    body = UploadForm(user_id=user_id, image_data=file, tags=["python", "a"])
    form = upload_image.sync(client=client, body=body)
    assert isinstance(form, Image)
    assert (form.filename, form.tags) == ("a.png", ["a", "python"])
    text = base64.b64encode(picture).decode()
    body = UploadJson(user_id=user_id, filename="b.png", image_data=text, tags=["python"])
    json = upload_image.sync(client=client, body=body)
    assert isinstance(json, Image)
    assert json.created_at < json.url_expires_at
    assert httpx.get(json.url).content == picture
    return form, json


def uploaded_directly():
    """Upload directly: 202 until the bytes are there, 201 to a retry afterwards."""
    begun = begin("python-1")
    assert isinstance(begun, PendingUpload)
    send_bytes(begun, picture)
    assert isinstance(view_image.sync(begun.image_id, client=client), Image)
    assert isinstance(begin("python-1"), Image)
    return begun


def refused():
    """Send other bytes than announced: the view and the retry tell why."""
    begun = begin("python-2")
    send_bytes(begun, bytes(len(picture)))
    image = view_image.sync(begun.image_id, client=client)
    assert isinstance(image, RefusedImage)
    assert image.problem.type_ == "/problems/unsupported-image"
    assert isinstance(begin("python-2"), RefusedImage)
    return begun


def check_lists(form, json):
    """List both images of the form and of JSON, page by page."""
    query = {"user_id": user_id, "tags": ["python", "a"]}
    first = list_images.sync(client=client, limit=1, **query)
    second = list_images.sync(client=client, limit=1, cursor=first.next_cursor, **query)
    listed = [image.image_id for page in (first, second) for image in page.images]
    assert listed == [json.image_id, form.image_id]
    assert list_images.sync(client=client, match=ListImagesMatch.ALL, **query).count == 1


def check_changes(form, json):
    """Change an image under its ETag, move both to the trash and take them back."""
    condition = {"if_match": f'"{form.image_id}-{form.version}"'}
    body = Changes(description="changed", add_tags=["new"], remove_tags=["a"])
    changed = change_image.sync(form.image_id, client=client, body=body, **condition)
    assert isinstance(changed, Image)
    assert (changed.description, changed.tags) == ("changed", ["new", "python"])
    answer = change_image.sync_detailed(form.image_id, client=client, body=body, **condition)
    assert answer.status_code == 412
    batch = Batch(image_ids=[form.image_id, json.image_id, "x"], action=BatchAction.TRASH)
    results = change_many.sync(client=client, body=batch).results
    assert [row.status for row in results] == [204, 204, 404]
    assert results[2].problem.type_ == "/problems/image-not-found"
    assert view_image.sync(form.image_id, client=client).status == "trashed"
    for image in (form, json):
        assert restore_image.sync(image.image_id, client=client).status == "ready"


form, json = uploaded()
begun = uploaded_directly()
wrong = refused()
check_lists(form, json)
check_changes(form, json)
for image in (form, json, begun, wrong):
    assert delete_image.sync_detailed(image.image_id, client=client).status_code == 204
gone = view_image.sync(begun.image_id, client=client)
assert isinstance(gone, Problem)
assert gone.type_ == "/problems/image-not-found"
