"""What tells an operator of faults: the alarms, their topic, and the queue of dead letters."""

import re

import pytest

from service.repositories.aws.dynamodb.table import table_definition
from tests.support.deployment import ROOT, is_known, read_part

PART = read_part("deployment/alarms.yml")
RESOURCES = PART["Resources"]
STAGE = "${self:service}-${sls:stage}"
PAGE = (ROOT / "docs/aws.md").read_text()


def of_type(kind):
    return {name: one["Properties"] for name, one in RESOURCES.items() if one["Type"] == kind}


ALARMS = of_type("AWS::CloudWatch::Alarm")
OWN = {
    (made["MetricNamespace"], made["MetricName"])
    for one in of_type("AWS::Logs::MetricFilter").values()
    for made in one["MetricTransformations"]
}


def metrics_of(alarm):
    """Return (namespace, metric, dimensions) of each metric of an alarm."""
    parts = [one["MetricStat"]["Metric"] for one in alarm.get("Metrics", []) if "MetricStat" in one]
    return [
        (one["Namespace"], one["MetricName"], [part["Name"] for part in one["Dimensions"]])
        for one in parts or [alarm]
    ]


@pytest.mark.parametrize("name", ALARMS)
def test_an_alarm_looks_at_a_metric_that_exists(name):
    metrics = metrics_of(ALARMS[name])

    assert metrics
    assert all(is_known(*metric, OWN) for metric in metrics)


@pytest.mark.parametrize("name", ALARMS)
def test_an_alarm_tells_both_topics_when_it_starts_and_ends(name):
    topics = [
        {"If": ["TellTopic", {"Ref": "AlarmTopic"}, {"Ref": "AWS::NoValue"}]},
        {"If": ["TellEmail", {"Ref": "Alarms"}, {"Ref": "AWS::NoValue"}]},
    ]

    assert ALARMS[name]["AlarmActions"] == ALARMS[name]["OKActions"] == topics


@pytest.mark.parametrize("name", ALARMS)
def test_an_alarm_is_explained_under_its_name(name):
    stage, end = ALARMS[name]["AlarmName"][: len(STAGE)], ALARMS[name]["AlarmName"][len(STAGE) :]
    words = re.sub(r"(?<!^)(?=[A-Z])", "-", name.removesuffix("Alarm")).lower()

    assert (stage, end) == (STAGE, f"-{words}")
    assert f"| `{words}` |" in PAGE


def test_a_table_and_each_index_are_watched_for_throttles():
    indexes = {one["IndexName"] for one in table_definition("any")["GlobalSecondaryIndexes"]}
    watched = {
        (one["MetricName"], one["Dimensions"][1]["Value"] if one["Dimensions"][1:] else None)
        for one in (
            part["MetricStat"]["Metric"]
            for part in ALARMS["TableThrottlesAlarm"]["Metrics"]
            if "MetricStat" in part
        )
    }

    assert watched == {
        (f"{way}ThrottleEvents", place) for way in ("Read", "Write") for place in {None, *indexes}
    }


def test_one_slow_answer_rings_no_alarm():
    slow = ALARMS["ApiSlowAlarm"]

    assert slow["EvaluationPeriods"] == 3
    assert "DatapointsToAlarm" not in slow


def test_a_sweep_that_says_nothing_is_an_alarm():
    assert ALARMS["SweepLateAlarm"]["TreatMissingData"] == "breaching"


def test_dead_letters_are_encrypted_and_kept_for_14_days():
    queue = RESOURCES["DeadLetters"]["Properties"]

    assert queue["MessageRetentionPeriod"] == 14 * 24 * 3600
    assert queue["SqsManagedSseEnabled"] == {"If": ["HasKmsKey", {"Ref": "AWS::NoValue"}, True]}


@pytest.mark.parametrize("name", ["DeadLettersPolicy", "AlarmsPolicy"])
def test_a_policy_lets_one_service_in_and_only_with_tls(name):
    allowed, denied = RESOURCES[name]["Properties"]["PolicyDocument"]["Statement"]

    assert allowed["Effect"] == "Allow"
    assert list(allowed["Principal"]) == ["Service"]
    assert any("aws:SourceArn" in one for one in allowed["Condition"].values())
    assert denied["Effect"] == "Deny"
    assert denied["Condition"] == {"Bool": {"aws:SecureTransport": "false"}}


def test_every_event_that_fails_is_kept():
    functions = read_part("serverless.yml")["functions"]
    letters = {"GetAtt": "DeadLetters.Arn"}

    for function in functions.values():
        assert function["destinations"] == {"onFailure": {"type": "sqs", "arn": letters}}
    (event,) = [one["eventBridge"] for one in functions["api"]["events"] if "eventBridge" in one]
    allowed = RESOURCES["DeadLettersPolicy"]["Properties"]["PolicyDocument"]["Statement"][0]
    rule = allowed["Condition"]["ArnEquals"]["aws:SourceArn"]["Sub"]
    assert event["deadLetterQueueArn"] == letters
    assert rule.rpartition(":rule/")[2] == event["name"]
