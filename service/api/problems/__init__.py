"""Errors as callers see them."""
