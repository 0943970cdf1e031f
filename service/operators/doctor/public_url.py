"""PUBLIC_URL: whether this service answers there."""

import json
from urllib.parse import urlsplit

from service.operators.doctor.findings import Concern, Fault
from service.operators.doctor.visits import Unreachable, visit


def check_public_url(public_url):
    """See that the service answers at PUBLIC_URL, as its users ask it."""
    try:
        answer = visit(f"{public_url}/health")
    except Unreachable as error:
        raise Fault(
            f"Nobody answers at PUBLIC_URL={public_url} ({error}): start the proxy there, or set "
            "another PUBLIC_URL. For a certificate of your own set SSL_CERT_FILE."
        ) from error
    if not is_health(answer):
        raise Fault(f"PUBLIC_URL={public_url} is wrong: {reason(public_url, answer)}")
    reached = answer.url.removesuffix("/health")
    if reached != public_url:
        raise Concern(
            f"PUBLIC_URL={public_url} leads on to {reached}: an upload cannot follow it, so set "
            f"PUBLIC_URL={reached}."
        )
    return f"the service answers at {public_url}"


def reason(public_url, answer):
    """Return why another answer than the service's came, and what to do."""
    prefix = urlsplit(public_url).path
    if prefix and body(answer).get("instance") == f"{prefix}/health":
        return f"the proxy passes {prefix} on. Let it remove that from the path."
    if prefix and answers(public_url.removesuffix(prefix)):
        return (
            f"the service answers there without {prefix}. Leave that out, or let the proxy add it."
        )
    return (
        f"something else answers there, with status {answer.status}. Correct the host, the port "
        "and the path, or lead the proxy to this service."
    )


def answers(root):
    """Tell whether a service of this kind answers under a root."""
    try:
        return is_health(visit(f"{root}/health"))
    except Unreachable:
        return False


def is_health(answer):
    """Tell whether an answer is that of /health."""
    return answer.status == 200 and body(answer).get("status") == "ok"


def body(answer):
    """Return the JSON object of an answer; an empty one if it is none."""
    try:
        found = json.loads(answer.body)
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}
