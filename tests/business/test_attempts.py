"""The digest that tells a retry from another request: it lives as long as the images do."""

import pytest

from service.business.attempts import digest

ASKED = {"user_id": "ana", "filename": "cat.png", "tags": ["a", "b"], "description": None}
MEASURED = {"content_type": "image/png", "size": 9, "width": 3, "height": 2, "sha256": "a" * 64}
DECLARED = {"content_type": "image/png", "size": 9, "sha256": None}


@pytest.mark.parametrize(
    ("fields", "text"),
    [
        (ASKED | MEASURED, "d539b287baf7be06fcddc49b5568a3a9e477397dfbdbacad3226321d88de96f9"),
        (ASKED | DECLARED, "5364320f84a9a2087cbea9e24e594dcf27ab84d64d0cf40c85ba9c62c517f72e"),
    ],
    ids=["upload", "direct upload"],
)
def test_a_digest_is_that_of_the_first_version(fields, text):
    assert digest(fields) == text


@pytest.mark.parametrize("nothing", [None, []])
def test_a_new_field_that_was_left_out_changes_nothing(nothing):
    assert digest(ASKED | MEASURED | {"title": nothing}) == digest(ASKED | MEASURED)
    assert digest(ASKED | DECLARED | {"title": nothing}) == digest(ASKED | DECLARED)


def test_a_new_field_that_was_sent_is_another_request():
    digests = {digest(ASKED | MEASURED | {"title": title}) for title in (None, "", "A", "B")}

    assert len(digests) == 4


def test_what_a_later_version_measures_changes_nothing():
    assert digest(ASKED | MEASURED | {"created_at": "2026"}) == digest(ASKED | MEASURED)


@pytest.mark.parametrize("name", [*ASKED, *MEASURED])
def test_every_field_of_the_first_version_counts(name):
    assert digest(ASKED | MEASURED | {name: "other"}) != digest(ASKED | MEASURED)
