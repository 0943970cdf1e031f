"""The audit: compares records and objects both ways (docs/storage.md, section 10)."""

import itertools

from service.business.upkeep import usage
from service.business.upkeep.tag_counts import TagCounts
from service.models.image import DELETING, FOLDERS, PENDING, READY, REFUSED, TRASHED
from service.models.renditions import THUMB

# What an audit counts the records of each state as. A record of any other state is `unknown`.
COUNTED = {
    READY: "images",
    TRASHED: "trashed",
    PENDING: "pending",
    REFUSED: "refused",
    DELETING: "tombstones",
}


class Audit:
    """Compares the records with the objects, and the objects with the records."""

    def __init__(self, images, objects):
        self.images = images
        self.objects = objects

    def run(self):
        """Return figures: how much there is, then every kind of fault, and `faults`, their sum.

        docs/storage.md, section 10, explains each.
        """
        counted = dict.fromkeys([*COUNTED.values(), "unknown", "objects"], 0)
        faults = {"images_without_object": 0, "images_without_thumb": 0, "stray_objects": 0}
        for image in self.images.all():
            counted[COUNTED.get(image.state, "unknown")] += 1
            if image.is_stored:
                faults["images_without_object"] += not self.objects.has(image)
                faults["images_without_thumb"] += self.lacks_thumb(image)
        for image, object_key in self.found_objects():
            counted["objects"] += 1
            faults["stray_objects"] += is_stray(image, object_key)
        if self.images.quota:
            faults["miscounted_users"] = usage.audit(self.images)
        if self.images.tag_counts.is_exact:
            faults["miscounted_tags"] = TagCounts(self.images).audit()
        if self.images.totals:
            faults["miscounted_totals"] = len(self.images.totals.wrong())
        return counted | faults | {"faults": sum(faults.values())}

    def lacks_thumb(self, image):
        """Tell whether the record names a thumb that is not there."""
        named = image.rendition(THUMB)
        return bool(named) and self.objects.rendition_size(image, THUMB) is None

    def found_objects(self):
        """Yield (image or None, object key) of every object."""
        object_keys = itertools.chain.from_iterable(map(self.objects.list, FOLDERS))
        for image_id, keys in itertools.groupby(object_keys, key=lambda key: key.split("/")[1]):
            image = self.images.get(image_id)
            for object_key in keys:
                yield image, object_key


def is_stray(image, object_key):
    """Tell whether an object belongs to no image and the sweep will not delete it."""
    if image is None:
        return True
    untidy = image.tidy_at if image.state == TRASHED else image.due_at
    return image.is_stored and untidy is None and object_key not in image.own_keys
