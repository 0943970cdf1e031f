"""Benchmarks: what the service costs, against the bare calls it cannot do without."""
