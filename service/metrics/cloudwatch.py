"""Metrics for CloudWatch: a log line per request in the embedded metric format."""

import logging
import time

log = logging.getLogger(__name__)
# INFO whatever LOG_LEVEL says, because the metrics are log lines.
log.setLevel(logging.INFO)

NAMESPACE = "image-service"
UNITS = {
    "RequestMilliseconds": "Milliseconds",
    "RequestBytes": "Bytes",
    "StoreCalls": "Count",
    "StoreErrors": "Count",
    "StoreMilliseconds": "Milliseconds",
    "Uploads": "Count",
    "Renditions": "Count",
    "RenditionFailures": "Count",
    "RenditionMilliseconds": "Milliseconds",
    "FastPathFallbacks": "Count",
}
RENDITIONS = ("Renditions", "RenditionFailures", "RenditionMilliseconds")


class CloudwatchRecorder:
    """Logs the figures of each request. A Lambda function serves one request at a time."""

    def __init__(self, function_name):
        self.function_name = function_name
        self.reset()

    def reset(self):
        """Set the figures to zero for the next request."""
        self.outcome = None
        self.fallbacks = 0
        self.renditions = {}
        self.store = {"StoreCalls": 0, "StoreErrors": 0, "StoreMilliseconds": 0}

    def store_called(self, _store, _operation, *, seconds, failed):
        """Add one call of a store."""
        self.store["StoreCalls"] += 1
        self.store["StoreErrors"] += failed
        self.store["StoreMilliseconds"] += seconds * 1000

    def rendition_ended(self, _name, _when, *, seconds, failed):
        """Add a rendition that was made or could not be made."""
        self.renditions = self.renditions or dict.fromkeys(RENDITIONS, 0)
        self.renditions["RenditionFailures" if failed else "Renditions"] += 1
        self.renditions["RenditionMilliseconds"] += round(seconds * 1000, 1)

    def upload_ended(self, outcome):
        """Record how an upload ended."""
        self.outcome = outcome

    def fast_path_left(self, _operation):
        """Count an operation that has left the fast path for the SDK."""
        self.fallbacks += 1

    def request_served(self, method, route, status, *, seconds, body_bytes):
        """Log the figures of an answered request in one line."""
        figures = {"RequestMilliseconds": round(seconds * 1000, 1), "RequestBytes": body_bytes}
        figures |= self.store | {"StoreMilliseconds": round(self.store["StoreMilliseconds"], 1)}
        labels = {"FunctionName": self.function_name, "Method": method, "Route": route}
        labels["Status"] = str(status)
        directives = [
            directive(["FunctionName", "Method", "Route", "Status"], ["RequestMilliseconds"]),
            directive(["FunctionName"], ["RequestBytes", *self.store]),
        ]
        if self.outcome:
            figures["Uploads"] = 1
            labels["Outcome"] = self.outcome
            directives.append(directive(["FunctionName", "Outcome"], ["Uploads"]))
        if self.renditions:
            figures |= self.renditions
            directives.append(directive(["FunctionName"], list(self.renditions)))
        if self.fallbacks:
            figures["FastPathFallbacks"] = self.fallbacks
            directives.append(directive(["FunctionName"], ["FastPathFallbacks"]))
        embedded = {"Timestamp": int(time.time() * 1000), "CloudWatchMetrics": directives}
        log.info("request measured", extra={"_aws": embedded} | labels | figures)
        self.reset()


def directive(dimensions, names):
    """Return the directive that makes figures of a log line CloudWatch metrics."""
    metrics = [{"Name": name, "Unit": UNITS[name]} for name in names]
    return {"Namespace": NAMESPACE, "Dimensions": [dimensions], "Metrics": metrics}
