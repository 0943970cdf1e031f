"""What clients were answered in a recorded run, and whether a state of the disk keeps it."""

import json

from service.models.image import PENDING, READY
from tests.support import promises
from tests.support.promises import ANY, GONE, Promises

APPLIED = {
    "trash": lambda _sent: promises.trashed,
    "restore": lambda _sent: promises.restored,
    "delete": lambda _sent: promises.deleted,
    "update": lambda sent: promises.updated(sent["changes"]),
    "put": lambda _sent: completed,
}


def completed(facts):
    """Return what the bytes of a direct upload make of Facts."""
    return facts._replace(state=READY) if facts.state == PENDING else facts


def brief_ids(mark):
    """Return the image_ids that a request moves to the trash for no time."""
    return {*mark.get("image_ids", [mark.get("image_id")])} if mark.get("brief") else set()


class Answers:
    """The marks of a run, one after the other. kept: how many answers there were so far.

    renditions: see known_renditions.
    """

    def __init__(self, marks, renditions):
        self.marks = [json.loads(mark) for mark in marks]
        self.renditions = renditions
        self.promises = Promises()
        self.sent = {}
        self.closing = {}
        self.exported = False
        self.signed = set()
        self.kept = 0
        # Of the whole run. first: which request was the first that told of an image.
        self.first = {}
        self.direct_ids = []
        self.brief_ids = set()
        self.urls = {}
        self.foresee()

    @property
    def ids(self):
        """All image_ids of the run."""
        return self.first.keys()

    def foresee(self):
        """Note what the whole run will have told of."""
        for mark in self.marks:
            self.brief_ids |= brief_ids(mark)
        whats = {mark["number"]: mark["what"] for mark in self.marks if "what" in mark}
        for mark in self.marks:
            answer, what = mark.get("answer"), whats[mark["number"]]
            if "status" not in mark or what not in ("upload", "begin"):
                continue
            if answer["image_id"] not in self.first and what == "upload" and len(self.urls) < 2:
                self.urls[answer["image_id"]] = "/files/" + answer["url"].partition("/files/")[2]
            self.first.setdefault(answer["image_id"], mark["number"])
            if what == "begin":
                self.direct_ids.append(answer["image_id"])

    def add(self, mark):
        """Let a request be sent, or be answered."""
        if "what" in mark:
            self.sent[mark["number"]] = mark
            self.promises.brief |= brief_ids(mark)
            if mark["what"] == "sweep":
                self.promises.swept()
            self.closing[mark["number"]] = self.promised(mark)
            return
        sent = self.sent.pop(mark["number"])
        self.kept += 1
        answer = mark["answer"]
        if sent["what"] in ("upload", "begin"):
            self.promises.shown(answer)
            self.signed |= {answer["image_id"]} & self.urls.keys()
        elif sent["what"] == "export":
            self.exported = True
        rows = answer["results"] if sent["what"] == "batch" else [None]
        for close, row in zip(self.closing.pop(mark["number"]), rows, strict=False):
            close(row["status"] if row else mark["status"], None if row else answer)

    def promised(self, sent):
        """Note what a request may do; return what its answers are given to."""
        image_ids = sent.get("image_ids") or [sent.get("image_id")]
        what = sent.get("action") or sent["what"]
        if what not in APPLIED:
            return []
        return [self.noting(image_id, APPLIED[what](sent)) for image_id in image_ids]

    def noting(self, image_id, apply):
        """Note that a request about an image is sent; return what its answer is given to."""
        answered = self.promises.sent(image_id, apply)
        return lambda status, answer: answered(
            status, answer if answer and "version" in answer else None
        )

    def faults(self, opened):
        """Return how a state of the disk, as an Opened, breaks what was answered so far."""
        possible, faults = self.promises.possible, []
        for image_id, facts in opened.facts.items():
            if image_id in possible:
                if facts not in possible[image_id] and ANY not in possible[image_id]:
                    faults.append(f"{image_id} is {facts}, and not of {possible[image_id]}")
            elif facts != GONE and self.first.get(image_id) not in self.sent:
                faults.append(f"{image_id} is {facts}, and nobody has sent it")
        for image_id in self.signed & self.promises.kept:
            if not opened.urls.get(image_id):
                faults.append(f"a URL of {image_id} that was signed before does not work")
        exporting = any(sent["what"] == "export" for sent in self.sent.values())
        if self.exported and not exporting and not opened.is_exported:
            faults.append("the export is not complete")
        return faults
