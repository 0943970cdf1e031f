"""Everything that the service does to its stores, each with the state that it starts from."""

import hashlib
import io
from collections import namedtuple

from service.models.image import now_text
from service.models.quota import NO_QUOTA, Quota
from tests.faults.world import PICTURE, PRIVATE

# prepare(world) returns what act(world, prepared) needs. answer: what act returns without a fault.
# quota: what each user may keep.
Journey = namedtuple("Journey", "prepare act answer quota", defaults=(NO_QUOTA,))
QUOTA = Quota(3, 3 * len(PICTURE))


def nothing(_world):
    """Leave the stores empty."""


def image(world):
    """Leave an image; return its image_id."""
    return world.upload("k", ["a", "b"]).json["image_id"]


def plain_image(world):
    """Leave an image without tags; return its image_id."""
    return world.upload().json["image_id"]


def given_up(world):
    """Leave an attempt that was released after a failure."""
    world.images.release(world.die("k", ["a"]))


def condemned(world):
    """Leave an attempt that was condemned."""
    assert world.images.condemn(world.die("k", ["a"]), now_text())


def taken_over(world):
    """Leave an image of two attempts with all renditions, and the objects of the first one too."""
    given_up(world)
    view_large(world, world.upload("k", ["a"]).json["image_id"])


def rendered(world):
    """Leave an image with all its renditions; return its image_id."""
    image_id = image(world)
    view_large(world, image_id)
    return image_id


def thumbless(world):
    """Leave an image whose thumb could not be stored; return its image_id."""
    return world.upload_without_thumb(["a", "b"])


def thumbless_plain(world):
    """Leave an image without tags whose thumb could not be stored; return its image_id."""
    return world.upload_without_thumb()


def deleted(world):
    """Leave a deleted image whose object was written late; return its image_id."""
    record = world.images.get(plain_image(world))
    world.delete(record.image_id)
    world.objects.put(record, io.BytesIO(PICTURE))
    return record.image_id


def swept(world):
    """Leave a deleted image that was swept once and whose object was written late."""
    image_id = deleted(world)
    world.images.postpone(world.images.get(image_id), now_text())


def keyed_upload(world, _prepared):
    """Upload under the key."""
    return world.upload("k", ["a"])


def look(path):
    """Return a function that GETs a path, which may contain the image_id."""
    return lambda world, image_id: world.client.get(path.format(image_id))


def delete(world, image_id):
    """Delete the image."""
    return world.delete(image_id)


def view(world, image_id):
    """View the image."""
    return world.view(image_id)


def view_large(world, image_id):
    """View the image's rendition `large`."""
    return world.view(image_id, "large")


def view_thumb(world, image_id):
    """View the image's rendition `thumb`."""
    return world.view(image_id, "thumb")


def stripping_upload(world, _prepared):
    """Upload a picture whose metadata is cut."""
    return world.upload("k", ["a"], data=PRIVATE, strip="true")


def waiting(world):
    """Leave a direct upload that waits for its bytes; return its image_id."""
    return world.begin("k", ["a"]).json["image_id"]


def given_back(world):
    """Leave a direct upload that was condemned."""
    assert world.images.condemn(world.images.get(waiting(world)), now_text())


def arrived(world):
    """Leave a direct upload whose bytes have arrived; return its image_id."""
    return world.arrive(tags=["a"])


def arrived_private(world):
    """Leave a direct upload whose bytes have arrived, and whose metadata will be cut."""
    return world.arrive(PRIVATE, ["a"], strip=True)


def arrived_badly(world):
    """Leave a direct upload whose bytes are no picture; return its image_id."""
    return world.arrive(bytes(len(PICTURE)))


def completed(world):
    """Leave a direct upload that was completed, and whose bytes came again."""
    image_id = arrived(world)
    view(world, image_id)
    send_again(world, image_id)


def refused(world):
    """Leave a direct upload whose bytes were refused, and came again; return its image_id."""
    image_id = arrived_badly(world)
    view(world, image_id)
    send_again(world, image_id)
    return image_id


