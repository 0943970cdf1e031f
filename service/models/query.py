"""The filters and the order of a list."""

from service.models.image import READY, TRASHED


class Query:
    """Which images a list shows, and in which order.

    user_id: None for those of all users. tags: any of them, with match_all all of them. none: tags
    that they do not carry. untagged: only those without a tag. created_after, created_before: UTC
    text with milliseconds; from then on, until before then. oldest: the oldest come first.
    content_types: one of them. text: occurs in the filename, the description or a tag, in upper or
    lower case. trashed: those in the trash, by the time at which they were moved there.
    """

    def __init__(self, user_id=None, tags=(), match_all=False, *, none=(), untagged=False,
                 created_after=None, created_before=None, oldest=False, content_types=(),
                 text=None, trashed=False):  # fmt: skip
        self.user_id = user_id
        self.tags = frozenset(tags)
        self.match_all = match_all and len(self.tags) > 1
        self.none = frozenset(none)
        self.untagged = bool(untagged)
        self.created_after = created_after
        self.created_before = created_before
        self.oldest = oldest
        self.content_types = frozenset(content_types)
        self.text = folded(text) if text else None
        self.trashed = trashed

    @property
    def filters(self):
        """The filters and the order as plain values. A cursor is valid only with the same ones."""
        later = {
            "none": sorted(self.none),
            "untagged": self.untagged,
            "created_after": self.created_after,
            "created_before": self.created_before,
            "oldest": self.oldest,
            "content_types": sorted(self.content_types),
            "text": self.text,
            "trashed": self.trashed,
        }
        # The first three always, the others only when set: cursors of the first version stay valid.
        first = [self.user_id, sorted(self.tags), self.match_all]
        return first + [[name, value] for name, value in later.items() if value]

    @property
    def state(self):
        """The state of the images that it shows."""
        return TRASHED if self.trashed else READY

    @property
    def is_impossible(self):
        """Tell whether its filters exclude each other, so that no image matches."""
        excluded = self.tags & self.none
        return bool(
            (self.created_after and self.created_after >= (self.created_before or "~"))
            or (self.untagged and self.tags)
            or (excluded and (self.match_all or excluded == self.tags))
        )

    @property
    def is_search(self):
        """Tell whether the images of its lists must be looked at one by one.

        The lists of ready images are by user and tag and in the order of created_at; the trash has
        lists by user only, in another order.
        """
        of_trash = self.trashed and (self.tags or self.created_after or self.created_before)
        of_image = self.none or self.untagged or self.content_types or self.text
        return bool(self.match_all or of_image or of_trash)

    def span(self, position=None):
        """Return (low, high): after a position the list has what is listed between them.

        Each is a text to compare with listed_at, or None. No listed_at equals a time, because it
        has an image_id behind the time.
        """
        low, high = (None, None) if self.trashed else (self.created_after, self.created_before)
        if position and self.oldest:
            return max(low or "", position), high
        return low, min(high or "~", position) if position else high

    def accepts(self, image):
        """Tell whether an image of its user matches all the filters."""
        tags = set(image.tags)
        return (
            (self.tags <= tags if self.match_all else not self.tags or bool(self.tags & tags))
            and not self.none & tags
            and not (self.untagged and tags)
            and (self.created_after or "") <= image.created_at < (self.created_before or "~")
            and (not self.content_types or image.content_type in self.content_types)
            and (not self.text or any(self.text in field for field in searched(image)))
        )


def folded(text):
    """Return a text in NFC so that upper and lower case are equal."""
    return text.casefold()


def searched(image):
    """Return the texts of an image in which a search looks, folded."""
    return [folded(text) for text in (image.filename or "", image.description or "", *image.tags)]
