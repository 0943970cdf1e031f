"""What tells an operator of faults: the alarms, their topic, and the queue of dead letters."""

import re

import pytest

from service.repositories.aws.dynamodb.table import table_definition
from tests.support.aws_metrics import is_known, own_metrics
from tests.support.deployment import ROOT, SERVICE, Deployment

TOPIC = "arn:aws:sns:us-east-1:123456789012:alarms"
KEY = "arn:aws:kms:us-east-1:123456789012:key/1"
TOLD = Deployment(alarm_topic=TOPIC, alarm_email="ops@example.com")
ALARMS = TOLD.of_type("AWS::CloudWatch::Alarm")
OWN = own_metrics(TOLD)
PAGE = (ROOT / "docs/aws.md").read_text()


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
@pytest.mark.parametrize(
    ("params", "topics"),
    [
        ({}, []),
        ({"alarm_topic": TOPIC}, [TOPIC]),
        ({"alarm_email": "ops@example.com"}, ["${Alarms}"]),
        ({"alarm_topic": TOPIC, "alarm_email": "ops@example.com"}, [TOPIC, "${Alarms}"]),
    ],
)
def test_an_alarm_tells_each_topic_when_it_starts_and_ends(name, params, topics):
    deployment = Deployment(**params)
    alarm = deployment.properties(name)

    assert alarm["AlarmActions"] == alarm["OKActions"] == topics
    assert ("Alarms" in deployment.resources) == ("${Alarms}" in topics)


@pytest.mark.parametrize("name", ALARMS)
def test_an_alarm_is_explained_under_its_name(name):
    words = re.sub(r"(?<!^)(?=[A-Z])", "-", name.removesuffix("Alarm")).lower()

    assert ALARMS[name]["AlarmName"] == f"{SERVICE}-{words}"
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
    queue = TOLD.properties("DeadLetters")
    with_key = Deployment(kms_key=KEY).properties("DeadLetters")

    assert queue["MessageRetentionPeriod"] == 14 * 24 * 3600
    assert queue["SqsManagedSseEnabled"] is True
    assert "KmsMasterKeyId" not in queue
    assert with_key["KmsMasterKeyId"] == KEY
    assert with_key["SqsManagedSseEnabled"] is False


@pytest.mark.parametrize("name", ["DeadLettersPolicy", "AlarmsPolicy"])
def test_a_policy_lets_one_service_in_and_only_with_tls(name):
    allowed, denied = TOLD.properties(name)["PolicyDocument"]["Statement"]

    assert allowed["Effect"] == "Allow"
    assert list(allowed["Principal"]) == ["Service"]
    assert any("aws:SourceArn" in one for one in allowed["Condition"].values())
    assert denied["Effect"] == "Deny"
    assert denied["Condition"] == {"Bool": {"aws:SecureTransport": "false"}}


def test_every_event_that_fails_is_kept():
    letters = "${DeadLetters.Arn}"

    for function in TOLD.functions.values():
        assert function["destinations"] == {"onFailure": {"type": "sqs", "arn": letters}}
    events = TOLD.functions["api"]["events"]
    (event,) = [one["eventBridge"] for one in events if "eventBridge" in one]
    allowed = TOLD.properties("DeadLettersPolicy")["PolicyDocument"]["Statement"][0]
    rule = allowed["Condition"]["ArnEquals"]["aws:SourceArn"]
    assert event["deadLetterQueueArn"] == letters
    assert rule.rpartition(":rule/")[2] == event["name"]
