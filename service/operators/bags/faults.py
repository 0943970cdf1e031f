"""What keeps a command from working on a bag."""


class BagFault(Exception):
    """A bag cannot be written or read; the text says why and what to do."""
