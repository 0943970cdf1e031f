"""gunicorn's settings, and hooks that its master and its workers call."""

import contextlib
import ctypes
import os
import resource

from gunicorn.glogging import Logger

from service.metrics import prometheus
from service.running import gunicorn_worker, server
from service.running.several import even_worker
from service.running.several.sweep_turn import SweepTurn

# The service logs each request itself. gunicorn's warnings get the same JSON format.
LOGS = {
    "formatters": {"json": {"()": "service.common.logs.JsonFormatter"}},
    "handlers": {"json": {"class": "logging.StreamHandler", "formatter": "json"}},
    "root": {"level": "WARNING", "handlers": ["json"]},
    "loggers": {"gunicorn.error": {"level": "WARNING", "propagate": True}},
}


class ErrorLog(Logger):
    """gunicorn's log without an access log, whose parts it makes up even where none is written."""

    def access(self, *_request):
        """Write nothing."""


FIXED = {
    "worker_class": "service.running.gunicorn_worker.ImageWorker",
    # Load the app once before the fork: workers share its memory, and a bad setting is reported
    # once. Connections are opened after the fork.
    "preload_app": True,
    # Longer than the idle time of the load balancers in front (60 s).
    "keepalive": 75,
    "graceful_timeout": 30,
    # Seconds without a heartbeat of a worker's main loop. The worker class limits each request.
    "timeout": 60,
    "limit_request_line": 8190,
    "limit_request_fields": 100,
    "limit_request_field_size": 8190,
    # No header and no variable moves a path: by default, gunicorn believes a SCRIPT_NAME header
    # from loopback, and so a client of the proxy could get round the paths that the proxy closes.
    "forwarder_headers": "",
    "header_map": "drop",
    # TRUSTED_PROXIES has the place of gunicorn's FORWARDED_ALLOW_IPS.
    "forwarded_allow_ips": "",
    "secure_scheme_headers": {},
    "raw_env": ["SCRIPT_NAME="],
    # Off, because its file is created in the home folder, which may be read-only.
    "control_socket_disable": True,
    "worker_tmp_dir": "/dev/shm" if os.access("/dev/shm", os.W_OK) else None,
    "accesslog": None,
    "logger_class": ErrorLog,
    "loglevel": "warning",
    "logconfig_dict": LOGS,
}

# Files and connections that a worker may have open; what it opens for itself.
MOST_FILES = 65536
MOST_CONNECTIONS = 5000
LEAST_CONNECTIONS = 32
OWN_FILES = 64

# In malloc.h.
M_MMAP_THRESHOLD, M_ARENA_MAX = -3, -8
LARGE_BYTES = 1 << 20


def new_settings(settings):
    """Return gunicorn's settings and hooks by name. With METRICS=1 make the metrics' folder."""
    hooks = (on_starting, when_ready, pre_fork, post_fork, post_worker_init, child_exit)
    if settings.metrics:
        prometheus.share_folder()
        hooks += (on_exit,)
    return FIXED | {
        "bind": settings.bind_address,
        "worker_connections": most_connections(raise_descriptor_limit(), settings.threads),
        "workers": settings.workers,
        "threads": settings.threads,
        **{hook.__name__: hook for hook in hooks},
    }


def raise_descriptor_limit():
    """Raise how many files the server may have open as far as allowed; return how many."""
    soft, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = MOST_FILES if most == resource.RLIM_INFINITY else min(most, MOST_FILES)
    with contextlib.suppress(OSError, ValueError):
        resource.setrlimit(resource.RLIMIT_NOFILE, (max(soft, wanted), most))
    return resource.getrlimit(resource.RLIMIT_NOFILE)[0]


def most_connections(files, threads):
    """Return how many connections a worker keeps when it may have so many files open.

    Each connection may need a second one, for the file that is sent or received; a thread that
    works needs three for its store.
    """
    return max(LEAST_CONNECTIONS, min(MOST_CONNECTIONS, (files - OWN_FILES - 3 * threads) // 2))


def app_of(arbiter):
    """Return the app that gunicorn's master has loaded."""
    return arbiter.app.wsgi()


def on_starting(arbiter):
    """Check port and store in gunicorn's master before it listens. An error ends the process."""
    arbiter.held_file = server.prepare(app_of(arbiter))
    limit_heaps()
    # The pipe's writing end closes when the master ends in any way; the workers notice it.
    arbiter.lifeline = os.pipe()
    arbiter.counts = even_worker.new_counts(app_of(arbiter).extensions["seat"].count)
    arbiter.sweep_turn = SweepTurn(FIXED["worker_tmp_dir"])
    gunicorn_worker.keep_stop_signals()


def limit_heaps():
    """Let malloc give back the memory of large uploads as soon as they end.

    By mallopt(3) of glibc; other C libraries have no such settings. All threads share two heaps,
    because each heap keeps memory of large uploads. Large blocks lie outside of the heaps; without
    a fixed size, the first large block that is freed would raise the size from which this is so.
    """
    with contextlib.suppress(AttributeError):
        mallopt = ctypes.CDLL(None).mallopt
        mallopt(M_ARENA_MAX, 2)
        mallopt(M_MMAP_THRESHOLD, LARGE_BYTES)


def when_ready(arbiter):
    """Announce that the server is up."""
    server.announce(app_of(arbiter))


def pre_fork(arbiter, worker):
    """Give the worker that is forked next a number that no other one has."""
    seat = app_of(arbiter).extensions["seat"]
    worker.seat = seat.move(other.seat for other in arbiter.WORKERS.values())
    worker.counts = arbiter.counts


def post_fork(arbiter, worker):
    """Close in a new worker the files that belong to the master."""
    worker.sweep_turn = arbiter.sweep_turn
    worker.lifeline, writing_end = arbiter.lifeline
    os.close(writing_end)
    if arbiter.held_file:
        arbiter.held_file.close()


def post_worker_init(worker):
    """Start the thread of a worker that sweeps the store, if the store needs it.

    In one worker at a time: when that ends, another takes over.
    """
    server.start_sweeping(worker.wsgi, worker.sweep_turn.wait)


def child_exit(arbiter, worker):
    """Wait no more for a worker that has ended; remove its gauges, its counts stay."""
    arbiter.counts[worker.seat] = even_worker.NOBODY
    if app_of(arbiter).extensions["settings"].metrics:
        prometheus.end_process(worker.pid)


def on_exit(_arbiter):
    """Remove the files of the metrics."""
    prometheus.remove_figures()
