"""The parts of the deployment, as YAML; and what AWS documents of the metrics that they name."""

import re
from pathlib import Path

import yaml

ROOT = Path(__file__).resolve().parents[2]
FUNCTION = {"FunctionName"}
TABLE = {"TableName"}
INDEX = {"TableName", "GlobalSecondaryIndexName"}
# By namespace: for each metric the sets of dimensions under which AWS reports it.
AWS_METRICS = {
    "AWS/Lambda": {
        "Errors": [FUNCTION],
        "Throttles": [FUNCTION],
        "Duration": [FUNCTION],
        "ConcurrentExecutions": [FUNCTION],
    },
    "AWS/ApiGateway": {
        "Count": [{"ApiId"}],
        "4xx": [{"ApiId"}],
        "5xx": [{"ApiId"}],
        "Latency": [{"ApiId"}],
        "IntegrationLatency": [{"ApiId"}],
    },
    "AWS/DynamoDB": {"ReadThrottleEvents": [TABLE, INDEX], "WriteThrottleEvents": [TABLE, INDEX]},
    "AWS/S3": {
        "BucketSizeBytes": [{"BucketName", "StorageType"}],
        "NumberOfObjects": [{"BucketName", "StorageType"}],
    },
    "AWS/SQS": {
        "ApproximateNumberOfMessagesVisible": [{"QueueName"}],
        "ApproximateAgeOfOldestMessage": [{"QueueName"}],
    },
}


class Loader(yaml.SafeLoader):
    """Reads CloudFormation's short forms (!Ref, !If ...) as {tag: value}."""


def read_tag(loader, tag, node):
    """Return a value with a tag."""
    if isinstance(node, yaml.ScalarNode):
        return {tag: loader.construct_scalar(node)}
    if isinstance(node, yaml.SequenceNode):
        return {tag: loader.construct_sequence(node, deep=True)}
    return {tag: loader.construct_mapping(node, deep=True)}


Loader.add_multi_constructor("!", read_tag)


def read_part(name):
    """Return a file of the deployment."""
    return yaml.load((ROOT / name).read_text(), Loader)


def is_known(namespace, metric, dimensions, own):
    """Tell whether AWS reports a metric under these dimensions, or a filter of ours makes it."""
    return set(dimensions) in AWS_METRICS.get(namespace, {}).get(metric, []) or (
        (namespace, metric) in own and not dimensions
    )


def resolve(value, part, given):
    """Return what CloudFormation makes of a value of a part, for the values of its parameters."""
    if isinstance(value, list):
        return [resolve(one, part, given) for one in value]
    if not isinstance(value, dict) or len(value) != 1:
        return value
    ((function, argument),) = value.items()
    if function == "Condition":
        return resolve(part["Conditions"][argument], part, given)
    if function == "If":
        condition, then, otherwise = argument
        holds = resolve(part["Conditions"][condition], part, given)
        return resolve(then if holds else otherwise, part, given)
    argument = resolve(argument, part, given)
    functions = {
        "Ref": lambda name: given.get(name, ""),
        "Sub": lambda text: re.sub(r"\$\{(\w+)\}", lambda found: given[found[1]], text),
        "Equals": lambda both: both[0] == both[1],
        "Not": lambda one: not one[0],
        "And": all,
    }
    return functions[function](argument)
