"""What stores and bags hold, and bags that somebody has edited."""

import hashlib
import json

from service.models.image import FOLDERS
from service.models.query import Query
from service.operators.bags import layout
from tests.repositories.stores import read_object

TAG_FILES = (layout.BAGIT, layout.BAG_INFO, layout.MANIFEST)


def held(app):
    """Return everything that a store holds: (records by image_id, bytes by object key)."""
    store = app.extensions["store"]
    records = {image.image_id: dict(vars(image)) for image in store.images.all()}
    keys = [key for folder in FOLDERS for key in store.objects.list(folder)]
    return records, {key: read_object(store.objects, key) for key in keys}


def answers(app):
    """Return what the API says of every image, by image_id, without its URLs."""
    client, found = app.test_client(), {}
    for path in ("/images?status=ready&limit=100", "/images?status=trashed&limit=100"):
        cursor = ""
        while cursor is not None:
            page = client.get(f"{path}&cursor={cursor}" if cursor else path).json
            cursor = page["next_cursor"]
            for shown in page["images"]:
                for one in (shown, *shown["renditions"].values()):
                    one.pop("url")
                shown.pop("url_expires_at")
                found[shown["image_id"]] = shown
    return found


def originals(app):
    """Return the bytes of every image that is kept, by image_id."""
    store = app.extensions["store"]
    kept = [image for image in store.images.all() if image.is_stored]
    return {image.image_id: read_object(store.objects, image.object_key) for image in kept}


def listed(app, **query):
    """Return the image_ids of a list."""
    images, _position = app.extensions["store"].images.list(Query(**query), 99, None)
    return [image.image_id for image in images]


def faults(app):
    """Return what an audit finds wrong."""
    return app.extensions["audit"].run()["faults"]


def records_of(bag):
    """Return the records of a bag."""
    return [json.loads(line) for line in (bag / layout.RECORDS).read_text().splitlines()]


def edit(bag, change):
    """Change the first record of a bag: change(record) changes it in place; the bag stays valid."""
    first, *others = records_of(bag)
    change(first)
    lines = [json.dumps(record) for record in (first, *others)]
    write_lines(bag, [line.encode() for line in lines])
    return first


def write_lines(bag, lines):
    """Write the lines of the records of a bag, and its manifests anew."""
    (bag / layout.RECORDS).write_bytes(b"".join(line + b"\n" for line in lines))
    manifest = (bag / layout.MANIFEST).read_text().splitlines()
    others = [line for line in manifest if not line.endswith(layout.RECORDS)]
    mine = layout.manifest_line(digest(bag / layout.RECORDS), layout.RECORDS)
    (bag / layout.MANIFEST).write_text("\n".join([mine, *others]) + "\n")
    sign(bag)


def sign(bag):
    """Write the manifest of a bag's other files anew."""
    lines = [layout.manifest_line(digest(bag / name), name) for name in TAG_FILES]
    (bag / layout.TAG_MANIFEST).write_text("\n".join(lines) + "\n")


def digest(path):
    return hashlib.sha256(path.read_bytes()).hexdigest()
