"""Finds the renditions of stored images; those that are missing are made and stored.

docs/storage.md, section 5, explains the order of the writes.
"""

import contextlib
import logging

from service.business.changes.guarded_writes import GuardedWrites
from service.business.changes.turns import Turns
from service.common.errors import (
    ImageNotFound,
    RenditionImpossible,
    ServiceError,
    StorageUnavailable,
)
from service.common.spooled_files import SpooledFile
from service.models.image import SPOOL_BYTES, changed
from service.models.renditions import SIZES, THUMB, fitted, rendition_key

log = logging.getLogger(__name__)

# How long a request waits while others make a rendition of its image.
WAIT_SECONDS = 20
BUSY = "Renditions of the image are being made. Try again in a few seconds."
# What `fill` counts: a thumb was there; was made; cannot be made; the image was deleted meanwhile;
# a store failed.
OUTCOMES = ("present", "made", "impossible", "skipped", "failed")


class StoredRenditions:
    """Finds the renditions of ready images, and makes those that are missing.

    images and objects are repositories, maker makes a rendition of an original's bytes.
    """

    def __init__(self, images, objects, maker):
        self.images = images
        self.objects = objects
        self.maker = maker
        self.turns = Turns(WAIT_SECONDS, BUSY)
        self.writes = GuardedWrites(images)

    def require(self, image, name):
        """Return a ready image with its rendition of a name, which is made if it is missing.

        Raises RenditionImpossible, ImageNotFound (it was deleted meanwhile), ServiceBusy or
        StorageUnavailable.
        """
        found = self.find(image, name)
        if found:
            return found
        with self.turns.of(image.image_id), self.objects.making(image):
            # Another request may have made it, or have deleted the image.
            image = self.current(image)
            return self.find(image, name) or self.make(image, name)

    def fill(self, watch=iter):
        """Make the thumbs that ready images lack; return how many images had each of OUTCOMES.

        It may be stopped and started again. watch wraps the iterator of records, for a progress
        bar.
        """
        figures = dict.fromkeys(OUTCOMES, 0)
        for image in watch(self.images.all()):
            if image.is_stored:
                figures[self.fill_one(image)] += 1
        log.info("thumbs filled", extra=figures)
        return figures

    def fill_one(self, image):
        """Make the thumb of an image if it lacks one; return the outcome."""
        try:
            if self.find(image, THUMB):
                return "present"
            self.require(image, THUMB)
            return "made"
        except RenditionImpossible:
            return "impossible"
        except ImageNotFound:
            return "skipped"
        except ServiceError as error:
            log.warning("thumb not made", extra={"image_id": image.image_id, **error.facts})
            return "failed"

    def find(self, image, name):
        """Return the image with its rendition, or None if that is missing.

        Raises RenditionImpossible if it could not be made before.
        """
        fault = image.rendition_fault(name)
        if fault:
            raise RenditionImpossible(fault)
        if name == THUMB and not image.rendition(THUMB):
            # The record must name it, with the colours that are made with it.
            return None
        size = self.objects.rendition_size(image, name)
        return size and with_rendition(image, name, size)

    def current(self, image):
        """Return the image as its record is now. Raises ImageNotFound if it is gone."""
        record = self.images.get(image.image_id)
        if record is None or not record.is_stored or record.object_key != image.object_key:
            raise ImageNotFound("The image was deleted by another request.")
        return record

    def make(self, image, name):
        """Make a rendition and store it; return the image with it."""
        with SpooledFile(SPOOL_BYTES) as file:
            self.receive(image, file)
            try:
                made = self.maker.make(file, name)
            except RenditionImpossible as error:
                if error.lasting:
                    self.change(image, name, {"fault": error.detail})
                raise
        size = self.put(image, name, made.rendition)
        image = self.still_there(image, name)
        if name == THUMB:
            colours = {"color": made.color, "thumbhash": made.thumbhash}
            return self.change(image, name, described(image, name, size), **colours)
        return with_rendition(image, name, size)

    def put(self, image, name, rendition):
        """Store a rendition unless another one was first; return the size of what is there."""
        if self.objects.put_rendition(image, name, rendition):
            return len(rendition.content)
        size = self.objects.rendition_size(image, name)
        if size is None:
            # The other put was still under way when it stopped this one, and then failed.
            raise StorageUnavailable("The rendition was not stored; try again.")
        return size

    def receive(self, image, file):
        """Copy the original's bytes to a binary file."""
        if self.objects.receive(image, file) is None or file.seek(0, 2) != image.size:
            self.current(image)
            raise StorageUnavailable("The bytes of the image cannot be read.")
        file.seek(0)

    def still_there(self, image, name):
        """Return the image as it is now; delete its rendition if the image was deleted."""
        try:
            return self.current(image)
        except ImageNotFound:
            # The sweep deletes it if this does not: it looks at a deleted image's objects again.
            with contextlib.suppress(ServiceError):
                self.objects.delete(rendition_key(image.object_key, name))
            raise

    def change(self, image, name, rendition, **colours):
        """Write what a rendition is into the record, which was read just now; return the image."""

        def decide(image):
            # Another request may have made and named it meanwhile.
            if image.rendition(name):
                return None
            renditions = (image.renditions or {}) | {name: rendition}
            return changed(image, renditions=renditions, **colours)

        read = [image]
        return self.writes.change(
            image.image_id, lambda: read.pop() if read else self.current(image), decide
        )


def described(image, name, size):
    """Return what a record says of a rendition: pixels as displayed, and bytes."""
    width, height = fitted(image.width, image.height, SIZES[name])
    return {"width": width, "height": height, "size": size}


def with_rendition(image, name, size):
    """Return an Image that tells of a rendition of so many bytes."""
    renditions = (image.renditions or {}) | {name: described(image, name, size)}
    return changed(image, renditions=renditions)
