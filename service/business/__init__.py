"""The rules: no HTTP, no AWS."""
