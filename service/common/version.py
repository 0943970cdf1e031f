"""The service's version: CHANGELOG.md says what each one changed."""

# Semantic Versioning 2.0.0 of what clients and operators see: HTTP, settings, stored data.
VERSION = "1.1.0"
