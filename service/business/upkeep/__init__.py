"""What operators run: sweep, audit and recount."""
