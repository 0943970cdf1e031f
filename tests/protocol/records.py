"""The record of the model, and the objects that belong to it.

An object is a bit: the original of a nonce, and beside it one for each program that may make its
rendition, because each makes other bytes; only one of these is there at a time. The thumb and the
large one share these bits: nothing treats their keys differently, only a thumb is ever named.
"""

from collections import namedtuple

ABSENT, PENDING, READY, TRASHED, DELETING = "absent", "pending", "ready", "trashed", "deleting"
# The states of an image that has its bytes, and counts.
KEPT = (READY, TRASHED)
NO, LATER, NOW, THE_END = "no", "later", "now", "the end"

# many: more than one attempt worked on it. bury: the nonce of its delete. key: the nonce in its
# object's key, from when it was ready; that of a direct upload's completion is not the record's.
# charged: a pending direct upload whose place in the quota is counted. doc: a bit for the maker of
# the thumb that it names, and one for each tag. listed: the lists that it is in, a bit each: those
# of its tags, of all images, of the trash. tidy, purge: while trashed, when it is due for other
# attempts' objects (the `due` of the ready record), and when it is to be purged.
Record = namedtuple(
    "Record",
    "state nonce due many bury swept key charged doc listed revision tidy purge",
    defaults=(0, False, 0, 0, 0, NO, NO),
)
NOTHING = Record(ABSENT, 0, NO, False, 0, False)

# The bits of an attempt's objects are this far apart: the original's is the first one.
STEP = 16
ORIGINAL, UPLOADED, MAKERS = 0, 1, 8
OWN = sum(1 << STEP * maker for maker in range(MAKERS))
# The bits of a doc's tags, which are those of their lists; that of a tag which an image has before
# any change; and two more lists.
TAGS = ~0 << MAKERS
TAG = 1 << MAKERS + MAKERS
ALL_IMAGES, THE_TRASH = 1, 2


def lists(record):
    """Return the lists that a record has to be in."""
    if record.state == READY:
        return ALL_IMAGES | record.doc & TAGS
    return THE_TRASH if record.state == TRASHED else 0


def counted(record):
    """Return how many places of the quota a record takes."""
    return int(record.state in KEPT or record.charged)


def object_key(nonce, maker=ORIGINAL):
    """Return the bit of an attempt's original, or of its rendition as a program makes it."""
    return 1 << nonce + STEP * maker


def own_key(record):
    """Return the key of the original of an image that is kept."""
    return object_key(record.key) if record.state in KEPT else 0


def own_keys(record):
    """Return every key that the objects of an image that is kept may have."""
    return OWN << record.key if record.state in KEPT else 0


def named_keys(record):
    """Return the keys of the objects that a record promises: its original, a named thumb."""
    makers = [maker for maker in range(MAKERS) if record.doc >> maker & 1]
    return sum((object_key(record.key, maker) for maker in makers), own_key(record))
