"""The states from which journeys start, and what they do with them.

Each function takes a World. What prepares returns what the other functions take besides: image_ids,
or None.
"""

import hashlib
import io

from service.models.image import READY, now_text
from tests.faults.world import PICTURE, PRIVATE
from tests.support import promises


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


def change(world, image_id):
    """Change an image's description and tags."""
    return world.change(image_id, description="new", add_tags=["c"], remove_tags=["b"])


def change_text(world, image_id):
    """Change an image's description."""
    return world.change(image_id, description="new")


def change_nothing(world, image_id):
    """Send a change that changes nothing."""
    return world.change(image_id, add_tags=["a"])


def trash(world, image_id):
    """Move an image to the trash."""
    return world.trash(image_id)


def restore(world, image_id):
    """Bring an image back from the trash."""
    return world.restore(image_id)


def trashed(world):
    """Leave an image in the trash; return its image_id."""
    image_id = image(world)
    world.trash(image_id)
    return image_id


def trashed_plain(world):
    """Leave an image without tags in the trash; return its image_id."""
    image_id = plain_image(world)
    world.trash(image_id)
    return image_id


def overdue(world):
    """Leave an image in the trash whose time there is over."""
    world.trash(image(world), days=0)


def trashed_untidy(world):
    """Leave a completed direct upload in the trash whose bytes came again."""
    image_id = arrived(world)
    view(world, image_id)
    send_again(world, image_id)
    world.trash(image_id)


def arrived_unseen(world):
    """Leave a direct upload whose bytes have arrived, so that any request may complete it."""
    image_id = arrived(world)
    facts = promises.facts_of_record(world.images.get(image_id))
    world.promises.possible[image_id] = {facts, facts._replace(state=READY)}
    return image_id


def two(world):
    """Leave two images, one with tags; return their image_ids."""
    return [image(world), plain_image(world)]


def two_trashed(world):
    """Leave two images in the trash; return their image_ids."""
    return [trashed(world), trashed_plain(world)]


def batch(action, changes=None):
    """Return a function that does an action with many images at once."""
    return lambda world, image_ids: world.batch(image_ids, action, changes)
