"""Counts and times with METRICS=1: for Prometheus or, on Lambda, for CloudWatch.

Both recorders have the methods `request_served`, `upload_ended`, `rendition_ended`, `store_called`
and `fast_path_left`. Routes, services and repositories do not call them: api/metrics_routes.py,
MeasuredStore, MeasuredRenderer and MeasuredMaker do, and the AWS store gets `fast_path_left` as a
function.
"""
