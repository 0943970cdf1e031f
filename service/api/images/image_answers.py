"""The answers about images: their JSON with presigned URLs, and their ETag."""

from flask import current_app

from service.api.addresses import own_root
from service.api.images.image_json import ready_json, unready_json


def image_service():
    """Return the app's image service."""
    return current_app.extensions["image_service"]


def one(image, **options):
    """Return (body, headers) of an image. options: those of `signed`."""
    # A strong tag although each answer has URLs of its own: it stands for the version.
    return signed([image], **options)[0], {"ETag": f'"{image.entity_tag}"'}


def signed(images, expires_in=None, download=False, rendition=None):
    """Return the JSON of images. Stored ones have presigned URLs; expires_in is in seconds.

    download and rendition are those of `url`.
    """
    service, root = image_service(), own_root()

    def sign(image, name, *, is_url=False):
        return service.sign(image, expires_in, download and is_url, name)

    return [
        ready_json(image, root, sign, rendition) if image.is_stored else unready_json(image)
        for image in images
    ]
