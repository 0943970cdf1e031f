"""Write a template as CloudFormation deploys it with the defaults of its parameters.

python resolve.py TEMPLATE.json >RESOLVED.json
checkov does not evaluate conditions: it would judge resources that a deploy leaves out, and take
each Fn::If for set, whatever it is.
"""

import json
import sys
from pathlib import Path

NOTHING = {"Ref": "AWS::NoValue"}


class Template:
    """A template, and the values of its parameters and conditions."""

    def __init__(self, template):
        self.parameters = template.get("Parameters", {})
        self.conditions = template.get("Conditions", {})

    def holds(self, condition):
        """Return whether a condition holds, given as its name or as its functions."""
        if isinstance(condition, str):
            return self.holds(self.conditions[condition])
        ((function, arguments),) = condition.items()
        if function == "Condition":
            return self.holds(arguments)
        if function == "Fn::Equals":
            first, second = (self.resolve(argument) for argument in arguments)
            return first == second
        results = [self.holds(argument) for argument in arguments]
        answers = {"Fn::Not": not results[0], "Fn::And": all(results), "Fn::Or": any(results)}
        return answers[function]

    def resolve(self, value):
        """Return the value with the branches that its conditions choose."""
        if isinstance(value, list):
            resolved = [self.resolve(one) for one in value]
            return [one for one in resolved if one != NOTHING]
        if not isinstance(value, dict):
            return value
        if "Fn::If" in value:
            condition, yes, no = value["Fn::If"]
            return self.resolve(yes if self.holds(condition) else no)
        if value.keys() == {"Ref"} and "Default" in self.parameters.get(value["Ref"], {}):
            return self.parameters[value["Ref"]]["Default"]
        resolved = {name: self.resolve(one) for name, one in value.items()}
        return {name: one for name, one in resolved.items() if one != NOTHING}


def main(path):
    """Write the resources of the template to stdout."""
    template = json.loads(Path(path).read_text())
    resolver = Template(template)
    resources = {
        name: resolver.resolve(resource)
        for name, resource in template["Resources"].items()
        if "Condition" not in resource or resolver.holds(resource["Condition"])
    }
    kept = {name: template[name] for name in ("AWSTemplateFormatVersion",) if name in template}
    sys.stdout.write(json.dumps(kept | {"Resources": resources}, indent=1))


if __name__ == "__main__":
    main(*sys.argv[1:])
