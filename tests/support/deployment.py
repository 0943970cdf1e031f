"""serverless.yml and its parts in deployment/, put together and decided as a deploy would do it."""

import re
from functools import cache
from pathlib import Path

import yaml

ROOT = Path(__file__).resolve().parents[2]
PART = re.compile(r"\$\{file\((.*)\)\}")
PARAM = re.compile(r"\$\{param:([a-z-]+)\}")
ACCOUNT = "123456789012"
SERVICE = "image-service-dev"
NOTHING = object()
# What AWS fills in by itself, wherever one of these names is used.
AWS_NAMES = {
    "AWS::Partition": "aws",
    "AWS::Region": "us-east-1",
    "AWS::AccountId": ACCOUNT,
    "AWS::URLSuffix": "amazonaws.com",
    "AWS::NoValue": NOTHING,
}


class Loader(yaml.SafeLoader):
    """Reads CloudFormation's short forms (!Ref, !If ...) as {"!Ref": value}."""


def read_short_form(loader, tag, node):
    """Return {tag: value} of a short form."""
    if isinstance(node, yaml.ScalarNode):
        return {f"!{tag}": loader.construct_scalar(node)}
    return {f"!{tag}": loader.construct_sequence(node, deep=True)}


Loader.add_multi_constructor("!", read_short_form)


@cache
def parsed(text):
    """Return the content of a text in YAML. All callers share it: nobody may change it."""
    return yaml.load(text, Loader)


def read(name, folder=ROOT):
    """Return the content of a YAML file as it stands there: nothing is decided."""
    return parsed((folder / name).read_text())


def default_params(folder=ROOT):
    """Return the params with their defaults, as texts."""
    defaults = read("serverless.yml", folder)["params"]["default"]
    return {name: str(value) for name, value in defaults.items()}


class Deployment:
    """What a deploy makes: parameters, resources, outputs, functions, and their common environment.

    folder: where serverless.yml is. params: as for the command, with _ for -; auth is none unless
    it is given. In place of each short form stands its value; what only AWS knows, such as the name
    of a new resource, stays as ${Name} or ${Name.Attribute}.
    """

    def __init__(self, folder=ROOT, **params):
        params = {name.replace("_", "-"): value for name, value in params.items()}
        params = default_params(folder) | {"auth": "none"} | params
        file = changed(read("serverless.yml", folder), lambda text: part_or_text(text, folder))
        file = changed(file, lambda text: filled(text, params))
        parts = [part for part in file["resources"] if "extensions" not in part]
        self.parameters = section(parts, "Parameters")
        self.conditions = section(parts, "Conditions")
        self.resources = self.made(section(parts, "Resources"))
        self.outputs = self.made(section(parts, "Outputs"))
        self.functions = self.decided(file["functions"])
        self.provider = self.decided(file["provider"])
        self.environment = self.provider["environment"]

    def properties(self, name):
        """Return the properties of a resource."""
        return self.resources[name]["Properties"]

    def of_type(self, kind):
        """Return the properties of all resources of a type, by name."""
        return {
            name: one["Properties"] for name, one in self.resources.items() if one["Type"] == kind
        }

    def refusals(self):
        """Return the names of the parameters that CloudFormation refuses."""
        return {name for name, one in self.parameters.items() if not fits(one["Default"], one)}

    def made(self, parts):
        """Return those of some resources or outputs whose condition holds."""
        return {
            name: self.decided(part)
            for name, part in parts.items()
            if "Condition" not in part or self.holds(part["Condition"])
        }

    def holds(self, condition):
        """Tell whether the condition of that name holds."""
        return self.decided(self.conditions[condition])

    def decided(self, value):
        """Return a value without short forms."""
        if isinstance(value, list):
            found = [self.decided(one) for one in value]
            return [one for one in found if one is not NOTHING]
        if not isinstance(value, dict):
            return value
        for tag, argument in value.items():
            if tag.startswith("!"):
                return self.meant(tag, argument)
        found = {name: self.decided(one) for name, one in value.items()}
        return {name: one for name, one in found.items() if one is not NOTHING}

    def meant(self, tag, argument):
        """Return the value of a short form."""
        if tag == "!If":
            condition, then, otherwise = argument
            return self.decided(then if self.holds(condition) else otherwise)
        forms = {
            "!Ref": self.named,
            "!GetAtt": self.named,
            "!Sub": self.text_of,
            "!Condition": self.holds,
            "!Equals": lambda both: both[0] == both[1],
            "!Not": lambda one: not one[0],
            "!And": all,
            "!Or": any,
        }
        return forms[tag](self.decided(argument))

    def named(self, name):
        """Return what a name stands for."""
        if name in self.parameters:
            return self.parameters[name]["Default"]
        return AWS_NAMES.get(name, f"${{{name}}}")

    def text_of(self, argument):
        """Return the text of a !Sub. argument: it, or a list of it and of names of its own."""
        text, own = argument if isinstance(argument, list) else (argument, {})
        return re.sub(
            r"\$\{([\w:.]+)\}", lambda found: own.get(found[1], self.named(found[1])), text
        )


def fits(text, parameter):
    """Tell whether CloudFormation takes a text for a parameter."""
    if parameter["Type"] == "Number":
        is_number = re.fullmatch(r"-?\d+", text)
        return bool(is_number) and parameter["MinValue"] <= int(text) <= parameter["MaxValue"]
    return bool(re.fullmatch(parameter.get("AllowedPattern", ".*"), text))


def changed(value, change):
    """Return a value with change(text) in place of each text."""
    if isinstance(value, dict):
        return {name: changed(one, change) for name, one in value.items()}
    if isinstance(value, list):
        return [changed(one, change) for one in value]
    return change(value) if isinstance(value, str) else value


def part_or_text(text, folder):
    """Return the content of the file that a text names, or the text."""
    part = PART.fullmatch(text)
    return read(part[1], folder) if part else text


def filled(text, params):
    """Return a text with params, service and stage in their places."""
    text = text.replace("${self:service}-${sls:stage}", SERVICE)
    return PARAM.sub(lambda found: params[found[1]], text)


def section(parts, name):
    """Return one section of all parts; what two parts say of one name is joined."""
    found = {}
    for part in parts:
        for key, value in part.get(name, {}).items():
            found[key] = found.get(key, {}) | value
    return found
