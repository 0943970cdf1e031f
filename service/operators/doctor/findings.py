"""Runs checks in order up to the first fault, and returns what they find."""

OK, CONCERN, FAULT = "ok", "concern", "fault"


class Fault(Exception):
    """The service cannot work. The end of the text says what to do."""

    status = FAULT


class Concern(Exception):
    """The service works, but a setting is risky. The end of the text says what to do."""

    status = CONCERN


def run_checks(checks):
    """Yield {"check", "status", "detail"} for each (name, check), up to the first fault.

    A check returns a text about what it found, or raises Fault or Concern.
    """
    for name, check in checks:
        finding = {"check": name, "status": OK}
        try:
            finding["detail"] = check()
        except (Fault, Concern) as error:
            finding |= {"status": error.status, "detail": str(error)}
        yield finding
        if finding["status"] == FAULT:
            return
