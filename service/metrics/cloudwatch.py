"""Metrics for CloudWatch: a log line per request in its embedded metric format."""

import logging
import time

log = logging.getLogger(__name__)
# Metrics go on, however few log lines are wanted.
log.setLevel(logging.INFO)

NAMESPACE = "image-service"
UNITS = {
    "RequestMilliseconds": "Milliseconds",
    "RequestBytes": "Bytes",
    "StoreCalls": "Count",
    "StoreErrors": "Count",
    "StoreMilliseconds": "Milliseconds",
    "Uploads": "Count",
}


class CloudwatchRecorder:
    """Writes down a request's figures when it is served; a function serves one at a time."""

    def __init__(self, function_name):
        self.function_name = function_name
        self.forget()

    def forget(self):
        """Begin a new request."""
        self.outcome = None
        self.store = {"StoreCalls": 0, "StoreErrors": 0, "StoreMilliseconds": 0}

    def store_called(self, _store, _operation, *, seconds, failed):
        """Tell of a call of a store."""
        self.store["StoreCalls"] += 1
        self.store["StoreErrors"] += failed
        self.store["StoreMilliseconds"] += seconds * 1000

    def upload_ended(self, outcome):
        """Tell how an upload ended."""
        self.outcome = outcome

    def request_served(self, method, route, status, *, seconds, body_bytes):
        """Tell of an answered request: the line of all its figures."""
        figures = {"RequestMilliseconds": round(seconds * 1000, 1), "RequestBytes": body_bytes}
        figures |= self.store | {"StoreMilliseconds": round(self.store["StoreMilliseconds"], 1)}
        labels = {"FunctionName": self.function_name, "Method": method, "Route": route}
        labels["Status"] = str(status)
        told = [directive(["FunctionName", "Method", "Route", "Status"], ["RequestMilliseconds"])]
        told.append(directive(["FunctionName"], ["RequestBytes", *self.store]))
        if self.outcome:
            figures["Uploads"] = 1
            labels["Outcome"] = self.outcome
            told.append(directive(["FunctionName", "Outcome"], ["Uploads"]))
        embedded = {"Timestamp": int(time.time() * 1000), "CloudWatchMetrics": told}
        log.info("request measured", extra={"_aws": embedded} | labels | figures)
        self.forget()


def directive(dimensions, names):
    """Return what CloudWatch is to make of a line's figures."""
    metrics = [{"Name": name, "Unit": UNITS[name]} for name in names]
    return {"Namespace": NAMESPACE, "Dimensions": [dimensions], "Metrics": metrics}
