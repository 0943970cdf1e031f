"""Documents, docstrings and comments name only pages, files and tests that exist."""

import ast
import io
import re
import tokenize
from functools import cache
from pathlib import Path

import pytest

from service.common.version import VERSION
from service.models.fields import FIELDS

ROOT = Path(__file__).resolve().parents[1]
PLACES = ["README.md", "CHANGELOG.md", "docs/**/*.md", "tests/bench/README.md", "*.py"]
PLACES += [f"{folder}/**/*.py" for folder in ("service", "tests")]
# A page, a path that starts with a folder of the repository, or a code or settings file.
# A name after a slash, a colon or an @ is part of a longer path, a URL or an address.
NAME = re.compile(
    r"(?<![\w/.:@-])(?:"
    r"(?:\.ci|deployment|docs|service|tests)/[\w.*/-]*"
    r"|[\w.-][\w./-]*\.md\b"
    r"|[\w-][\w.-]*\.(?:py|yml|toml|ini)\b"
    r"|requirements[\w-]*\.(?:txt|lock)\b)"
)
TEST = re.compile(r"`(tests/[\w/]+\.py|test_\w+)`")
EXPLAINED = (ast.Module, ast.ClassDef, ast.FunctionDef)


@cache
def text_of(path):
    """Return a page, or the docstrings and comments of a Python file."""
    text = path.read_text()
    if path.suffix == ".md":
        return text
    nodes = [node for node in ast.walk(ast.parse(text)) if isinstance(node, EXPLAINED)]
    tokens = tokenize.generate_tokens(io.StringIO(text).readline)
    comments = [token.string for token in tokens if token.type == tokenize.COMMENT]
    return "\n".join([ast.get_docstring(node) or "" for node in nodes] + comments)


def names_in(text):
    """Return the pages and paths that a text names, without the full stop of a sentence."""
    return {name.rstrip(".-/") for name in NAME.findall(text)}


def exists(name, folder):
    """Tell whether a name, perhaps with *, is found from the repository's root or a folder."""
    return any(any(start.glob(name)) for start in (ROOT, folder))


def missing(text, folder=ROOT):
    """Return the names in a text that are not in the repository."""
    return sorted(name for name in names_in(text) if not exists(name, folder))


def named_tests(text):
    """Return the (file, test) pairs of a text: a test belongs to the file named before it."""
    pairs, file = [], None
    for name in TEST.findall(text):
        if "/" in name:
            file = name
        else:
            pairs.append((file, name))
    return pairs


@cache
def functions_in(name):
    """Return the names of a file's functions and methods."""
    tree = ast.parse((ROOT / name).read_text())
    return {node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)}


@pytest.fixture(scope="module")
def paths():
    return sorted(path for place in PLACES for path in ROOT.glob(place))


@pytest.fixture(scope="module")
def storage():
    return (ROOT / "docs/storage.md").read_text()


def test_every_file_named_exists(paths):
    absent = {str(path): missing(text_of(path), path.parent) for path in paths}

    assert {path: names for path, names in absent.items() if names} == {}


def test_there_are_names_to_check(paths):
    named = [name for path in paths for name in names_in(text_of(path))]

    assert len(named) > 50
    assert {"docs/storage.md", "docs/SECURITY.md", "serverless.yml", "service/app.py"} <= set(named)
    assert named.count("docs/storage.md") >= 4


@pytest.mark.parametrize(
    "text",
    ["see gone.md", "(docs/gone.md)", "`service/api/gone.py`.", "tests/gone/", "gone.yml",
     "service/gone/*.py"],
)  # fmt: skip
def test_a_wrong_name_is_found(text):
    assert len(missing(text)) == 1


@pytest.mark.parametrize(
    "text",
    ["photo.jpg, body.json and images.db", "https://example.com/docs/gone.md", "/docs/gone",
     "`service/app.py`'s", "service/business/*.py", "./README.md", "images/0123/4567"],
)  # fmt: skip
def test_other_names_are_ignored(text):
    assert missing(text) == []


def test_the_fields_of_a_doc_are_those_of_the_code(storage):
    table = storage.partition("| in `doc` | ")[2].partition("\n\n")[0]

    named = re.findall(r"`(\w+)`", " ".join(re.findall(r"^\|([^|]*)\|", table, re.M)))

    assert named == [field.name for field in FIELDS if field.kept]


def test_every_test_named_exists(storage):
    absent = [pair for pair in named_tests(storage) if pair[1] not in functions_in(pair[0])]

    assert absent == []


def test_every_promise_names_a_test(storage):
    rows = re.findall(r"^\| (I\d) \|(.*)", storage, re.M)

    assert [name for name, _ in rows] == [f"I{number}" for number in range(1, 9)]
    assert all(named_tests(row) for _, row in rows)
    assert len(named_tests(storage)) > 30


def test_the_changelog_begins_with_the_version_that_runs():
    versions = re.findall(r"^## (\S+)", (ROOT / "CHANGELOG.md").read_text(), re.MULTILINE)

    assert versions[0] == VERSION
