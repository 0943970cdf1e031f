"""What is in a bag's payload and not in its records: old originals, and files of others."""

import os
import re
import unicodedata

from service.operators.bags import layout
from service.repositories.embedded.folders import flush_folder

ORIGINAL = re.compile(r"-([0-9a-f]{32})(\.[A-Za-z0-9]{1,5})?\Z")


class Leftovers:
    """Removes from a BagFolder the originals that its index does not name.

    removed: how many images are no longer in the bag. foreign: how many files an export did not
    write; they stay, and say(line) tells the operator of each.
    """

    def __init__(self, bag, index, say):
        self.bag = bag
        self.index = index
        self.say = say
        self.removed = 0
        self.foreign = 0

    def remove(self):
        """Remove the leftovers, on disk when it returns."""
        self.clean(self.bag.root / layout.PAYLOAD)

    def clean(self, folder):
        """Clean a folder and those in it; tell whether nothing was left of it."""
        changed = False
        # Not a list of the names: one folder may have a million.
        with os.scandir(folder) as entries:
            for entry in entries:
                if entry.is_dir(follow_symlinks=False):
                    changed |= self.clean(entry.path)
                else:
                    changed |= self.judge(entry.path, entry.name)
        if changed:
            flush_folder(folder)
        try:
            os.rmdir(folder)
        except OSError:
            return False
        return True

    def judge(self, path, name):
        """Remove a file if it is a leftover; tell whether the folder has changed."""
        # Some file systems of Apple's tell names in another form than they were given.
        inside = unicodedata.normalize("NFC", os.path.relpath(path, self.bag.root))
        if inside == layout.RECORDS:
            return False
        found = ORIGINAL.search(name)
        if not found or not inside.startswith(f"{layout.USERS}/"):
            self.foreign += 1
            self.say(f"{path} is not of this export, and the bag is not valid with it: remove it.")
            return False
        named = self.index.path_of(found[1])
        if named == inside:
            return False
        if named and is_same_entry(path, self.bag.root / named):
            os.rename(path, self.bag.root / named)
        else:
            os.unlink(path)
            self.removed += not named
        return True


def is_same_entry(path, target):
    """Tell whether two paths are one name, on a file system that does not see their difference.

    Two links to one file are two names.
    """
    try:
        same = os.path.samefile(path, target)
    except FileNotFoundError:
        return False
    return same and target.name not in os.listdir(target.parent)
