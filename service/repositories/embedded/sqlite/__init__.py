"""Image records and their lists in SQLite."""
