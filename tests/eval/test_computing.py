"""Every command that generates can be told where."""

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
API = "sign_latent.generation.api"
PROCESSOR = ("speed.py", "speed_streaming.py")
"""What measures in units of the processor."""


def loads(tree):
    """Calls of the function that loads a generator, under whatever name it is imported."""
    names = {
        name.asname or name.name
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom) and node.module == API
        for name in node.names
        if name.name in ("load", "load_any")
    }
    return [call for call in ast.walk(tree) if isinstance(call, ast.Call) and getattr(call.func, "id", None) in names]


FILES = [path for folder in ("eval", "stages") for path in sorted((ROOT / folder).rglob("*.py"))]
LOADING = {path: calls for path in FILES if (calls := loads(ast.parse(path.read_text(encoding="utf-8"))))}


@pytest.mark.parametrize("path", LOADING, ids=lambda path: path.stem)
def test_no_generator_is_loaded_without_a_word_on_its_device(path):
    told = [keyword.value for call in LOADING[path] for keyword in call.keywords if keyword.arg == "device"]
    assert len(told) == len(LOADING[path])
    assert all(isinstance(one, ast.Constant) == (path.name in PROCESSOR) for one in told)


def test_the_commands_are_found():
    assert {"systems.py", "seams.py", "gallery.py", "generate.py"} <= {path.name for path in LOADING}
