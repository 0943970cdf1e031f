"""One run of the import: the threads that upload, and the thread that tells of it."""

import queue
import threading

from service.operators.importing.outcomes import (
    DUPLICATE,
    FAILED,
    KEPT,
    LEFT,
    Outcome,
    readable,
)
from service.operators.importing.plan import Plan
from service.operators.importing.transport.pace import Stopped
from service.operators.importing.transport.service_client import FileLost, NoAnswer

# How often the progress is drawn, and how long uploads may take to end after Ctrl-C, in seconds.
DRAW_SECONDS = 0.2
END_SECONDS = 2


class Session:
    """Brings files into the service.

    uploader: an Uploader. pace: the Pace of its requests. jobs: how many threads.
    """

    def __init__(self, uploader, pace, files, *, jobs):
        self.uploader = uploader
        self.pace = pace
        self.plan = Plan(files)
        self.undone = dict.fromkeys(files)
        self.results = queue.SimpleQueue()
        self.reason = None
        self.fault = None
        # By thread: the file that it is sending.
        self.current = {}
        self.threads = [
            threading.Thread(target=self.work, args=(number,), daemon=True)
            for number in range(jobs)
        ]

    def run(self, take, draw):
        """Bring all files. take(file, Outcome): called for each; draw(): now and then.

        Returns why the run ended early, or None. What a thread did not expect is raised here.
        """
        for thread in self.threads:
            thread.start()
        try:
            while self.is_running:
                self.collect(take, DRAW_SECONDS)
                draw()
        finally:
            self.end(take)
        if self.fault:
            raise self.fault
        return self.reason

    @property
    def is_running(self):
        """Whether there are threads that have more to do."""
        return not self.pace.ended.is_set() and any(map(threading.Thread.is_alive, self.threads))

    def end(self, take):
        """Let the uploads under way end if they soon do; call the others left for another run."""
        self.pace.ended.set()
        for thread in self.threads:
            thread.join(END_SECONDS / len(self.threads))
        self.collect(take, 0)
        for file in list(self.undone):
            self.undone.pop(file)
            take(file, Outcome(LEFT))

    def collect(self, take, seconds):
        """Take the results that are there; wait at most so long for the first."""
        try:
            file, outcome = self.results.get(timeout=seconds)
            while True:
                if file in self.undone:
                    self.undone.pop(file)
                    take(file, outcome)
                file, outcome = self.results.get_nowait()
        except queue.Empty:
            return

    def work(self, number):
        """Bring one picture after the other; what a thread does."""
        try:
            while not self.pace.ended.is_set() and (files := self.plan.next(self.tell)):
                self.current[number] = files[0]
                self.bring(files)
        except Stopped as error:
            self.stop(str(error))
        except Exception as error:
            self.fault = error
            self.stop(str(error))
        finally:
            self.current.pop(number, None)

    def bring(self, files):
        """Bring a picture, and tell the outcome for each of its files. Raises Stopped."""
        while files:
            first, *others = files
            try:
                outcome = self.uploader.bring(files)
            except FileLost as error:
                # Another file may have the same bytes, still.
                self.tell(first, Outcome(FAILED, str(error)))
                files = others
                continue
            except NoAnswer as error:
                outcome = Outcome(FAILED, str(error))
            self.tell(first, outcome)
            for file in others:
                self.tell(file, of_duplicate(outcome, first))
            return

    def tell(self, file, outcome):
        """Hand a result to the thread that tells of it."""
        file.sent = 0
        self.results.put((file, outcome))

    def stop(self, reason):
        """End the run early."""
        self.reason = self.reason or reason
        self.pace.ended.set()

    @property
    def sending(self):
        """How many bytes of unfinished files have been sent."""
        return sum(file.sent for file in list(self.current.values()))


def of_duplicate(outcome, first):
    """Return the Outcome of a further file with the same bytes."""
    kept = outcome.outcome in KEPT
    return Outcome(
        DUPLICATE if kept else outcome.outcome,
        f"The same picture as {readable(first.path)}." if kept else outcome.detail,
        image_id=outcome.image_id,
        sha256=outcome.sha256,
        tags=outcome.tags,
    )
