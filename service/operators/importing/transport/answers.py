"""What the service answers."""

import email.utils
import json
from datetime import UTC, datetime


class Answer:
    """An answer: its status, headers and JSON; body is {} if it is no JSON object."""

    def __init__(self, response):
        self.status = response.status
        self.headers = response.headers
        try:
            body = json.loads(response.data)
        except ValueError:
            body = None
        self.body = body if isinstance(body, dict) else {}

    @property
    def code(self):
        """The name of the problem's type."""
        return str(self.body.get("type", "")).rpartition("/")[2]

    @property
    def words(self):
        """What the service says of a refusal."""
        rows = self.body.get("errors") or []
        faults = [f"{row.get('field')}: {row.get('message')}" for row in rows]
        detail = self.body.get("detail") or f"HTTP status {self.status}."
        return printable(" ".join([str(detail), *faults]))

    @property
    def retry_after(self):
        """The seconds that Retry-After names, as a number or as a date, or None."""
        text = self.headers.get("Retry-After", "")
        if text.strip().isdigit():
            return int(text)
        moment = moment_of(text)
        return max(0, (moment - datetime.now(UTC)).total_seconds()) if moment else None

    @property
    def date(self):
        """The moment of the answer by the service's clock, or None."""
        return moment_of(self.headers.get("Date", ""))


def moment_of(text):
    """Return the moment of a header's date, or None."""
    try:
        return email.utils.parsedate_to_datetime(text)
    except ValueError:
        return None


def printable(text):
    r"""Return text that does no harm to a terminal: other characters are shown as \x1b."""
    return "".join(letter if letter.isprintable() else ascii(letter)[1:-1] for letter in text)
