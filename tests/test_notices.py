"""The table of third-party licences names every dependency, with the licence that it states of itself."""

import ast
import re
import sys
import tomllib
from importlib import metadata

import pytest
import yaml

import sign_latent
from stages.recipe import ROOT

LINES = (ROOT / "docs/THIRD_PARTY_NOTICES.md").read_text(encoding="utf-8").splitlines()
BODY = LINES[LINES.index("|---|---|---|") + 1 :]
ROWS = {name: (by, licence) for name, by, licence in (re.findall(r"[^|]+", line) for line in BODY)}
TABLE = {name.strip(): (by.strip(), licence.strip()) for name, (by, licence) in ROWS.items()}
FAMILIES = ("Apache", "BSD", "MIT", "MPL", "GPL", "Proprietary")


def needed():
    """Package -> extras that install it."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    found = {}
    for extra, names in [("base", project["dependencies"]), *project["optional-dependencies"].items()]:
        for name in names:
            found.setdefault(re.match(r"[\w.-]+", name)[0], []).append(extra)
    return {name: ", ".join(extras) for name, extras in found.items()}


def stated(name):
    """What a package says of its licence in any of the three places of its metadata."""
    about = metadata.metadata(name)
    classes = [c for c in about.get_all("Classifier") or [] if c.startswith("License")]
    return " ".join([about.get("License-Expression") or "", (about.get("License") or "")[:60], *classes])


def test_the_table_names_what_is_needed_and_nothing_else():
    assert {name: by for name, (by, _) in TABLE.items()} == needed()


BY_ANOTHER_NAME = {"PIL": "pillow", "pympi": "pympi-ling", "sklearn": "scikit-learn", "yaml": "pyyaml"}
BROUGHT = {"torch-fidelity": "a user installs it to plug in weights of their own; where it is absent that is said"}


def test_what_is_imported_is_needed():
    own = {"sign_latent", "stages", "eval", "data_prep"}
    found = set()
    for file in [file for room in own for file in (ROOT / room).rglob("*.py")]:
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Import):
                found |= {alias.name.split(".")[0] for alias in node.names}
            elif isinstance(node, ast.ImportFrom):
                found.add(node.module.split(".")[0])
    others = found - own - sys.stdlib_module_names
    packages = {BY_ANOTHER_NAME.get(name, name.replace("_", "-")) for name in others}
    known = {name.replace("_", "-") for name in needed()}
    assert len(packages) > 20 and packages - known == set(BROUGHT)


@pytest.mark.parametrize("name", TABLE)
def test_licences_are_those_that_the_packages_state(name):
    try:
        said = stated(name)
    except metadata.PackageNotFoundError:
        pytest.skip(f"{name} is not installed")
    families = {family for family in FAMILIES if family in said}
    written = TABLE[name][1]
    assert families <= {f for f in FAMILIES if f in written} or "parts under other licences" in written
    assert bool(families) != written.startswith("not stated")


def test_the_citation_is_of_this_version_and_licence():
    cited = yaml.safe_load((ROOT / "CITATION.cff").read_text(encoding="utf-8"))
    assert cited["version"] == sign_latent.__version__ and cited["license"] == "Apache-2.0"
    assert {"cff-version", "message", "title", "authors"} <= set(cited)
