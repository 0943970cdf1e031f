"""Starts the service: `python main.py`, `app` for WSGI servers, `handler` for AWS Lambda."""

import gc

# Objects made at the start live as long as the process. If the garbage collector searched them, the
# start would take a fifth longer, and each request a tenth.
gc.disable()

from service.app import create_app  # noqa: E402
from service.common.config import ConfigError  # noqa: E402
from service.running import lambda_handler, server  # noqa: E402

if __name__ == "__main__":
    server.serve()

try:
    app = create_app()
except ConfigError as error:
    server.refuse_settings(error)

handler = lambda_handler.new_handler(app)
gc.freeze()
gc.enable()
