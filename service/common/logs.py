"""Log lines: one JSON object each, with the request's id and who sent it."""

import json
import logging
import sys
from contextvars import ContextVar
from datetime import UTC, datetime

request_id = ContextVar("request_id", default=None)
# What is known of the request's sender: user_id (of the token), client (the address). Or None.
sender = ContextVar("sender", default=None)

# Made once: making one takes as long as writing a line with it.
ENCODER = json.JSONEncoder(default=str)
# The attributes of every LogRecord; all others come from `extra`.
STANDARD = set(vars(logging.makeLogRecord({}))) | {"message", "asctime"}


class JsonFormatter(logging.Formatter):
    """Format a record as one line of JSON: time, level, event, logger, request_id and the facts.

    The facts are those of the request's sender, then those of the line.
    """

    def format(self, record):
        """Return a record as one line."""
        moment = datetime.fromtimestamp(record.created, UTC).replace(tzinfo=None)
        line = {
            "time": moment.isoformat(timespec="milliseconds") + "Z",
            "level": record.levelname,
            "event": record.getMessage(),
            "logger": record.name,
            "request_id": request_id.get(),
        }
        line |= sender.get() or {}
        line |= {name: value for name, value in vars(record).items() if name not in STANDARD}
        if record.exc_info:
            line["traceback"] = self.formatException(record.exc_info)
        return ENCODER.encode(line)


def add_sender(**facts):
    """Show these facts about its sender on every line of the request from now on."""
    sender.set((sender.get() or {}) | facts)


class StandardError:
    """Writes to the current sys.stderr, which a test or a worker process may replace."""

    def write(self, text):
        """Write the text."""
        sys.stderr.write(text)

    def flush(self):
        """Flush what was written."""
        sys.stderr.flush()


def setup(level):
    """Send the service's log lines to stderr as JSON. Calling it again changes the level only."""
    log = logging.getLogger("service")
    log.setLevel(level)
    log.propagate = False
    if not log.handlers:
        handler = logging.StreamHandler(StandardError())
        handler.setFormatter(JsonFormatter())
        log.addHandler(handler)
