"""The README agrees with the code."""

import re
from pathlib import Path

from service.common.config import SETTINGS
from service.models.fields import SENT, names

README = (Path(__file__).parents[1] / "README.md").read_text()


def settings_table():
    """Return the settings as the README shows them."""
    rows = [
        f"| `{name}` | {meaning} | {default and f'`{default}`'} |"
        for name, default, _parse, meaning in SETTINGS
    ]
    return "\n".join(["| variable | meaning | default |", "|---|---|---|", *rows])


def test_the_settings_table_is_that_of_the_code():
    shown = re.search(r"<!-- settings -->\n(.*)\n<!-- /settings -->", README, re.DOTALL)[1]

    assert shown == settings_table()


def test_the_fields_of_an_upload_are_those_of_the_code():
    row = re.search(r"^\| `POST /images` \| upload: (.*?);", README, re.M)[1]

    assert row == ", ".join(f"`{name}`" for name in ("image_data", *names(SENT)))


def test_every_make_target_it_names_exists():
    makefile = (Path(__file__).parents[1] / "Makefile").read_text()

    found = re.findall(r"(?:`|^)make ([a-z-]+)", README, re.M)

    assert found
    assert all(re.search(f"^{target}:.*## ", makefile, re.M) for target in found)
