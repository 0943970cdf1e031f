"""gunicorn's settings; what is checked before the start is in service/running/server.py."""

import os
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))

from service.metrics import prometheus  # noqa: E402
from service.running import gunicorn_worker, server  # noqa: E402

settings = server.load_settings()
if settings.metrics:
    prometheus.share_folder()

bind = settings.bind_address
worker_class = "service.running.gunicorn_worker.ImageWorker"
workers = settings.workers
threads = settings.threads
# One copy in memory, and a bad setting is told once. Connections are opened after the fork.
preload_app = True
# Longer than the idle time of the load balancers in front (60 s).
keepalive = 75
graceful_timeout = 30
# The pulse of a worker's main loop; the time of a request is the worker class's business.
timeout = 60
limit_request_line = 8190
limit_request_fields = 100
limit_request_field_size = 8190
# It would lie in the home folder, which may be read-only.
control_socket_disable = True
worker_tmp_dir = "/dev/shm" if os.access("/dev/shm", os.W_OK) else None
# The service logs each request itself; gunicorn's warnings take the same shape.
accesslog = None
loglevel = "warning"
logconfig_dict = {
    "formatters": {"json": {"()": "service.common.logs.JsonFormatter"}},
    "handlers": {"json": {"class": "logging.StreamHandler", "formatter": "json"}},
    "root": {"level": "WARNING", "handlers": ["json"]},
    "loggers": {"gunicorn.error": {"level": "WARNING", "propagate": True}},
}


def on_starting(arbiter):
    """Check port and store before anything listens."""
    server.prepare(arbiter)
    gunicorn_worker.keep_stop_signals()


def when_ready(arbiter):
    """Say that the server is up."""
    server.announce(server.app_of(arbiter))


def post_fork(arbiter, worker):
    """Turn a copy of the master into a worker."""
    server.enter_worker(arbiter, worker)


def post_worker_init(worker):
    """Give the embedded store its sweep."""
    server.start_sweeping(worker.wsgi)


def child_exit(_arbiter, worker):
    """Keep a dead worker's counts, and no more of it."""
    if settings.metrics:
        prometheus.end_process(worker.pid)


def on_exit(_arbiter):
    """Leave no figures behind."""
    if settings.metrics:
        prometheus.remove_figures()
