"""What a page mentions in a line of text, or shows and no test runs, is of programs, options and files that exist."""

import contextlib
import io
import re
import runpy
import warnings
from functools import cache

import pytest

from stages.recipe import ROOT

PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md")), ROOT / ".github" / "CONTRIBUTING.md"]
FENCED = re.compile(r"^( *)```(\w+)[^\n]*\n(.*?)^\1```", re.DOTALL | re.MULTILINE)
PLACES = r"(?<![\w./-])(?:configs|sign_latent|eval|data_prep|stages|tests|docs|\.ci|\.github)/[\w./*-]*\w"
PROGRAMS = re.compile(r"(?:python -m |python )((?:eval|data_prep|stages)[\w./]*)|torchrun .*?(stages/\w+\.py)")


def commands(page):
    """Lines of shell that a page shows, and spans of code in its text; each in one line."""
    text = page.read_text(encoding="utf-8").replace("\\\n", " ")
    shown = [line.split(" #")[0] for _, language, body in FENCED.findall(text) for line in body.splitlines()]
    spans = re.findall(r"`([^`]+)`", FENCED.sub("", text))
    return [" ".join(part.split()) for line in [*shown, *spans] for part in line.split("&&")]


def program(command):
    """Module and first word of a command of ours, and the options that it is given; None for any other."""
    ours = PROGRAMS.match(command)
    given = re.findall(r"(?<= )--[\w.-]+", command[ours.end() if ours else 0 :])
    if ours:
        first = [word for word in command[ours.end() :].split()[:1] if word[0] != "-"]
        return (ours[1] or ours[2]).removesuffix(".py").replace("/", "."), first, given
    if command.startswith("sign-latent "):
        words = command.split()[1:]
        return "sign_latent.cli", words[: 1 + (words[0] == "registry")], given
    return None


@cache
def help_of(module, *words):
    """What ``--help`` of a module prints, behind words of which it may have need."""
    said = io.StringIO()
    with pytest.MonkeyPatch.context() as patch, warnings.catch_warnings(), contextlib.redirect_stdout(said):
        warnings.filterwarnings("ignore", message=".*found in sys.modules.*")
        patch.setattr("sys.argv", [module, *words, "--help"])
        with pytest.raises(SystemExit):
            runpy.run_module(module, run_name="__main__", alter_sys=True)
    return said.getvalue()


def known(module, first, option):
    """Whether an option is of a program, or of that part of it which the first word names."""
    word = re.compile(rf"(?<![\w-]){re.escape(option)}(?![\w.-])")
    return bool(word.search(help_of(module)) or (first and word.search(help_of(module, *first))))


MENTIONED = [(page.name, found, command) for page in PAGES for command in commands(page) if (found := program(command))]


@pytest.mark.parametrize("module", sorted({module for _, (module, *_), _ in MENTIONED}))
def test_programs_that_pages_mention_are_there_and_take_the_options(module):
    wrong = [
        f"{page}: {option} of {command}"
        for page, (one, first, given), command in MENTIONED
        for option in given
        if one == module and option != "--help" and not known(module, first, option)
    ]
    assert help_of(module) and wrong == []


def test_an_option_that_is_not_there_is_found():
    assert known("data_prep.doctor", ["CORPUS"], "--max-missing-hands")
    assert not known("data_prep.doctor", ["CORPUS"], "--max-missing")


def test_files_that_pages_mention_are_there():
    added = {title for page in PAGES for title in re.findall(r'```python title="([^"]+)"', page.read_text("utf-8"))}
    found = {(page.name, place) for page in PAGES for place in re.findall(PLACES, page.read_text(encoding="utf-8"))}
    assert len(found) > 100
    assert [one for one in found if one[1] not in added and not list(ROOT.glob(one[1]))] == []
