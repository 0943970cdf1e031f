"""The service: `python main.py` runs it, `app` is for WSGI servers, `handler` for AWS Lambda."""

from service import lambda_handler, server
from service.app import create_app
from service.common.config import ConfigError

if __name__ == "__main__":
    server.serve()

try:
    app = create_app()
except ConfigError as error:
    server.refuse_settings(error)

handler = lambda_handler.new_handler(app)
