"""Thumbor's engine, which decodes as many pixels for a thumb as this service does."""

from thumbor.engines import pil


class Engine(pil.Engine):
    """The engine of Pillow, which decodes as many pixels as the thumb has, or a few more."""

    def resize(self, width, height):
        """Let a JPEG be decoded with twice the pixels of the thumb on each side; then resize it."""
        self.image.draft(None, (2 * int(width), 2 * int(height)))
        # Decoded, it cannot be drafted again.
        self.image.load()
        super().resize(width, height)
