"""Check the CloudFormation template: what the deployment CLI itself adds to serverless.yml.

What serverless.yml and deployment/ say is tested by tests/test_deployment.py and its neighbors.
"""

import json
import sys
from pathlib import Path

LETTERS = {"Fn::GetAtt": ["DeadLetters", "Arn"]}


def main(path):
    """Check every part; an AssertionError names what is wrong."""
    resources = json.loads(Path(path).read_text())["Resources"]
    check_functions(resources)
    check_gateway(resources)
    check_dead_letters(resources)


def of_type(resources, kind):
    """Return the properties of the resources of a type, by name."""
    return {name: one["Properties"] for name, one in resources.items() if one["Type"] == kind}


def check_functions(resources):
    """Check that both functions run one image, named by its digest, with no roles but ours."""
    functions = of_type(resources, "AWS::Lambda::Function").values()
    images = {function["Code"]["ImageUri"] for function in functions}
    assert len(functions) == 2, "two functions"
    assert len(images) == 1, images
    assert "@sha256:" in images.pop(), "the image is named by its digest"
    for function in functions:
        assert function["PackageType"] == "Image", function
        assert function["Environment"]["Variables"]["STRIP_STAGE_PATH"] == "1", function
    auths = {function["Environment"]["Variables"]["AUTH"] for function in functions}
    assert auths == {"jwt", "none"}, "each function has its own settings beside the common ones"
    roles = {function["Role"]["Fn::GetAtt"][0] for function in functions}
    assert roles == of_type(resources, "AWS::IAM::Role").keys() == {"ApiRole", "SweepRole"}, roles


def check_gateway(resources):
    """Check the HTTP API: binary bodies unchanged, throttled, logged."""
    (integration,) = of_type(resources, "AWS::ApiGatewayV2::Integration").values()
    (stage,) = of_type(resources, "AWS::ApiGatewayV2::Stage").values()
    assert integration["PayloadFormatVersion"] == "2.0", integration
    assert stage["StageName"] == "$default", stage
    assert stage["DefaultRouteSettings"]["ThrottlingRateLimit"] > 0, stage
    assert stage["AccessLogSettings"]["Format"], stage


def check_dead_letters(resources):
    """Check that events that fail go to the queue, from the rule and from each function."""
    rules = of_type(resources, "AWS::Events::Rule").values()
    (target,) = [rule["Targets"][0] for rule in rules if "EventPattern" in rule]
    assert target.get("DeadLetterConfig") == {"Arn": LETTERS}, target
    configs = of_type(resources, "AWS::Lambda::EventInvokeConfig").values()
    assert len(configs) == 2, configs
    for config in configs:
        assert config.get("DestinationConfig") == {"OnFailure": {"Destination": LETTERS}}, config


if __name__ == "__main__":
    main(sys.argv[1])
