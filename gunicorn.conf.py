"""gunicorn reads its settings from this file; service/running/gunicorn_settings.py has them."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))

from service.running import gunicorn_settings, server  # noqa: E402

globals().update(gunicorn_settings.new_settings(server.load_settings()))
