"""The rules for the code, checked here so that reviewers need not."""

import ast
import graphlib
import pkgutil
import re
from functools import cache
from pathlib import Path

ROOT = Path(__file__).parents[1]
SERVICE = sorted(ROOT.glob("service/**/*.py")) + sorted(ROOT.glob("main.py"))
BENCH = sorted(ROOT.glob("tests/bench/*.py"))
HOUSE = [path for path in SERVICE if path.parent != ROOT]
TESTS = [path for path in sorted(ROOT.glob("tests/**/*.py")) if path not in BENCH]
# Which folder may import which. These two join the parts, and may import all.
JOIN = {"app", "operators"}
MAY_IMPORT = {
    "api": {"api", "business", "models", "common"},
    "web": {"web", "models", "common"},
    "business": {"business", "models", "common"},
    "repositories": {"repositories", "models", "common"},
    "models": {"models"},
    "common": {"common"},
    "metrics": {"metrics", "common"},
    "running": {"running", "app", "metrics", "common"},
}
OUTSIDE = {
    "api": {"boto3", "botocore", "sqlite3"},
    "web": {"marshmallow", "boto3", "botocore", "sqlite3", "PIL"},
    "business": {"flask", "werkzeug", "marshmallow", "boto3", "botocore", "sqlite3"},
    "repositories": {"flask", "werkzeug", "marshmallow"},
    "models": {"flask", "werkzeug", "marshmallow", "boto3", "botocore", "sqlite3", "PIL"},
    "common": {"flask", "werkzeug", "marshmallow", "sqlite3", "PIL"},
    "metrics": {"flask", "werkzeug", "marshmallow", "boto3", "botocore", "sqlite3", "PIL"},
    "running": {"marshmallow", "boto3", "botocore", "sqlite3", "PIL"},
}
READS_ENVIRONMENT = {"service/app.py", "service/running/server.py", "service/common/config.py"}
# Where prometheus_client looks for its folder.
READS_ENVIRONMENT.add("service/metrics/prometheus.py")
PRINTS = {"service/running/server.py"}
# The builder of a problem's body, and the route of its page.
NAMES_PROBLEMS = {
    "service/api/problems/problem_body.py",
    "service/api/problems/problem_routes.py",
}
# A table of data may be longer than other files.
TABLES = {"service/common/config.py", "service/common/errors.py"}
VAGUE = {"util", "utils", "helper", "helpers", "manager", "managers", "misc", "tools"}
FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)


def title(path):
    """Return a path as people name it."""
    return str(path.relative_to(ROOT))


@cache
def nodes(path):
    """Return all nodes of a file's syntax tree."""
    return list(ast.walk(ast.parse(path.read_text())))


def imported(path):
    """Return the dotted names a file imports."""
    names = set()
    for node in nodes(path):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        if isinstance(node, ast.ImportFrom):
            names |= {f"{node.module}.{alias.name}" for alias in node.names}
    return names


def reached(path, *spellings):
    """Return the lines that use a name or attribute, such as print or os.environ."""
    return [
        node.lineno
        for node in nodes(path)
        if isinstance(node, ast.Attribute | ast.Name) and ast.unparse(node) in spellings
    ]


def functions(path):
    """Return the functions and methods of a file."""
    return [node for node in nodes(path) if isinstance(node, FUNCTIONS)]


def public(path):
    """Return a file's module, and the classes, functions and methods others may use."""
    module = nodes(path)[0]
    classes = [node for node in module.body if isinstance(node, ast.ClassDef)]
    members = [node for owner in (module, *classes) for node in owner.body]
    kinds = (ast.ClassDef, *FUNCTIONS)
    named = [node for node in members if isinstance(node, kinds) and node.name[0] != "_"]
    return [module, *named]


def offenders(paths, breaks):
    """Return what breaks a rule, by file: breaks(path) returns the places, if any."""
    return {title(path): places for path in paths if (places := breaks(path))}


def layer(path):
    """Return the folder of service/ that a file is in, or the name of a file right in it."""
    return path.relative_to(ROOT / "service").with_suffix("").parts[0]


def module(path):
    """Return a file's dotted name."""
    return ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")


def test_the_rules_see_the_files():
    assert len(SERVICE) > 90
    assert len(TESTS) > 90
    assert len(BENCH) > 15
    assert {layer(path) for path in HOUSE} == {*MAY_IMPORT, *JOIN, "__init__"}


def test_imports_point_downwards():
    def strangers(path):
        if layer(path) in JOIN:
            return []
        ours = {name.split(".")[1] for name in imported(path) if name.startswith("service.")}
        theirs = {name.split(".")[0] for name in imported(path)}
        return (ours - MAY_IMPORT[layer(path)]) | (theirs & OUTSIDE[layer(path)])

    assert offenders([path for path in HOUSE if layer(path) != "__init__"], strangers) == {}


