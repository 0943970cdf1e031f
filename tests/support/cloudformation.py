"""Reads a file of the deployment, and works out its values as CloudFormation does."""

import re
from pathlib import Path

import yaml

ROOT = Path(__file__).parents[2]
# What the deployment CLI fills in before CloudFormation sees the file.
VARIABLES = {"${self:service}": "image-service", "${sls:stage}": "dev"}
ABSENT = object()


class Loader(yaml.SafeLoader):
    """Reads CloudFormation's short forms (!Ref, !If ...) as {tag: value}."""


def read_tag(loader, tag, node):
    """Return {tag: value} of a short form."""
    if isinstance(node, yaml.ScalarNode):
        return {f"!{tag}": loader.construct_scalar(node)}
    return {f"!{tag}": loader.construct_sequence(node, deep=True)}


Loader.add_multi_constructor("!", read_tag)


def read(path):
    """Return a file's content; its short forms are not worked out."""
    text = (ROOT / path).read_text()
    for name, value in VARIABLES.items():
        text = text.replace(name, value)
    return yaml.load(text, Loader)


def resolved(value, names, conditions):
    """Return a value without short forms.

    names: what !Ref, !Sub and !GetAtt lead to, by name. conditions: the names of those that hold.
    """
    if isinstance(value, list):
        items = [resolved(item, names, conditions) for item in value]
        return [item for item in items if item is not ABSENT]
    if not isinstance(value, dict):
        return value
    ((name, content),) = value.items() if len(value) == 1 else [(None, None)]
    if name == "!If":
        condition, then, otherwise = content
        return resolved(then if condition in conditions else otherwise, names, conditions)
    if name == "!Sub":
        text, own = content if isinstance(content, list) else (content, {})
        found = names | resolved(own, names, conditions)
        return re.sub(r"\$\{([\w:.]+)\}", lambda match: found[match[1]], text)
    if name in ("!Ref", "!GetAtt"):
        return names[content]
    return {key: resolved(item, names, conditions) for key, item in value.items()}
