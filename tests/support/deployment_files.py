"""serverless.yml and its parts in deployment/, put together and decided as a deploy would do it."""

import re
from pathlib import Path

import yaml

ROOT = Path(__file__).resolve().parents[2]
PART = re.compile(r"\$\{file\((.*)\)\}")
PARAM = re.compile(r"\$\{param:([a-z-]+)\}")


class Loader(yaml.SafeLoader):
    """Reads CloudFormation's short forms (!Ref, !If ...) as {tag: value}."""


def read_tag(loader, tag, node):
    readers = {
        yaml.ScalarNode: loader.construct_scalar,
        yaml.SequenceNode: loader.construct_sequence,
        yaml.MappingNode: loader.construct_mapping,
    }
    if isinstance(node, yaml.ScalarNode):
        return {tag: readers[type(node)](node)}
    return {tag: readers[type(node)](node, deep=True)}


Loader.add_multi_constructor("!", read_tag)


def read_yaml(name):
    """Return the content of a YAML file of the repository."""
    return yaml.load((ROOT / name).read_text(), Loader)


def texts():
    """Return the texts of serverless.yml and of its parts, by name."""
    paths = [ROOT / "serverless.yml", *sorted((ROOT / "deployment").glob("*.yml"))]
    return {str(path.relative_to(ROOT)): path.read_text() for path in paths}


def default_params():
    """Return the params with their defaults, as texts."""
    return {
        name: str(value) for name, value in read_yaml("serverless.yml")["params"]["default"].items()
    }


class Deployment:
    """What a deploy with some params makes: functions, parameters, resources.

    environment: that of both functions. What the params decide is decided: in place of !If stands
    one of its branches, in place of !Ref and !Sub the value of the parameter.
    """

    def __init__(self, **params):
        params = {name.replace("_", "-"): value for name, value in params.items()}
        params = default_params() | {"auth": "none"} | params
        file = filled(with_parts(read_yaml("serverless.yml")), params)
        parts = [part for part in file["resources"] if "extensions" not in part]
        self.parameters = section(parts, "Parameters")
        self.conditions = section(parts, "Conditions")
        self.resources = {
            name: self.decided(resource)
            for name, resource in section(parts, "Resources").items()
            if self.holds(resource.get("Condition"))
        }
        self.environment = self.decided(file["provider"]["environment"])
        self.functions = {
            name: self.decided(function) for name, function in file["functions"].items()
        }

    def properties(self, name):
        """Return the properties of a resource."""
        return self.resources[name]["Properties"]

    def holds(self, condition):
        """Tell whether a condition, or the one of that name, is true; None is true."""
        if condition is None:
            return True
        if isinstance(condition, str):
            return self.holds(self.conditions[condition])
        ((tag, value),) = condition.items()
        if tag == "Equals":
            return self.decided(value[0]) == self.decided(value[1])
        if tag == "Condition":
            return self.holds(value)
        return {"Not": lambda found: not found[0], "And": all, "Or": any}[tag](
            [self.holds(one) for one in value]
        )

    def decided(self, value):
        """Return a value of the template with everything decided that the params decide."""
        if isinstance(value, list):
            found = [self.decided(one) for one in value]
            return [one for one in found if one != NOTHING]
        if not isinstance(value, dict):
            return value
        if set(value) == {"If"}:
            condition, then, otherwise = value["If"]
            return self.decided(then if self.holds(condition) else otherwise)
        if set(value) == {"Ref"} and value["Ref"] in self.parameters:
            return self.parameters[value["Ref"]]["Default"]
        if set(value) == {"Sub"} and isinstance(value["Sub"], str):
            return re.sub(r"\$\{(\w+)\}", self.named, value["Sub"])
        found = {name: self.decided(one) for name, one in value.items()}
        return {name: one for name, one in found.items() if one != NOTHING}

    def named(self, match):
        """Return the value of a parameter that a text names; another name stays."""
        return self.parameters.get(match[1], {"Default": match[0]})["Default"]


NOTHING = {"Ref": "AWS::NoValue"}


def with_parts(value):
    """Return a value in which the content of each file stands in its place."""
    if isinstance(value, dict):
        return {name: with_parts(one) for name, one in value.items()}
    if isinstance(value, list):
        return [with_parts(one) for one in value]
    part = PART.fullmatch(value) if isinstance(value, str) else None
    return read_yaml(part[1]) if part else value


def filled(value, params):
    """Return a value with the params in their places."""
    if isinstance(value, dict):
        return {name: filled(one, params) for name, one in value.items()}
    if isinstance(value, list):
        return [filled(one, params) for one in value]
    return PARAM.sub(lambda match: params[match[1]], value) if isinstance(value, str) else value


def section(parts, name):
    """Return one section of all parts; what two parts say of one name is joined."""
    found = {}
    for part in parts:
        for key, value in part.get(name, {}).items():
            found[key] = found.get(key, {}) | value
    return found
