"""Let both functions of a deployment fail: their events are kept, the alarms tell of it.

python -m tests.packaging.failures ADDRESS --host NAME STACK
"""

import argparse
import json
import re
import sys
import time

import boto3
from botocore.config import Config

from tests.packaging.direct_upload import SIZE, begin, listed, send
from tests.packaging.journey import Service
from tests.support.gateway_events import SCHEDULED, arrived
from tests.system.large_pictures import jpeg_of

SECONDS = 120
functions = boto3.client("lambda", config=Config(read_timeout=120))
queues = boto3.client("sqs")
metrics = boto3.client("cloudwatch")


def travel(service, stack):
    """Break the functions, mend them, send the kept event again; hear of it all from the topic."""
    heard = listen(stack)
    letters = queues.get_queue_url(QueueName=f"{stack}-dead-letters")["QueueUrl"]
    assert not receive(letters), "the queue of dead letters is not empty"
    # The emulator's rules call a function once and keep no failure. So what is handed over
    # here is what the rule hands over to Lambda on AWS.
    rule = {"Name": f"{stack}-arrivals"}
    boto3.client("events").disable_rule(**rule)
    data = jpeg_of(SIZE)
    image = begin(service, data, "PUT")
    assert send(image["upload"], data) == 200, "the bytes were not taken"
    arrival = arrived(re.search(r"incoming/\w+/\w+", image["upload"]["url"])[0])
    tables = {name: set_table(f"{stack}-{name}", "nowhere") for name in ("api", "sweep")}
    begun = time.monotonic()
    hand_over(f"{stack}-api", arrival)
    # The emulator counts an error only where the caller waits for the answer.
    answer = functions.invoke(FunctionName=f"{stack}-sweep", Payload=json.dumps(SCHEDULED))
    assert answer["FunctionError"], answer
    hand_over(f"{stack}-sweep", SCHEDULED)
    kept = by_function(receive(letters, 2))
    seconds = time.monotonic() - begun
    for name, table in tables.items():
        set_table(f"{stack}-{name}", table)
    assert kept[f"{stack}-sweep"]["requestPayload"] == SCHEDULED, kept
    assert kept[f"{stack}-api"]["requestPayload"] == arrival, kept
    assert not listed(service), "the upload is complete already"
    hand_over(f"{stack}-api", kept[f"{stack}-api"]["requestPayload"])
    wait_until_listed(service)
    boto3.client("events").enable_rule(**rule)
    tell_figures(stack)
    told = hear(heard, {f"{stack}-{end}" for end in ("sweep-errors", "sweep-late", "dead-letters")})
    assert service.call("DELETE", f"/images/{image['image_id']}")[0] == 204
    sys.stdout.write(f"       2 failed events kept after {seconds:.1f} s, alarms told: {told}\n")


def listen(stack):
    """Subscribe a queue to the topic of the alarms, beside the e-mail; return its URL."""
    topics = boto3.client("sns")
    (topic,) = [
        one["TopicArn"]
        for one in topics.list_topics()["Topics"]
        if one["TopicArn"].endswith(f":{stack}-alarms")
    ]
    subscriptions = topics.list_subscriptions_by_topic(TopicArn=topic)["Subscriptions"]
    assert [one["Protocol"] for one in subscriptions] == ["email"], subscriptions
    url = queues.create_queue(QueueName="heard")["QueueUrl"]
    attributes = queues.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])
    arn = attributes["Attributes"]["QueueArn"]
    allowed = {"Effect": "Allow", "Principal": {"Service": "sns.amazonaws.com"}}
    allowed |= {"Action": "sqs:SendMessage", "Resource": arn}
    policy = json.dumps({"Version": "2012-10-17", "Statement": [allowed]})
    queues.set_queue_attributes(QueueUrl=url, Attributes={"Policy": policy})
    topics.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=arn)
    return url


def set_table(function, table):
    """Give a function another table; return the name of the one that it had."""
    settings = functions.get_function_configuration(FunctionName=function)
    variables = settings["Environment"]["Variables"]
    changed = {"Variables": variables | {"TABLE_NAME": table}}
    functions.update_function_configuration(FunctionName=function, Environment=changed)
    return variables["TABLE_NAME"]


def hand_over(function, event):
    """Give a function an event as EventBridge does: Lambda repeats it, and keeps it at the end."""
    payload = json.dumps(event)
    functions.invoke(FunctionName=function, InvocationType="Event", Payload=payload)


def receive(url, count=0):
    """Return the bodies of so many messages of a queue, parsed, and delete these messages."""
    bodies, end = [], time.monotonic() + SECONDS
    while True:
        answer = queues.receive_message(QueueUrl=url, WaitTimeSeconds=min(count, 1))
        for message in answer.get("Messages", []):
            bodies.append(json.loads(message["Body"]))
            queues.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])
        if len(bodies) >= count:
            return bodies
        assert time.monotonic() < end, f"{len(bodies)} messages in place of {count}"


def by_function(letters):
    """Return the dead letters by the name of the function that failed."""
    return {one["requestContext"]["functionArn"].split(":")[6]: one for one in letters}


def wait_until_listed(service):
    """Wait until the direct upload is complete: the event that was sent again has done it."""
    end = time.monotonic() + SECONDS
    while not listed(service):
        assert time.monotonic() < end, "the event that was sent again completed nothing"
        time.sleep(0.2)


def tell_figures(stack):
    """Report what AWS reports itself: this emulator has no metric filters and none of SQS."""
    late = {"MetricName": "OldestDueSeconds", "Value": 9000}
    metrics.put_metric_data(Namespace=stack, MetricData=[late])
    waiting = {"MetricName": "ApproximateNumberOfMessagesVisible", "Value": 2}
    waiting["Dimensions"] = [{"Name": "QueueName", "Value": f"{stack}-dead-letters"}]
    metrics.put_metric_data(Namespace="AWS/SQS", MetricData=[waiting])


def hear(url, names):
    """Return how many alarms have started, as the topic told; these names must be among them."""
    told, end = set(), time.monotonic() + SECONDS
    while not told >= names:
        assert time.monotonic() < end, f"the topic told only of {told}"
        message = json.loads(receive(url, 1)[0]["Message"])
        told |= {message["AlarmName"]} if message["NewStateValue"] == "ALARM" else set()
    ringing = metrics.describe_alarms(AlarmNames=list(names), StateValue="ALARM")["MetricAlarms"]
    assert {one["AlarmName"] for one in ringing} == names, ringing
    return len(told)


def main():
    """Travel once."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("address")
    parser.add_argument("--host", help="the Host header")
    parser.add_argument("stack", help="such as image-service-dev")
    arguments = parser.parse_args()
    travel(Service(arguments.address, arguments.host), arguments.stack)


if __name__ == "__main__":
    main()