def test_what_is_imported_from_the_service_exists():
    """Also in programs that no test runs, such as those of the fuzzer."""
    for path in TESTS + BENCH:
        for name in imported(path):
            if name.startswith("service."):
                assert exists(name), title(path)


def exists(name):
    """Tell whether a module, or a name in a module, exists."""
    try:
        pkgutil.resolve_name(name)
    except (AttributeError, ImportError):
        return False
    return True


def test_no_imports_run_in_a_circle():
    modules = {module(path) for path in SERVICE}

    def needs(path):
        # Late ones too. What is imported from a module is an attribute of it, or a module itself.
        names = {name if name in modules else name.rpartition(".")[0] for name in imported(path)}
        return (names & modules) - {module(path)}

    order = graphlib.TopologicalSorter({module(path): needs(path) for path in SERVICE})

    # Raises CycleError, which names the circle.
    assert set(order.static_order()) == modules


def test_there_are_no_annotations():
    def hints(path):
        found = [node.lineno for node in nodes(path) if isinstance(node, ast.AnnAssign)]
        found += [node.arg for node in nodes(path) if isinstance(node, ast.arg) and node.annotation]
        return found + [node.name for node in functions(path) if node.returns]

    assert offenders(SERVICE + TESTS + BENCH, hints) == {}


def test_functions_have_forty_lines_at_most():
    def long(path):
        return [node.name for node in functions(path) if node.end_lineno - node.lineno >= 40]

    assert offenders(SERVICE + TESTS + BENCH, long) == {}


def test_files_are_short():
    def surplus(path):
        most = 300 if ROOT / "tests" in path.parents else 200
        most = 400 if title(path) in TABLES else most
        return len(path.read_text().splitlines()) > most

    assert offenders(SERVICE + TESTS + BENCH, surplus) == {}


def test_everything_public_is_explained():
    def silent(path):
        found = [node for node in public(path) if not ast.get_docstring(node)]
        return [getattr(node, "name", "the module") for node in found]

    assert offenders(SERVICE + BENCH, silent) == {}


def test_names_say_something():
    def vague(path):
        parts = path.relative_to(ROOT).with_suffix("").parts
        return VAGUE & {word for part in parts for word in part.split("_")}

    assert offenders(SERVICE + TESTS + BENCH, vague) == {}


def test_the_environment_is_read_in_one_place():
    def reads(path):
        return reached(path, "os.environ", "os.getenv", "environ", "getenv")

    assert (
        offenders([path for path in SERVICE if title(path) not in READS_ENVIRONMENT], reads) == {}
    )


def test_one_place_builds_a_problem():
    def built(path):
        texts = [node for node in nodes(path) if isinstance(node, ast.Constant)]
        return [node.lineno for node in texts if "/problems/" in str(node.value)]

    assert set(offenders(SERVICE, built)) == NAMES_PROBLEMS


def test_business_knows_no_http():
    def knows(path):
        names = {node.attr for node in nodes(path) if isinstance(node, ast.Attribute)}
        return names & {"status", "headers", "title"}

    assert offenders([path for path in HOUSE if layer(path) == "business"], knows) == {}


def test_one_place_asks_which_store_it_is():
    def asks(path):
        return [node.attr for node in nodes(path) if getattr(node, "attr", None) == "embedded"]

    others = [path for path in SERVICE if title(path) != "service/common/config.py"]
    assert offenders(others, asks) == {"service/app.py": ["embedded"]}


def test_boto3_is_used_through_clients():
    assert (
        offenders(SERVICE, lambda path: reached(path, "boto3.resource", "session.resource")) == {}
    )


def test_nothing_is_printed():
    quiet = [path for path in SERVICE if title(path) not in PRINTS]

    assert offenders(quiet, lambda path: reached(path, "print")) == {}


def test_nothing_is_left_to_do():
    def notes(path):
        return [word for word in ("TODO", "FIXME", "XXX", "HACK") if word in path.read_text()]

    others = [path for path in SERVICE + TESTS + BENCH if path != Path(__file__)]
    assert offenders(others, notes) == {}


def test_tests_use_real_parts_and_do_not_sleep():
    def tricks(path):
        mocks = [name for name in imported(path) if re.match(r"(unittest\.)?mock\b", name)]
        return mocks + reached(path, "time.sleep", "sleep")

    # A system test may wait for a server it has started.
    fast = [path for path in TESTS if path.name.startswith("test_") and "system" not in path.parts]
    assert offenders(fast, tricks) == {}


def test_test_names_are_sixty_characters_at_most():
    def long(path):
        names = [node.name.removeprefix("test_") for node in functions(path)]
        return [name for name in names if len(name) > 60]

    assert offenders(TESTS, long) == {}
