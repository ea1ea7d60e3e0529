"""The site is built with strict links and loads nothing from elsewhere; what the README links to is there."""

import os
import re
import subprocess
import sys

import pytest

from stages.recipe import ROOT

LOADED = re.compile(r'<(?:script|img|iframe)[^>]*\bsrc=[^\s>]+|<link[^>]*rel="?(?:stylesheet|preconnect|icon)[^>]*>')
"""Tags by which a page loads something."""


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    pytest.importorskip("material", reason="the site needs mkdocs-material (extra docs)")
    folder = tmp_path_factory.mktemp("site")
    command = [sys.executable, "-m", "mkdocs", "build", "--strict", "--site-dir", folder]
    command += ["--config-file", ROOT / ".github" / "mkdocs.yml"]
    own = os.environ | {"NO_MKDOCS_2_WARNING": "1"}
    done = subprocess.run(command, cwd=ROOT, env=own, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return folder


def test_every_page_of_docs_is_in_the_site(site):
    pages = {page.relative_to(ROOT / "docs").with_suffix("").as_posix() for page in (ROOT / "docs").rglob("*.md")}
    built = {page.parent.relative_to(site).as_posix() for page in site.rglob("index.html")}
    assert pages - {"index"} == built - {"."} and len(pages) > 15


def test_pages_load_nothing_from_elsewhere(site):
    loaded = [(page.name, found[0]) for page in site.rglob("*.html") for found in LOADED.finditer(page.read_text())]
    assert len(loaded) > 20
    assert [load for load in loaded if "//" in load[1]] == []
    styles = [style.read_text() for style in site.rglob("*.css")]
    assert styles and not any(re.search(r"url\(.?https?:|@import", style) for style in styles)


@pytest.mark.parametrize("page", ["README.md", ".github/CONTRIBUTING.md"])
def test_links_of_pages_outside_the_site_lead_somewhere(page):
    links = re.findall(r"\]\(([^)#\s]+)", (ROOT / page).read_text(encoding="utf-8"))
    inside = [link for link in links if "://" not in link]
    assert inside and all(((ROOT / page).parent / link).exists() for link in inside), inside
