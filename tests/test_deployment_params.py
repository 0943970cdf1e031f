"""Every setting reaches the deployment as a param, and the README names every param."""

import re

import pytest

from service.common.config import SETTINGS
from tests.support.deployment import PARAM, ROOT, Deployment, default_params

README = (ROOT / "README.md").read_text()
PARAMS = default_params()
# Settings that no param sets, and why.
WITHOUT_PARAM = {
    "AWS_DEFAULT_REGION": "Lambda sets it to the region of the deployment: --region.",
    "AWS_LAMBDA_FUNCTION_NAME": "Lambda sets it.",
    "AWS_ENDPOINT_URL": "The deployment uses AWS.",
    "PUBLIC_S3_ENDPOINT_URL": "The deployment uses AWS.",
    "USE_LOCALSTACK": "The deployment uses AWS.",
    "DATA_DIR": "Lambda keeps no disk.",
    "HOST": "There is no server.",
    "PORT": "There is no server.",
    "WORKERS": "There is no server.",
    "THREADS": "There is no server.",
    "TRUSTED_PROXIES": "The gateway says who the client is, outside every header.",
    "RATE_LIMIT": "Each instance would count for itself: requests-per-second, burst.",
    "STRIP_STAGE_PATH": "Always 1: otherwise every URL starts with /$default.",
}
# Params whose values another name has in the table of settings.
UNDER_ANOTHER_NAME = {
    "BUCKET_NAME": "bucket",
    "TABLE_NAME": "table",
    "JWT_SECRET": "jwt-secret-id",
    "API_GATEWAY_BASE_PATH": "base-path",
}


def param_of(setting):
    """Return the name that a setting's param has, or would have."""
    return UNDER_ANOTHER_NAME.get(setting, setting.lower().replace("_", "-"))


def setting_of(param):
    """Return the name of the setting that a param of the same name sets, or None."""
    name = param.upper().replace("-", "_")
    return name if name in {name for name, *_ in SETTINGS} else None


def test_every_setting_is_a_param_or_says_why_not():
    settings = {name for name, *_ in SETTINGS}
    without = {name for name in settings if param_of(name) not in {*PARAMS, "auth"}}

    assert without == set(WITHOUT_PARAM)
    assert all(WITHOUT_PARAM.values())


@pytest.mark.parametrize("setting", [name for name, *_ in SETTINGS if name not in WITHOUT_PARAM])
def test_the_param_of_a_setting_reaches_the_api(setting):
    param = {param_of(setting).replace("-", "_"): "marked-7"}
    deployment = Deployment(**param)
    environment = deployment.environment | deployment.functions["api"]["environment"]

    assert "marked-7" in environment[setting]


@pytest.mark.parametrize("name", [*PARAMS, "auth"])
def test_every_param_is_used(name):
    assert name in used("deployment/checks.yml")


def test_no_param_is_used_that_is_not_there():
    assert used() <= {*PARAMS, "auth"}


def used(*but):
    """Return the params that serverless.yml and its parts use, but for some of these."""
    paths = {ROOT / "serverless.yml", *(ROOT / "deployment").glob("*.yml")}
    paths -= {ROOT / name for name in but}
    return {name for path in paths for name in PARAM.findall(path.read_text())}


def test_the_defaults_are_those_of_the_settings():
    defaults = {name: default for name, default, *_ in SETTINGS}
    others = {name for name in PARAMS if setting_of(name)}
    others = {name for name in others if PARAMS[name] != defaults[setting_of(name)]}

    # A body of Lambda is smaller than MAX_IMAGE_SIZE.
    assert others == {"max-inline-size"}


def params_table():
    """Return the params as the README shows them."""
    comments = dict(
        re.findall(r"^    ([a-z-]+): [^#\n]*# (.+)$", (ROOT / "serverless.yml").read_text(), re.M)
    )
    rows = [
        f"| `{name}` | {comments[name]} | {default and f'`{default}`'} |"
        for name, default in PARAMS.items()
        if not setting_of(name)
    ]
    named = [f"`{name}`" for name in PARAMS if setting_of(name)]
    named = [f"{name} (4500000)" if name == "`max-inline-size`" else name for name in named]
    head = ["| `--param` | meaning | default |", "|---|---|---|"]
    return "\n".join([*head, *rows]), ", ".join(["`auth`", *named])


def test_the_readme_has_every_param():
    shown = re.search(r"<!-- params -->\n(.*)\n<!-- /params -->", README, re.DOTALL)[1]
    table, named = params_table()

    assert shown == f"{table}\n\nThe others set the setting of their name: {named}."


def test_the_readme_passes_only_params_that_are_there():
    pages = [README, *(path.read_text() for path in (ROOT / "docs").glob("*.md"))]
    named = {name for page in pages for name in re.findall(r"--param[ =]\"?([a-z-]+)=", page)}

    assert named
    assert named <= {*PARAMS, "auth"}
