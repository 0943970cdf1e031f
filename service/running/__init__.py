"""How the service runs: with gunicorn, with Werkzeug's server, or on AWS Lambda."""
