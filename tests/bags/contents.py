"""What is in a bag, and whether the common validator finds it right."""

import json
import os
import stat

import bagit

from service.operators.bags import layout

NAMES = {layout.BAGIT, layout.BAG_INFO, layout.MANIFEST, layout.TAG_MANIFEST, layout.PAYLOAD}


def require_valid(folder):
    """Require that anyone's validator finds a bag complete and right, with nothing left over."""
    bagit.Bag(str(folder)).validate()
    assert {path.name for path in folder.iterdir()} == NAMES
    for path in folder.rglob("*"):
        assert stat.S_IMODE(os.stat(path).st_mode) == (0o700 if path.is_dir() else 0o600)


def lines_of(folder):
    """Return the records of a bag."""
    text = (folder / layout.RECORDS).read_text()
    return [json.loads(line) for line in text.split("\n") if line]


def originals_of(folder):
    """Return the paths of the originals in a bag."""
    paths = (folder / layout.USERS).rglob("*")
    return sorted(str(path.relative_to(folder)) for path in paths if path.is_file())
