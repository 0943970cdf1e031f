"""Requests to the service, repeated until it answers; the pace at which they are sent."""
