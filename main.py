"""The service: `python main.py` runs it, `app` is for WSGI servers, `handler` for AWS Lambda."""

import gc

# What is made at the start lives as long as the process: looking through it for garbage would cost
# a fifth of the start, and after it a tenth of each request.
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
