"""The restore: brings the images of a bag back into a store."""

import collections
import logging
import time
from contextlib import closing
from pathlib import Path

from service.business.upkeep.recovery import FAILED, Outcome
from service.common.errors import StorageFull, StorageUnavailable
from service.operators.bags import layout
from service.operators.bags.faults import BagFault
from service.operators.bags.several_at_once import results
from service.operators.bags.source import SourceBag, UnreadableFile, image_of, lines_of

log = logging.getLogger(__name__)

# How long a store that failed is given, in seconds, before each other try.
PAUSES = (1, 4)
# After so many images in a row at which the store failed, it will not take the others either.
MOST_FAULTS = 20
OUTCOMES = ("restored", "present", "deleted", "expired", "different", "damaged", "malformed",
            "busy", FAILED)  # fmt: skip
# These are missing in the store although the bag names them: the exit code is 1.
MISSING = ("different", "damaged", "malformed", "busy", FAILED)

# name: what stands for the image in a remark. is_fault: the store failed.
Result = collections.namedtuple("Result", "name outcome is_fault", defaults=(False,))


class Restore:
    """Brings back the images of a bag.

    recovery brings back one of them; verified: the bag's manifests must fit; say(line) tells the
    operator what was not brought back; watch(iterable, label, length) shows progress; pauses: as
    PAUSES.
    """

    def __init__(self, recovery, root, *, verified=True, say, watch, pauses=PAUSES):
        self.recovery = recovery
        self.bag = SourceBag(Path(root).absolute(), verified=verified)
        self.say = say
        self.watch = watch
        self.pauses = pauses
        self.figures = dict.fromkeys(OUTCOMES, 0)

    def run(self):
        """Bring back what is missing; return how many images had each of OUTCOMES.

        Raises BagFault, or StorageUnavailable if the store is full or does not answer.
        """
        with self.bag.opened() as records:
            count = sum(1 for _ in lines_of(records))
            records.seek(0)
            faults = 0
            with closing(results(self.restore, enumerate(lines_of(records), 1))) as outcomes:
                for result in self.watch(outcomes, "Images", count):
                    self.account(result)
                    faults = faults + 1 if result.is_fault else 0
                    if faults == MOST_FAULTS:
                        raise BagFault(
                            f"The store does not answer: {result.outcome.reason} Run the command "
                            "again when it does; what is restored stays."
                        )
        log.info("restore ended", extra=self.figures)
        return self.figures

    def restore(self, number, line):
        """Bring back the image of a line; return the Result. Raises StorageFull."""
        try:
            path, image = image_of(line)
        except layout.UnreadableLine as error:
            reason = f"The line is not one of an export: {error}."
            return Result(f"line {number}", Outcome("malformed", reason))
        name = f"image {image.image_id}"
        try:
            with self.bag.original(path, image) as file:
                return Result(name, self.recover(image, file))
        except UnreadableFile as error:
            return Result(name, Outcome("damaged", f"{path}: {error}."))
        except StorageFull:
            raise
        except StorageUnavailable as error:
            reason = f"{error.detail} {error.facts or ''}".strip()
            return Result(name, Outcome(FAILED, reason), is_fault=True)

    def recover(self, image, file):
        """Bring back an image; where the store fails, try again after each of the pauses."""
        for seconds in self.pauses:
            try:
                return self.recovery.recover(image, file)
            except StorageFull:
                raise
            except StorageUnavailable:
                time.sleep(seconds)
        return self.recovery.recover(image, file)

    def account(self, result):
        """Count a result, and say what was not brought back."""
        word, reason = result.outcome
        self.figures[word] += 1
        if reason:
            self.say(f"Not restored ({word}): {result.name}: {reason}")
