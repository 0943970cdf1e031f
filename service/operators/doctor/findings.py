"""What the checks find, in their order, up to the first fault."""

OK, CONCERN, FAULT = "ok", "concern", "fault"


class Fault(Exception):
    """Something keeps the service from working; the text ends in what to do."""

    status = FAULT


class Concern(Exception):
    """The service works, but not as one should want it to; the text ends in what to do."""

    status = CONCERN


def examine(checks):
    """Yield {"check", "status", "detail"} of each (name, check); what follows a fault is left out.

    A check returns what it saw, in words, or raises Fault or Concern.
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