def send_again(world, image_id):
    """Send bytes to the key that an image had while it was pending."""
    image = world.images.get(image_id)
    image.object_key = f"incoming/{image_id}/{image.nonce}"
    image.sha256 = hashlib.sha256(PICTURE).hexdigest()
    world.objects.put(image, io.BytesIO(PICTURE))


def sweep(world, _prepared):
    """Sweep."""
    return world.sweep()


JOURNEYS = {
    "upload": Journey(nothing, lambda world, _: world.upload(), 201),
    "upload, keyed": Journey(nothing, keyed_upload, 201),
    "upload, again": Journey(image, lambda world, _: world.upload("k", ["a", "b"]), 201),
    "upload, takeover": Journey(given_up, keyed_upload, 201),
    "upload, condemned": Journey(condemned, keyed_upload, 201),
    "upload, strip": Journey(nothing, stripping_upload, 201),
    "view": Journey(image, look("/images/{}"), 200),
    "view, large": Journey(image, view_large, 200),
    "view, large again": Journey(rendered, view_large, 200),
    "view, late thumb": Journey(thumbless, view_thumb, 200),
    "view, late plain thumb": Journey(thumbless_plain, view_thumb, 200),
    "list": Journey(image, look("/images"), 200),
    "list, user": Journey(image, look("/images?user_id=ana"), 200),
    "list, tags": Journey(image, look("/images?user_id=ana&tags=a,b&match=all"), 200),
    "tags": Journey(image, look("/tags"), 200),
    "tags, user": Journey(image, look("/tags?user_id=ana"), 200),
    "delete": Journey(plain_image, delete, 204),
    "delete, tagged": Journey(image, delete, 204),
    "direct, begin": Journey(nothing, lambda world, _: world.begin("k", ["a"]), 202),
    "direct, again": Journey(waiting, lambda world, _: world.begin("k", ["a"]), 202),
    "direct, waiting": Journey(waiting, view, 200),
    "direct, complete": Journey(arrived, view, 200),
    "direct, strip": Journey(arrived_private, view, 200),
    "direct, refuse": Journey(arrived_badly, view, 200),
    "direct, delete": Journey(waiting, delete, 204),
    "direct, delete refused": Journey(refused, delete, 204),
    "sweep, abandoned": Journey(arrived, sweep, "condemned"),
    "sweep, completed": Journey(completed, sweep, "settled"),
    "sweep, refused": Journey(refused, sweep, "postponed"),
    "sweep, unfinished": Journey(lambda world: world.die(), sweep, "condemned"),
    "sweep, deleted": Journey(deleted, sweep, "postponed"),
    "sweep, second": Journey(swept, sweep, "forgotten"),
    "sweep, ready": Journey(taken_over, sweep, "settled"),
    "quota, upload": Journey(nothing, keyed_upload, 201, QUOTA),
    "quota, begin": Journey(nothing, lambda world, _: world.begin("k", ["a"]), 202, QUOTA),
    "quota, again": Journey(waiting, lambda world, _: world.begin("k", ["a"]), 202, QUOTA),
    "quota, condemned": Journey(given_back, lambda world, _: world.begin("k", ["a"]), 202, QUOTA),
    "quota, complete": Journey(arrived, view, 200, QUOTA),
    "quota, refuse": Journey(arrived_badly, view, 200, QUOTA),
    "quota, delete": Journey(image, delete, 204, QUOTA),
    "quota, delete waiting": Journey(waiting, delete, 204, QUOTA),
    "quota, sweep": Journey(arrived, sweep, "condemned", QUOTA),
}


def outcome_of(response):
    """Return an answer's status (503 only with Retry-After), or the result of a sweep."""
    if response is None:
        return 503
    if isinstance(response, dict):
        names = ("failed", "condemned", "postponed", "forgotten", "settled", "skipped")
        return next(name for name in names if response[name])
    assert response.status_code != 503 or int(response.headers["Retry-After"]) > 0
    return response.status_code
