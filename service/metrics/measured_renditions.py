"""What makes renditions, recorded: how long each took, and how many failed."""

import time

from service.common.errors import ServiceBusy

# At an upload the time is that of shrinking and writing, later also that of decoding.
AT_UPLOAD, LATER = "upload", "later"


class MeasuredRenderer:
    """Wraps a renderer, which makes thumbs of the pictures that uploads decode."""

    def __init__(self, renderer, recorder):
        self.renderer = renderer
        self.recorder = recorder

    def render(self, picture, header, name):
        """Render a picture, and record it."""
        return recorded(
            self.recorder, AT_UPLOAD, name, lambda: self.renderer.render(picture, header, name)
        )


class MeasuredMaker:
    """Wraps a maker, which makes renditions of stored originals."""

    def __init__(self, maker, recorder):
        self.maker = maker
        self.recorder = recorder

    def make(self, file, name):
        """Make a rendition, and record it."""
        return recorded(self.recorder, LATER, name, lambda: self.maker.make(file, name))


def recorded(recorder, when, name, make):
    """Return what make() returns, and record its time or its failure."""
    began = time.perf_counter()
    failed = True
    try:
        made = make()
        failed = False
        return made
    except ServiceBusy:
        # Nothing was tried.
        failed = None
        raise
    finally:
        if failed is not None:
            recorder.rendition_ended(name, when, seconds=time.perf_counter() - began, failed=failed)
