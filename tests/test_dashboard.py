"""The dashboard of a deployment: JSON that CloudWatch reads, of metrics and logs that exist."""

import json
import re

import pytest

from service.business.upkeep.sweep import OUTCOMES
from tests.support.aws_metrics import is_known, own_metrics
from tests.support.deployment import ACCOUNT, Deployment, read

DEPLOYMENT = Deployment()
TEXT = DEPLOYMENT.properties("Dashboard")["DashboardBody"]
OWN = own_metrics(DEPLOYMENT)
# Resources that the deployment tool makes, as its own names.
MADE = {"HttpApi", "HttpApiLogGroup", "ApiLogGroup", "SweepLogGroup"}
MADE |= {"ApiLambdaFunction", "SweepLambdaFunction"}
WIDGETS = json.loads(TEXT)["widgets"]
METRICS = [one for one in WIDGETS if one["type"] == "metric"]


def title(widget):
    return widget["properties"]["title"]


def test_every_name_in_it_is_filled_in():
    names = set(re.findall(r"\$\{([A-Za-z]+)(?:\.\w+)?\}", TEXT))

    assert names <= {*DEPLOYMENT.resources, *MADE}


def test_it_defines_no_name_in_vain():
    file = read("deployment/dashboard.yml")["Resources"]["Dashboard"]["Properties"]
    text, names = file["DashboardBody"]["!Sub"]

    assert names
    assert all(f"${{{name}}}" in text for name in names)


def test_the_page_fits_its_grid_and_no_widget_covers_another():
    cells = [
        (x, y)
        for one in WIDGETS
        for x in range(one["x"], one["x"] + one["width"])
        for y in range(one["y"], one["y"] + one["height"])
    ]

    assert len(cells) == len(set(cells))
    assert max(x for x, _ in cells) == 23
    assert len(cells) == 24 * (max(y for _, y in cells) + 1)


@pytest.mark.parametrize("widget", METRICS, ids=title)
def test_a_graph_shows_metrics_that_exist(widget):
    shown = [
        [part for part in row if isinstance(part, str)] for row in widget["properties"]["metrics"]
    ]

    for row in filter(None, shown):
        assert is_known(row[0], row[1], row[2::2], OWN), row
    assert any(shown)


@pytest.mark.parametrize("widget", METRICS, ids=title)
def test_a_formula_uses_the_metrics_of_its_graph(widget):
    options = [
        part for row in widget["properties"]["metrics"] for part in row if isinstance(part, dict)
    ]
    ids = {one["id"] for one in options if "id" in one}

    for one in options:
        formula = re.sub(r"\$\{.*?\}", "", one.get("expression", ""))
        assert set(re.findall(r"[a-z]\w*", formula)) <= ids


def test_it_lists_every_alarm():
    (listed,) = [one["properties"]["alarms"] for one in WIDGETS if one["type"] == "alarm"]
    alarms = DEPLOYMENT.of_type("AWS::CloudWatch::Alarm").values()
    place = f"arn:aws:cloudwatch:us-east-1:{ACCOUNT}:alarm:"

    assert sorted(listed) == sorted(place + alarm["AlarmName"] for alarm in alarms)


def test_it_stays_within_what_costs_nothing():
    # So do dashboards of at most 50 metrics, as far as we know.
    assert sum(len(one["properties"]["metrics"]) for one in METRICS) <= 50


def query(start):
    (found,) = [
        one["properties"]["query"]
        for one in WIDGETS
        if one["type"] == "log" and title(one).startswith(start)
    ]
    return found


def test_the_statuses_are_those_of_the_access_log():
    api_format = json.loads(DEPLOYMENT.provider["logs"]["httpApi"]["format"])

    assert "'${HttpApiLogGroup}'" in query("Requests by status")
    assert "by status" in query("Requests by status")
    assert api_format["status"] == "$context.status"


def test_refused_uploads_are_counted_by_lines_of_the_log(new_app, capsys):
    client = new_app(LOG_LEVEL="INFO").test_client()

    client.post("/images", data={"user_id": "ana"})
    client.post("/images/batch", json={})

    lines = [json.loads(line) for line in capsys.readouterr().err.splitlines()]
    refused = [line for line in lines if line["event"] == "request refused"]
    wanted = {"event": "request refused", "method": "POST", "route": "/images"}
    counted = [line for line in refused if wanted.items() <= line.items()]
    assert all(f'{name} = "{value}"' in query("Uploads") for name, value in wanted.items())
    assert (len(refused), len(counted)) == (2, 1)
    assert counted[0]["problem"]


def test_figures_of_the_sweep_are_those_that_it_reports():
    shown = set(re.findall(r"sum\((\w+)\)", query("Sweep")))

    assert shown
    assert shown <= set(OUTCOMES)
