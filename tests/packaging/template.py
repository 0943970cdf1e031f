"""Check the CloudFormation template that the deployment CLI made of serverless.yml."""

import json
import sys
from pathlib import Path

KEPT = {"AWS::S3::Bucket", "AWS::S3::BucketPolicy", "AWS::DynamoDB::Table"}


def main(path):
    """Check every part; an AssertionError names what is wrong."""
    resources = json.loads(Path(path).read_text())["Resources"]
    check_functions(of_type(resources, "AWS::Lambda::Function"))
    check_gateway(resources)
    check_permissions(of_type(resources, "AWS::IAM::Role"))
    check_retention(resources)
    check_watch(resources)


def of_type(resources, kind):
    """Return the properties of the resources of a type."""
    return [one["Properties"] for one in resources.values() if one["Type"] == kind]


def check_functions(functions):
    """Check that both functions run one image, named by its digest."""
    images = {function["Code"]["ImageUri"] for function in functions}
    assert len(functions) == 2, "two functions"
    assert len(images) == 1, images
    assert "@sha256:" in images.pop(), "the image is named by its digest"
    for function in functions:
        assert function["PackageType"] == "Image", function
        assert function["Environment"]["Variables"]["STRIP_STAGE_PATH"] == "1", function
        assert function["Environment"]["Variables"]["AUTH"], function
        assert "ReservedConcurrentExecutions" not in function, function
    api, sweep = sorted(functions, key=lambda function: function["Timeout"])
    assert api["Timeout"] == 29, api
    assert sweep["Timeout"] == 900, sweep
    assert sweep["ImageConfig"]["Command"] == ["main.sweep"], sweep
    assert "resolve:secretsmanager" not in json.dumps(sweep), "the sweep has no secret"


def check_gateway(resources):
    """Check the HTTP API: binary bodies unchanged, throttled, logged."""
    (integration,) = of_type(resources, "AWS::ApiGatewayV2::Integration")
    (stage,) = of_type(resources, "AWS::ApiGatewayV2::Stage")
    assert integration["PayloadFormatVersion"] == "2.0", integration
    assert stage["StageName"] == "$default", stage
    assert stage["DefaultRouteSettings"]["ThrottlingRateLimit"] > 0, stage
    assert stage["AccessLogSettings"]["Format"], stage


def check_permissions(roles):
    """Check that no permission covers all actions of a service, or all resources without need."""
    for role in roles:
        for policy in role["Policies"]:
            for statement in policy["PolicyDocument"]["Statement"]:
                # One that depends on a parameter has its content at position 1.
                statement = statement.get("Fn::If", [None, statement])[1]
                assert not [act for act in statement["Action"] if "*" in act], statement
                is_tracing = all(act.startswith("xray:") for act in statement["Action"])
                assert is_tracing or statement["Resource"] != "*", statement


def check_watch(resources):
    """Check that each alarm has its own name and tells of its end too, and who may send letters."""
    alarms = of_type(resources, "AWS::CloudWatch::Alarm")
    assert len({alarm["AlarmName"] for alarm in alarms}) == len(alarms) == 8, alarms
    for alarm in alarms:
        assert alarm["AlarmActions"] == alarm["OKActions"], alarm
        assert len(alarm["AlarmActions"]) == 2, alarm
    (rule,) = [rule for rule in of_type(resources, "AWS::Events::Rule") if "EventPattern" in rule]
    (queue,) = of_type(resources, "AWS::SQS::Queue")
    letters = {"Fn::GetAtt": ["DeadLetters", "Arn"]}
    assert rule["Targets"][0]["DeadLetterConfig"] == {"Arn": letters}, rule
    (policy,) = of_type(resources, "AWS::SQS::QueuePolicy")
    allowed = policy["PolicyDocument"]["Statement"][0]["Condition"]["ArnEquals"]["aws:SourceArn"]
    assert allowed["Fn::Sub"].endswith(f":rule/{rule['Name']}"), (allowed, rule)
    for config in of_type(resources, "AWS::Lambda::EventInvokeConfig"):
        assert config["DestinationConfig"] == {"OnFailure": {"Destination": letters}}, config
    assert queue["MessageRetentionPeriod"] == 14 * 24 * 3600, queue
    (board,) = of_type(resources, "AWS::CloudWatch::Dashboard")
    json.loads(board["DashboardBody"]["Fn::Sub"][0])


def check_retention(resources):
    """Check that bucket and table are kept when the stack is deleted or replaces them."""
    for name, resource in resources.items():
        if resource["Type"] in KEPT and not name.startswith("Serverless"):
            assert resource["DeletionPolicy"] == "Retain", name
            assert resource["UpdateReplacePolicy"] == "Retain", name


if __name__ == "__main__":
    main(sys.argv[1])
