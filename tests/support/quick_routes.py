"""Keeps what werkzeug compiles for a route, which is most of what it costs to make an app.

The name is werkzeug's own, so its absence stops the run.
"""

from werkzeug.routing import Rule


def install():
    """Let the routes of all apps share the functions that build their addresses."""
    Rule._compile_builder = kept_builders(Rule._compile_builder)


def kept_builders(compile_builder):
    """Return a method that compiles the builder of a route once: it follows from the path alone.

    Only where no value has a default, which a route's converters would write.
    """
    kept = {}

    def builder(rule, append_unknown=True):
        if rule.defaults:
            return compile_builder(rule, append_unknown)
        case = (tuple(rule._trace), append_unknown)
        if case not in kept:
            kept[case] = compile_builder(rule, append_unknown)
        return kept[case]

    return builder
