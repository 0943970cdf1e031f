"""Starts the service: `python main.py`, `app` for WSGI servers, `handler`, `sweep` for AWS Lambda.

`python main.py <command>` runs an operator's command in place of the server.
"""

import gc
import sys

# Objects made at the start live as long as the process. If the garbage collector searched them, the
# start would take a fifth longer, and each request a tenth.
gc.disable()

from service.app import create_app  # noqa: E402
from service.common.config import ConfigError  # noqa: E402
from service.operators import cli  # noqa: E402
from service.running import lambda_handler, server  # noqa: E402

if __name__ == "__main__" and not sys.argv[1:]:
    server.serve()

try:
    if __name__ == "__main__":
        # A sweep may run for hours and needs the garbage collector.
        gc.enable()
        cli.run(sys.argv[1:], create_app)
    app = create_app()
except ConfigError as error:
    server.refuse_settings(error)

handler = lambda_handler.new_handler(app)
sweep = lambda_handler.new_sweeper(app)
gc.freeze()
gc.enable()
