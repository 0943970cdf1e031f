"""What the gallery's files may contain, and how their addresses follow from them."""

import re

import pytest

from service.common import config
from service.web.gallery import FOLDER, PAGE, TYPES, Gallery

FILES = sorted(path for path in FOLDER.rglob("*") if path.is_file())
SCRIPTS = [path for path in FILES if path.suffix == ".js"]
TEXTS = {path: path.read_text() for path in FILES}
MOST_BYTES = 60_000
# What a module needs before it runs, what it loads later, and the styles that it adds.
NEEDED = re.compile(
    r"""^(?:import|export)\b(?:[^;"']*?\bfrom)?\s*["']([^"']+)["'];""", re.MULTILINE
)
LATER = re.compile(r"""\bimport\(\s*["']([^"']+)["']\s*\)""")
STYLE = re.compile(r"""new URL\(["']([^"']+\.css)["'], import\.meta\.url\)""")
COMMENT = re.compile(r"^\s*//.*", re.MULTILINE)
ADDRESS = re.compile(r"""(?:https?:)?//[a-z0-9-]+(?:\.[a-z0-9-]+)+[^\s"'`<>)]*""", re.IGNORECASE)
# The names of vocabularies: no browser opens them.
VOCABULARIES = {"http://www.w3.org/2000/svg", "http://www.w3.org/1999/xhtml"}
# What a page needs `unsafe-inline` for, and what trusted types refuse.
INLINE = re.compile(r"<script(?![^>]*\ssrc=)|<style|\sstyle=|\son[a-z]+\s*=\s*[\"']|javascript:")
FROM_TEXT = re.compile(
    r"\b(?:innerHTML|outerHTML|insertAdjacentHTML|srcdoc|eval|document\.write"
    r"|createContextualFragment|DOMParser|setHTMLUnsafe|Function)\b|setAttribute\([\"']style"
)


def written(folder, **texts):
    """Write files into a folder, b__c_js as b/c.js; return the gallery of that folder."""
    for name, text in ({"index_html": "", "main_js": ""} | texts).items():
        path = folder / name.replace("__", "/").replace("_", ".")
        path.parent.mkdir(exist_ok=True, parents=True)
        path.write_text(text)
    return Gallery(config.load({}), None, folder)


def test_every_file_is_one_that_is_served():
    assert {path.suffix for path in FILES} <= TYPES.keys()
    assert FOLDER / PAGE in FILES
    assert SCRIPTS


def test_a_first_visit_loads_little():
    page = Gallery(config.load({}), None).page("")
    loaded = {FOLDER / "gallery.css", *needed(FOLDER / "main.js")}

    assert len(page.encode()) + sum(path.stat().st_size for path in loaded) < MOST_BYTES


def test_scripts_find_the_elements_they_name():
    ids = re.findall(r' id="([^"]+)"', TEXTS[FOLDER / PAGE])
    made = {name for path in SCRIPTS for name in re.findall(r'\bid: "([^"]+)"', TEXTS[path])}
    named = {name for path in SCRIPTS for name in re.findall(r'byId\("([^"]+)"\)', TEXTS[path])}

    assert len(ids) == len(set(ids))
    assert named
    assert named <= {*ids, *made}


def needed(path, before=()):
    """Return a module and all that it needs before it runs."""
    found = {*before, path}
    for name in NEEDED.findall(TEXTS[path]):
        module = (path.parent / name).resolve()
        found = found if module in found else needed(module, found)
    return found


def test_the_browser_is_told_at_once_which_modules_it_needs():
    gallery = Gallery(config.load({}), None)

    names = [path.relative_to(FOLDER).as_posix() for path in needed(FOLDER / "main.js")]
    assert gallery.modules == sorted(names)


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_no_file_names_another_host(path):
    assert set(ADDRESS.findall(COMMENT.sub("", TEXTS[path]))) <= VOCABULARIES


def test_the_page_has_no_script_or_style_of_its_own():
    assert INLINE.findall(TEXTS[FOLDER / PAGE]) == []


@pytest.mark.parametrize("path", SCRIPTS, ids=lambda path: path.name)
def test_no_script_makes_code_or_markup_of_text(path):
    assert FROM_TEXT.findall(TEXTS[path]) == []


@pytest.mark.parametrize("path", SCRIPTS, ids=lambda path: path.name)
def test_every_imported_file_is_there(path):
    later = LATER.findall(TEXTS[path])
    modules = NEEDED.findall(TEXTS[path]) + later

    assert len(later) == TEXTS[path].count("import(")
    for name in modules:
        assert name.startswith(("./", "../")), name
    for name in modules + STYLE.findall(TEXTS[path]):
        assert (path.parent / name).resolve() in FILES, name
    assert TEXTS[path].count(".css") == len(STYLE.findall(TEXTS[path]))


def test_the_page_names_files_that_are_there():
    named = re.findall(r'"\{files\}/([^"]+)"', TEXTS[FOLDER / PAGE])

    files = [name for name in named if not name.startswith("..")]
    assert "main.js" in files
    for name in files:
        assert FOLDER / name in FILES


def test_the_addresses_change_when_a_file_does(tmp_path):
    texts = {"index_html": "<p>{files} {preloads}", "a_js": "1", "b__c_js": "2", "d_css": "3"}
    changes = [{}, {"a_js": "2"}, {"b__c_js": "1"}, {"d_css": ""}, {"index_html": "x"}]
    # The same contents under another name, and another cut between two files.
    changes += [{"e_js": ""}, {"a_js": "12", "b__c_js": ""}]

    digests = [
        written(tmp_path / str(number), **texts | change).digest
        for number, change in enumerate(changes)
    ]

    assert len(set(digests)) == len(digests)
    assert written(tmp_path / "again", **texts).digest == digests[0]


def test_files_that_no_browser_needs_are_left_out(tmp_path):
    texts = {"index_html": "<p>{files}/b/c.js", "b__c_js": "2"}
    gallery = written(tmp_path / "a", **texts, notes_md="x")

    assert gallery.page("") == f"<p>gallery/{gallery.digest}/b/c.js"
    assert gallery.file(gallery.digest, "b/c.js") == (b"2", "text/javascript")
    assert gallery.file(gallery.digest, "notes.md") is None
    assert gallery.digest == written(tmp_path / "b", **texts).digest


def test_a_folder_of_files_is_read_once(tmp_path):
    gallery = written(tmp_path, index_html="<p>{files}/a.js", a_js="1")
    first = gallery.page("")

    (tmp_path / "a.js").write_text("2")

    assert gallery.page("") == first
    assert gallery.file(gallery.digest, "a.js") == (b"1", "text/javascript")


def test_modules_are_named_in_order_for_a_fast_start(tmp_path):
    first = 'import { a } from "./b/c.js";\nconst late = () => import("./late.js");\n'
    texts = {"main_js": first, "late_js": "", "b__c_js": 'import "../a.js";\n', "a_js": ""}
    gallery = written(tmp_path, index_html="{preloads}", **texts)

    assert gallery.page("", is_plain=False).split("\n") == [
        f'<link rel="modulepreload" href="gallery/{gallery.digest}/{name}">'
        for name in ("a.js", "b/c.js", "main.js")
    ]


def test_a_path_of_the_gateway_stays_text(tmp_path):
    gallery = written(tmp_path, index_html='<p id="{files}">')

    assert gallery.page('/"><b>').startswith('<p id="/&#34;&gt;&lt;b&gt;/gallery/')
