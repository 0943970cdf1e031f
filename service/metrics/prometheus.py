"""Metrics for Prometheus, summed over all processes that share a folder of figures."""

import contextlib
import functools
import os
import tempfile
from pathlib import Path

from service.metrics.stored_gauges import PREFIX, StoredGauges

# prometheus_client reads this variable when it is imported.
FOLDER = "PROMETHEUS_MULTIPROC_DIR"
TEMPORARY = "image-service-metrics-"
# The size with which a file of figures begins.
FILE_BYTES = 1 << 16

# Rows: attribute of the recorder, kind, name, meaning, labels.
METRICS = (
    ("requests", "Histogram", "http_request_duration_seconds",
     "Requests answered, how long each took.", "method", "route", "status"),
    ("body_bytes", "Counter", "http_request_body_bytes_total", "Bytes of bodies received.",
     "route"),
    ("uploads", "Counter", "uploads_total", "Uploads: stored, or the problem that refused them.",
     "outcome"),
    ("renditions", "Histogram", "rendition_duration_seconds",
     "Renditions made, how long each took.", "rendition", "when"),
    ("rendition_failures", "Counter", "rendition_failures_total",
     "Renditions that could not be made.", "rendition", "when"),
    ("store_calls", "Histogram", "store_call_duration_seconds",
     "Calls of the stores, how long each took.", "store", "operation"),
    ("store_errors", "Counter", "store_errors_total", "Calls that a store did not answer.", "store",
     "operation"),
    ("fallbacks", "Counter", "fast_path_fallbacks_total",
     "Operations that the fast path left to the AWS SDK until the process ends.", "operation"),
)  # fmt: skip


def share_folder():
    """Set the folder that this process and its children share. Must run before any count."""
    if FOLDER not in os.environ:
        os.environ[FOLDER] = tempfile.mkdtemp(prefix=TEMPORARY)
    reserve_files()


def end_process(number):
    """Remove the gauges of a child process that has ended; its counts stay."""
    from prometheus_client import multiprocess

    multiprocess.mark_process_dead(number)


def remove_figures():
    """Remove the figures, and share_folder's folder: the next start counts from zero."""
    folder = Path(os.environ[FOLDER])
    for file in folder.glob("*.db"):
        file.unlink(missing_ok=True)
    if folder.name.startswith(TEMPORARY):
        folder.rmdir()


def reserve_files():
    """Let prometheus_client write only to files that have their room on the disk.

    It maps files with holes: on a full disk, writing to a hole kills the process (SIGBUS).
    """
    from prometheus_client import values
    from prometheus_client.mmap_dict import MmapedDict

    class ReservedFile(MmapedDict):
        """A file of figures. Raises OSError when there is no room."""

        def __init__(self, path):
            fill(path, FILE_BYTES)
            super().__init__(path)

        def _init_value(self, key):
            # More than an entry takes. The file doubles when it is full.
            if self._used + 4 * len(key) + 64 > self._capacity:
                fill(self._fname, 2 * self._capacity)
            super()._init_value(key)

    values.MmapedDict = ReservedFile


def fill(path, size):
    """Write zeros at the end of a file until it has a size. Raises OSError."""
    with open(path, "ab", buffering=0) as file:
        while file.tell() < size:
            file.write(bytes(size - file.tell()))


def uncounted_without_room(record):
    """Leave out a figure for which the folder has no room: no request fails because of it."""

    @functools.wraps(record)
    def attempt(*args, **kwargs):
        with contextlib.suppress(OSError):
            record(*args, **kwargs)

    return attempt


class PrometheusRecorder:
    """Counts and times requests, uploads and calls; `page` returns the figures as text."""

    def __init__(self):
        # Imported here, because it takes 30 ms.
        import prometheus_client

        self.registry = prometheus_client.CollectorRegistry()
        for attribute, kind, name, meaning, *labels in METRICS:
            new = getattr(prometheus_client, kind)
            setattr(self, attribute, new(PREFIX + name, meaning, labels, registry=self.registry))

    @uncounted_without_room
    def request_served(self, method, route, status, *, seconds, body_bytes):
        """Record an answered request."""
        self.requests.labels(method, route, status).observe(seconds)
        self.body_bytes.labels(route).inc(body_bytes)

    @uncounted_without_room
    def upload_ended(self, outcome):
        """Record how an upload ended."""
        self.uploads.labels(outcome).inc()

    @uncounted_without_room
    def store_called(self, store, operation, *, seconds, failed):
        """Record one call of a store."""
        self.store_calls.labels(store, operation).observe(seconds)
        self.store_errors.labels(store, operation).inc(failed)

    @uncounted_without_room
    def rendition_ended(self, name, when, *, seconds, failed):
        """Record a rendition that was made or could not be made."""
        if failed:
            self.rendition_failures.labels(name, when).inc()
        else:
            self.renditions.labels(name, when).observe(seconds)

    @uncounted_without_room
    def fast_path_left(self, operation):
        """Count an operation that has left the fast path for the SDK."""
        self.fallbacks.labels(operation).inc()

    def page(self, stored=None):
        """Return (text, content type) for Prometheus. stored: figures for gauges, or None."""
        from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, generate_latest

        registry = self.registry
        if FOLDER in os.environ:
            registry = CollectorRegistry()
            registry.register(SharedFigures(Path(os.environ[FOLDER])))
        text = generate_latest(registry)
        if stored:
            gauges = CollectorRegistry()
            gauges.register(StoredGauges(stored))
            text += generate_latest(gauges)
        return text, CONTENT_TYPE_LATEST


class SharedFigures:
    """The sums over all processes that share a folder of figures."""

    def __init__(self, folder):
        self.folder = folder

    def collect(self):
        """Return the metrics of all files that hold figures."""
        from prometheus_client.multiprocess import MultiProcessCollector

        # A process creates its file empty and gives it a length a moment later; one that is
        # killed in between leaves it empty for good.
        files = [str(file) for file in self.folder.glob("*.db") if file.stat().st_size]
        return MultiProcessCollector.merge(files)
