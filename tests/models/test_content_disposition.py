import email
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st
from werkzeug.http import parse_options_header

from service.models.content_disposition import content_disposition

NAUGHTY = [
    "cat.jpg",
    "my cat (1).jpg",
    'a"b.jpg',
    "it's.jpg",
    "a;b.jpg",
    "a; filename=b.exe",
    "100%41.jpg",
    "%2e%2e%2f.jpg",
    "a,b=c.jpg",
    "été à Paris.jpg",
    "写真.jpg",
    "写真",
    "...hidden",
    ".",
    "..",
    " ",
    "photo\u202egpj.exe",
    "\u200f\u200e.png",
    "\U0001f600" * 255,
    "UTF-8''cat.jpg",
    "<img src=x onerror=alert(1)>.png",
]
UNSAFE = [
    "a\r\nSet-Cookie: b=c.jpg",
    "a\x00b",
    "../../etc/passwd",
    "a\\b\\c.jpg",
    "\x7f\x85",
    "\ud800.jpg",
]
names = st.text(
    st.characters(exclude_categories=("Cs", "Cc"), exclude_characters="/\\"), min_size=1
)


def message_with(header):
    return email.message_from_string(f"Content-Disposition: {header}\n\n")


@pytest.mark.parametrize("filename", NAUGHTY)
def test_the_name_arrives_whole(filename):
    header = content_disposition(filename)

    disposition, options = parse_options_header(header)
    assert (disposition, options["filename"]) == ("attachment", filename)


@given(names)
def test_any_name_arrives_whole(filename):
    header = content_disposition(filename)

    assert parse_options_header(header)[1]["filename"] == filename


@pytest.mark.parametrize("filename", NAUGHTY + UNSAFE)
def test_the_fallback_is_plain_ascii(filename):
    header = content_disposition(filename)

    plain = header.partition("; filename*=")[0]
    assert re.fullmatch(r'attachment; filename="[A-Za-z0-9_()+-][A-Za-z0-9 ._()+-]*"', plain)
    assert header.isascii()
    assert header.isprintable()


@pytest.mark.parametrize("filename", UNSAFE)
def test_no_path_or_control_character_survives(filename):
    name = parse_options_header(content_disposition(filename))[1]["filename"]

    assert name.isprintable()
    assert not re.search(r"[/\\]", name)


def test_an_old_client_still_gets_a_name():
    assert content_disposition("écran.png").startswith('attachment; filename="_cran.png"')
    assert content_disposition("...").startswith('attachment; filename="image"')


@pytest.mark.parametrize("filename", NAUGHTY + UNSAFE)
def test_a_mail_parser_sees_no_further_parameter(filename):
    message = message_with(content_disposition(filename))

    parameters = message.get_params(header="Content-Disposition")
    assert [name for name, _ in parameters] == ["attachment", "filename", "filename"]
    assert message.keys() == ["Content-Disposition"]


@pytest.mark.parametrize("filename", NAUGHTY)
def test_a_mail_parser_decodes_the_same_name(filename):
    encoded = content_disposition(filename).partition("; filename*=")[2]

    assert message_with(f"attachment; filename*={encoded}").get_filename() == filename.strip()
