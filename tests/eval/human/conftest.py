"""A signer, a browser, a small pack, and raters who answer it."""

import csv
import importlib.util
from functools import cache
from pathlib import Path

import numpy as np
import pytest

from eval.human.design import Design, plan
from eval.human.key import Key
from sign_latent.rating.questions import FREE, asked
from sign_latent.rating.sheet import COLUMNS

# Test folders are no packages, and one browser serves the tests of all pages.
_SPEC = importlib.util.spec_from_file_location(
    "renderer_fixtures", Path(__file__).parents[2] / "renderer" / "conftest.py"
)
_RENDERER = importlib.util.module_from_spec(_SPEC)
_SPEC.loader.exec_module(_RENDERER)
browser, signer = _RENDERER.browser, _RENDERER.signer
axe_core, findings = _RENDERER.axe_core, _RENDERER.findings
WORDS = ("rain", "sun", "wind", "snow", "fog", "hail")


@cache
def small_key(systems=("one", "two"), raters=4, items=4, seed=0, **changes) -> Key:
    """The key of a pack in a real language; item i has the text "sentence i"."""
    names = [f"item{i}" for i in range(items)]
    about = {"spare": ["spare0", "spare1"], "sources": systems, "parts": ("single", "pair"), "repeats": 1}
    design = Design(**({"items": names, "systems": systems, "reversible": True, "seed": seed} | about | changes))
    return Key(
        pack="pabc",
        seed=seed,
        signed_language="ase",
        spoken_language="en",
        rehearsal=False,
        systems={name: {} for name in systems},
        items={name: f"sentence {name[-1]}" for name in [*names, *about["spare"]]},
        raters={f"r{i:02d}": trials for i, trials in enumerate(plan(design, raters), 1)},
    )


@pytest.fixture
def make_key():
    return small_key


@pytest.fixture
def write_results(tmp_path):
    """A function (key, rater, answer) -> file of a rater; answer(trial, question) is what they say, "" for nothing."""

    def write(key, rater, answer, about=(("consent", "yes"),)) -> Path:
        rows = [[key.pack, rater, "about", *line] for line in about]
        for trial in key.raters[rater]:
            given = {name: answer(trial, name) for name in [*asked(trial.part), *FREE[trial.part]]}
            rows += [[key.pack, rater, trial.code, name, value] for name, value in given.items() if value]
            rows.append([key.pack, rater, trial.code, "revealed", "yes"])
        path = tmp_path / f"{rater}.csv"
        with path.open("w", newline="", encoding="utf-8") as file:
            csv.writer(file, quoting=csv.QUOTE_ALL).writerows([COLUMNS, *rows])
        return path

    return write


@pytest.fixture
def folders(tmp_path, signer):
    """Clips of two systems and references for six texts, and the file of texts."""
    for number, name in enumerate(("alpha-net", "beta-net", "humans")):
        for i in range(6):
            movement = np.zeros((20, 10))
            movement[:, 0] = np.linspace(0, 0.2 + 0.1 * i + 0.3 * number, 20)
            (tmp_path / name).mkdir(exist_ok=True)
            signer(movement).save(tmp_path / name / f"clip_{i}.npz")
    texts = "".join(f"clip_{i},the text of {word}\n" for i, word in enumerate(WORDS))
    (tmp_path / "texts.csv").write_text("id,text\n" + texts, encoding="utf-8")
    return tmp_path
