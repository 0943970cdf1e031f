"""gunicorn's settings, and what its master and workers do besides serving."""

import contextlib
import ctypes
import os

from service.metrics import prometheus
from service.running import gunicorn_worker, server

# The service logs each request itself; gunicorn's warnings take the same shape.
LOGS = {
    "formatters": {"json": {"()": "service.common.logs.JsonFormatter"}},
    "handlers": {"json": {"class": "logging.StreamHandler", "formatter": "json"}},
    "root": {"level": "WARNING", "handlers": ["json"]},
    "loggers": {"gunicorn.error": {"level": "WARNING", "propagate": True}},
}
FIXED = {
    "worker_class": "service.running.gunicorn_worker.ImageWorker",
    # One copy in memory, and a bad setting is told once. Connections are opened after the fork.
    "preload_app": True,
    # Longer than the idle time of the load balancers in front (60 s).
    "keepalive": 75,
    "graceful_timeout": 30,
    # How long a worker's main loop may hang; the worker class limits the time of a request.
    "timeout": 60,
    "limit_request_line": 8190,
    "limit_request_fields": 100,
    "limit_request_field_size": 8190,
    # It would lie in the home folder, which may be read-only.
    "control_socket_disable": True,
    "worker_tmp_dir": "/dev/shm" if os.access("/dev/shm", os.W_OK) else None,
    "accesslog": None,
    "loglevel": "warning",
    "logconfig_dict": LOGS,
}


def new_settings(settings):
    """Return gunicorn's settings and hooks by name. With metrics: gives them a folder."""
    hooks = (on_starting, when_ready, post_fork, post_worker_init)
    if settings.metrics:
        prometheus.share_folder()
        hooks += (child_exit, on_exit)
    return FIXED | {
        "bind": settings.bind_address,
        "workers": settings.workers,
        "threads": settings.threads,
        **{hook.__name__: hook for hook in hooks},
    }


def app_of(arbiter):
    """Return the app that gunicorn's master has loaded."""
    return arbiter.app.wsgi()


def on_starting(arbiter):
    """Check port and store in gunicorn's master before it listens; a fault ends it with a line."""
    arbiter.held_file = server.prepare(app_of(arbiter))
    limit_arenas()
    # Its writing end closes with the master, however that ends, and its workers see it.
    arbiter.lifeline = os.pipe()
    gunicorn_worker.keep_stop_signals()


def limit_arenas():
    """Let threads share two of malloc's heaps: one each would keep what large uploads left there.

    M_ARENA_MAX of glibc's mallopt(3); other C libraries have no such thing.
    """
    with contextlib.suppress(AttributeError):
        ctypes.CDLL(None).mallopt(-8, 2)


def when_ready(arbiter):
    """Say that the server is up."""
    server.announce(app_of(arbiter))


def post_fork(arbiter, worker):
    """Leave the master's own files in a worker just forked: they must close with the master."""
    worker.lifeline, writing_end = arbiter.lifeline
    os.close(writing_end)
    if arbiter.held_file:
        arbiter.held_file.close()


def post_worker_init(worker):
    """Let a worker sweep the store, if the store wants it."""
    server.start_sweeping(worker.wsgi)


def child_exit(_arbiter, worker):
    """Keep the counts of a worker that has ended, and nothing else of it."""
    prometheus.end_process(worker.pid)


def on_exit(_arbiter):
    """Remove the figures."""
    prometheus.remove_figures()
