"""Named tuples of which there is one object for each value: an address is hashed at once."""

from collections import namedtuple


def value_class(name, fields, defaults=()):
    """Return a class of named tuples; to make an equal one returns the one that there is."""
    plain, known = namedtuple(name, fields, defaults=defaults), {}

    class Value(plain):
        __slots__ = ()
        # Millions of states are looked up, each of which has many of these.
        __hash__ = object.__hash__

        def __new__(cls, *values, **named):
            return cls._make(plain(*values, **named))

        @classmethod
        def _make(cls, values):
            values = tuple(values)
            if values not in known:
                known[values] = tuple.__new__(cls, values)
            return known[values]

    return Value
