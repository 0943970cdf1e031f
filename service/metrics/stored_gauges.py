"""Gauges of what the store keeps, for Prometheus."""

PREFIX = "image_service_"
# Rows: name, meaning, figures and their states.
STORED = (
    ("stored_images", "Images that are stored.", {"images": "ready", "trashed_images": "trashed"}),
    ("stored_bytes", "Bytes of their originals.", {"bytes": "ready", "trashed_bytes": "trashed"}),
    ("users", "Users who have images, also only in the trash.", {"users": None}),
    ("free_bytes", "Bytes that uploads may still take.", {"free_bytes": None}),
)


class StoredGauges:
    """A collector of these gauges. figures: by the names in the table STORED."""

    def __init__(self, figures):
        self.figures = figures

    def collect(self):
        """Yield the gauges; one whose figure is None is left out."""
        from prometheus_client.core import GaugeMetricFamily

        for name, meaning, figures in STORED:
            labels = ["state"] if len(figures) > 1 else []
            gauge = GaugeMetricFamily(PREFIX + name, meaning, labels=labels)
            for figure, state in figures.items():
                if self.figures[figure] is not None:
                    gauge.add_metric([state] if labels else [], self.figures[figure])
            if gauge.samples:
                yield gauge
