"""How the service runs: its server, gunicorn's worker, the Lambda entry."""
