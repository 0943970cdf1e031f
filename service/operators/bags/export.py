"""The export: writes the images of a store to a bag, or brings a bag up to date."""

import os
import sqlite3
import time
from contextlib import closing
from pathlib import Path

from service.common.errors import StorageUnavailable
from service.operators.bags import layout, tags
from service.operators.bags.faults import BagFault
from service.operators.bags.folder import BagFolder, unwritable
from service.operators.bags.index import Index
from service.operators.bags.leftovers import Leftovers
from service.operators.bags.originals import ATTEMPTS, COPIED, FAILED, KEPT, SKIPPED, Originals
from service.operators.bags.several_at_once import results
from service.repositories.embedded.folders import flush_folder

# After so many originals in a row that a store does not give, it will not give the others either.
MOST_FAULTS = 20


class Export:
    """Writes the images of a store to a folder; user_id: only those of one user.

    say(line) tells the operator what is wrong. watch(iterable, label, length) shows progress.
    pause_seconds: until a store that failed is asked again.
    """

    def __init__(self, store, root, user_id=None, *, say, watch, pause_seconds=1):
        self.store = store
        self.bag = BagFolder(Path(root).absolute())
        self.user_id = user_id
        self.say = say
        self.watch = watch
        self.pause_seconds = pause_seconds
        self.originals = Originals(store, self.bag, pause_seconds)
        self.figures = dict.fromkeys((COPIED, KEPT, "removed", SKIPPED, FAILED), 0)

    def run(self, update=False):
        """Write the bag, with `update` also one that is complete; return figures.

        Raises BagFault or StorageUnavailable.
        """
        self.require_store()
        try:
            with self.bag.locked():
                self.bag.require(self.user_id, update)
                with self.bag.working(), closing(Index(self.bag.work / "index.db")) as index:
                    self.fill(index)
                    return self.write(index)
        except (OSError, sqlite3.Error) as error:
            raise unwritable(error) from error

    def require_store(self):
        """Raise BagFault if there is no store, or if the folder is one of its own."""
        if not self.store.is_there():
            raise BagFault(f"There are no images in {self.store.place()}: look at the settings.")
        own, root = self.store.own_folder, self.bag.root.resolve()
        if own and root.is_relative_to(own.resolve()):
            raise BagFault(f"{own} belongs to the store: export to another folder.")

    def fill(self, index):
        """Fill the index with the records of the bag and of the store. Raises BagFault."""
        for path, image in self.bag.images():
            index.add_before(path, image)
        for attempt in range(1, ATTEMPTS + 1):
            try:
                self.read_records(index)
                break
            except StorageUnavailable:
                if attempt == ATTEMPTS:
                    raise
            time.sleep(attempt * self.pause_seconds)
        self.require_own_images(index)

    def require_own_images(self, index):
        """Raise BagFault if the settings seem wrong, so that they do not empty a bag."""
        # A store that was restored elsewhere has another identity, but the same images. An emulator
        # that has lost its images has the same identity, but no images.
        is_own = self.bag.info().get(layout.STORE_LABEL) == self.store.identity()
        if index.has_none_of_before() and not (is_own and index.count()):
            raise BagFault(
                f"None of the images in {self.bag.root} is in {self.store.place()}, so this export "
                "would remove them all: look at the settings, or export to another folder."
            )

    def read_records(self, index):
        """Add the ready and trashed images of the store to the index."""
        # Not a list by user: on DynamoDB that is an index a moment behind, without all fields.
        for image in self.watch(self.store.images.all(), "Records", None):
            if image.is_stored and self.user_id in (None, image.user_id):
                index.add(image)

    def write(self, index):
        """Write the bag of an index; return figures.

        New originals first and old ones removed last: at every moment the records in the bag name
        only files that are there.
        """
        if not self.bag.is_complete():
            tags.begin(self.bag, self.user_id, self.store.identity())
        self.bring(index)
        images, trashed, size = tags.complete(self.bag, index, self.user_id, self.store.identity())
        leftovers = Leftovers(self.bag, index, self.say)
        leftovers.remove()
        self.figures["removed"] = leftovers.removed
        self.figures[FAILED] += leftovers.foreign
        return {"images": images, "trashed": trashed} | self.figures | {"bytes": size}

    def bring(self, index):
        """Bring the originals into the bag; leave out of the index what cannot be had."""
        folder, faults = None, 0
        with closing(self.outcomes(index)) as outcomes:
            for outcome in self.watch(outcomes, "Images", index.count()):
                self.account(outcome, index)
                faults = faults + 1 if outcome.is_fault else 0
                if faults == MOST_FAULTS:
                    raise BagFault(f"The store does not answer: {outcome.reason}. Try again later.")
                # Also where nothing was copied: an export that was killed may not have done it.
                now = os.path.dirname(outcome.entry.path)
                if folder not in (None, now):
                    self.flush(folder)
                folder = now
        if folder:
            self.flush(folder)

    def outcomes(self, index):
        """Yield the Outcome of each entry, in their order."""
        return results(self.originals.bring, ((entry,) for entry in index.entries()))

    def account(self, outcome, index):
        """Count an outcome; leave out of the index an image whose original is not in the bag."""
        path = outcome.entry.path
        self.figures[outcome.name] += 1
        if outcome.name in (FAILED, SKIPPED):
            index.leave_out(path)
        if outcome.name == FAILED:
            self.say(f"Not exported: image {outcome.entry.image_id} ({path}): {outcome.reason}.")

    def flush(self, folder):
        """Flush the names in a folder of originals, and those of the folders above, to disk."""
        path = self.bag.root / folder
        while path != self.bag.root:
            # There is none if every image in it was left out.
            if path.is_dir():
                flush_folder(path)
            path = path.parent
