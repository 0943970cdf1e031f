"""The names of what clients send in forms and queries: some may repeat, unknown ones are faults."""

import re

from marshmallow import ValidationError

# axios and jQuery send tags[] for a list, qs and PHP tags[0].
INDEX = re.compile(r"\[[0-9]{0,3}\]\Z")


def gathered(pairs, lists):
    """Return {name: [texts]} of a form or query (a MultiDict), each without its empty texts.

    lists: the names that may repeat; `tags[]` and `tags[0]` are `tags`.
    """
    found = {}
    for name, texts in pairs.lists():
        found.setdefault(own_name(name, lists), []).extend(text for text in texts if text)
    return found


def own_name(name, lists):
    """Return the service's name for a name that may end with an index."""
    base = INDEX.sub("", name)
    return base if base in lists else name


def values_of(texts, schema, lists, faults=()):
    """Return {name: text} of what was gathered, for the schema to load; lists stay lists.

    faults: pairs (name, message). If there are some, or repeated names, raises ValidationError with
    the unknown names first: else a client would first correct what it must leave out anyway.
    """
    known = schema.fields
    repeated = {
        name: "Send it only once."
        for name, several in texts.items()
        if len(several) > 1 and name in known and name not in lists
    }
    faults = repeated | dict(faults)
    unknown = [name for name in texts if name not in known]
    if faults:
        faults = dict.fromkeys(unknown, schema.error_messages["unknown"]) | faults
        raise ValidationError({name: [message] for name, message in faults.items()})
    values = {name: several[0] for name, several in texts.items() if several}
    # A single text is split by the field, which also explains a list that is written as text.
    values |= {name: split(texts[name]) for name in lists if len(texts.get(name, ())) > 1}
    # Empty names that nobody knows are told too.
    return dict.fromkeys(unknown, "") | values


def split(texts):
    """Return the entries of several comma-separated texts."""
    return [entry for text in texts for entry in text.split(",")]
