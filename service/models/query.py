"""The filters of a list."""


class Query:
    """Which images a list shows: of one user or (None) all users, with any or all of some tags."""

    def __init__(self, user_id=None, tags=(), match_all=False):
        self.user_id = user_id
        self.tags = frozenset(tags)
        self.match_all = match_all and len(self.tags) > 1

    @property
    def filters(self):
        """The filters as plain values. A cursor is valid only with the same filters."""
        return [self.user_id, sorted(self.tags), self.match_all]
