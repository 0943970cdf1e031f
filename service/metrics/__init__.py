"""What is counted and timed with METRICS=1: for Prometheus, or for CloudWatch on Lambda.

Two recorders under one contract: `request_served`, `upload_ended` and `store_called`. Routes, rules
and repositories know nothing of them: api/metrics_routes.py and MeasuredStore do the telling.
"""
