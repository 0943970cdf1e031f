"""How much is stored, and how much room is left."""

from service.models.image import READY
from service.models.totals import Totals


class Stats:
    """Tells what a store keeps. images and objects are repositories.

    Some stores keep exact totals (`images.totals`); of others every record must be read.
    """

    def __init__(self, images, objects):
        self.images = images
        self.objects = objects

    def run(self):
        """Return the figures of Totals by name, and `free_bytes`. May read every record."""
        totals = self.images.totals
        return self.figures(totals.read() if totals else counted(self.images.all()))

    def at_once(self):
        """Return the same figures without reading every record, or None if that is impossible."""
        totals = self.images.totals
        return self.figures(totals.read()) if totals else None

    def recount(self):
        """Correct the totals that a store keeps; return how many rows were wrong, or {}."""
        totals = self.images.totals
        return {"totals_corrected": totals.recount()} if totals else {}

    def figures(self, totals):
        """Return the figures. free_bytes: what uploads may still take; None: there is no limit."""
        return totals._asdict() | {"free_bytes": self.objects.free_bytes()}


def counted(images):
    """Return the Totals of all records."""
    numbers, users = [0, 0, 0, 0], set()
    for image in images:
        if image.is_stored:
            start = 0 if image.state == READY else 2
            numbers[start] += 1
            numbers[start + 1] += image.size
            users.add(image.user_id)
    return Totals(*numbers, len(users))
