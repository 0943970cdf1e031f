"""The place of a process among the server's processes, in what they share."""


class Seat:
    """The number of this process, from 0: no other process that is alive has the same one.

    While workers are replaced there are twice as many of them. If there are even more, the rest
    share the last number.
    """

    def __init__(self, workers):
        self.count = 2 * workers
        self.number = 0

    def move(self, taken):
        """Take the first number that is not taken, and return it."""
        free = set(range(self.count)).difference(taken)
        self.number = min(free, default=self.count - 1)
        return self.number
