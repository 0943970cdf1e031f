"""Fills a DATA_DIR for the checks: `many` records of one day, or thirty painted `pictures`."""

import io
import os
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

from service.business.inspection.image_inspector import ImageInspector
from service.models.image import READY, new_image, utc_text
from service.models.renditions import THUMB, rendition_key
from service.repositories.embedded.folder_objects import FolderObjects
from service.repositories.embedded.sqlite.database import SqliteDatabase
from service.repositories.embedded.sqlite.images import SqliteImages
from tests.bench import lists, samples
from tests.packaging.gallery.paint import painted

DAY_SECONDS = 24 * 60 * 60
TAGS = ["travel", "sea", "mountains", "family", "2026", "best of", "winter"]
PICTURES = 30
DAYS = 3


def fill_many(folder, count):
    """Write records of one day. Their thumbs are one file with many names."""
    objects = FolderObjects(folder / "objects")
    _fields, thumb = ImageInspector(10**8).inspect(io.BytesIO(painted(0)[1]))
    found = [new_record(number, count, thumb) for number in range(count)]
    objects.put_thumb(found[0], thumb)
    first = objects.path_of(rendition_key(found[0].object_key, THUMB))
    for image in found[1:]:
        path = objects.path_of(rendition_key(image.object_key, THUMB))
        path.parent.mkdir(parents=True, exist_ok=True)
        os.link(first, path)
    write(folder, found)


def new_record(number, count, thumb):
    """Return a record; all are spread over one day."""
    image = samples.record(number, ["sea"])
    seconds = number * DAY_SECONDS / count
    image.created_at = utc_text(datetime(2026, 2, 13) + timedelta(seconds=seconds))
    image.width, image.height = 4 * thumb.width, 4 * thumb.height
    size = len(thumb.content)
    image.renditions = {THUMB: {"width": thumb.width, "height": thumb.height, "size": size}}
    return image


def fill_pictures(folder):
    """Write painted pictures of the last three days, with originals and thumbs."""
    objects, inspector = FolderObjects(folder / "objects"), ImageInspector(10**8)
    found = []
    for number in range(PICTURES):
        name, content = painted(number)
        image = new_picture(inspector, number, name, content)
        objects.put(image[0], io.BytesIO(content), image[1])
        found.append(image[0])
    write(folder, found)


def new_picture(inspector, number, name, content):
    """Return (record, thumb) of a picture; the first number is the newest."""
    fields, thumb = inspector.inspect(io.BytesIO(content))
    tags = sorted({TAGS[number % 7], TAGS[number * 3 % 7]})
    named = {"user_id": "ana", "filename": name, "tags": tags, "description": None}
    if number % 2:
        named["description"] = f"{name.split()[0]}, seen on the way home."
    image = new_image(**fields, **named, request_digest="0" * 64, keyed=False, attempts=1)
    image.state = READY
    size = len(thumb.content)
    image.renditions = {THUMB: {"width": thumb.width, "height": thumb.height, "size": size}}
    age = timedelta(days=number * DAYS // PICTURES, minutes=7 * number)
    image.created_at = utc_text(datetime.now(UTC) - age)
    return image, thumb


def write(folder, found):
    """Write records and put them into their lists."""
    database = SqliteDatabase(folder / "images.db")
    lists.insert_all(SqliteImages(database), found)
    database.close()


if __name__ == "__main__":
    kind, folder, *count = sys.argv[1:]
    folder = Path(folder)
    folder.mkdir(parents=True)
    if kind == "many":
        fill_many(folder, int(*count))
    else:
        fill_pictures(folder)
