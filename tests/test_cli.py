"""Laws of the command line: quick to answer, one line and exit code 2 for what a user can mend."""

import os
import subprocess
import sys

import numpy as np
import pytest

from sign_latent import registry
from sign_latent.cli import main

HEAVY = ("torch", "numpy", "lightning", "sentence_transformers", "datasets", "pyarrow", "av", "diffusers")


def failing(capsys, *arguments: str) -> str:
    """The error line of a command that must fail with exit code 2."""
    with pytest.raises(SystemExit) as stopped:
        main(list(arguments))
    assert stopped.value.code == 2
    printed = capsys.readouterr()
    assert printed.out == ""
    return printed.err


@pytest.fixture(autouse=True)
def shelf(sign_latent_home, monkeypatch, tmp_path):
    monkeypatch.setattr(registry, "EMBEDDED", tmp_path / "embedded")
    return sign_latent_home


def put(name: str, **more) -> registry.Card:
    import torch

    return registry.publish(registry.Card(name=name, model="toy", settings={}, **more), {"w": torch.ones(2)}, {})


def test_help_imports_nothing_heavy():
    """What makes a command slow to answer is what it imports; how slow is measured in eval/speed.py."""
    asked = subprocess.run([sys.executable, "-m", "sign_latent.cli", "--help"], capture_output=True, text=True)
    assert all(word in asked.stdout for word in ("generate", "edit", "registry", "view", "studio"))
    check = f"import sys, sign_latent.cli; print([m for m in {HEAVY} if m in sys.modules])"
    assert subprocess.run([sys.executable, "-c", check], capture_output=True, text=True).stdout == "[]\n"


@pytest.mark.parametrize(
    "chosen, wanted",
    [({}, "PASSIVE 3000"), ({"OMP_WAIT_POLICY": "ACTIVE"}, "ACTIVE None"), ({"GOMP_SPINCOUNT": "9"}, "None 9")],
)
def test_threads_turn_in_circles_for_moments_alone_unless_told_otherwise(tmp_path, chosen, wanted):
    """Where others work too a sentence would take minutes; OpenMP asks the environment when torch is loaded."""
    names = ("OMP_WAIT_POLICY", "GOMP_SPINCOUNT")
    own = {k: v for k, v in os.environ.items() if k not in names} | chosen
    check = f"""
import os, sys
from importlib.abc import MetaPathFinder
class Told(MetaPathFinder):
    def find_spec(self, name, path, target=None):
        if name == "torch":
            print(*map(os.environ.get, {names}), flush=True)
            os._exit(0)
sys.meta_path.insert(0, Told())
from sign_latent.cli import main
main(["generate", "rain", "-o", {str(tmp_path / "rain.npz")!r}])
"""
    assert (
        subprocess.run([sys.executable, "-c", check], capture_output=True, text=True, env=own).stdout == f"{wanted}\n"
    )


@pytest.mark.parametrize(
    "arguments, needed",
    [
        ("registry list", set()),
        ("registry verify", set()),
        ("registry graph", set()),
        ("view {clip} -o {page}", {"numpy"}),
    ],
)
def test_light_commands_import_nothing_heavy(tmp_path, arguments, needed):
    from sign_latent.pose.pose import Pose
    from sign_latent.pose.skeleton import get_skeleton

    skeleton = get_skeleton("smplx")
    points = len(skeleton.points)
    Pose(np.zeros((2, points, 3), np.float32), np.ones((2, points), np.float32), 25.0, skeleton).save(
        tmp_path / "clip.npz"
    )
    given = arguments.format(clip=tmp_path / "clip.npz", page=tmp_path / "page.html").split()
    check = (
        f"import sys; from sign_latent.cli import main; main({given}); print([m for m in {HEAVY} if m in sys.modules])"
    )
    ended = subprocess.run([sys.executable, "-c", check], capture_output=True, text=True)
    assert ended.stdout.splitlines()[-1] == str(sorted(needed)), ended.stderr


@pytest.mark.parametrize(
    "arguments, named",
    [
        (["generate", "hello", "-o", "{room}/x.mp4", "--signed-language", "GSL"], "GSL"),
        (["generate", "hello", "-o", "{room}/x.mp4", "--spoken-language", "klingon"], "klingon"),
        (["generate", "hello", "-o", "{room}/x.mp4", "--model", "no-such-model"], "no-such-model"),
        (["generate", " ", "-o", "{room}/x.mp4"], "text"),
        (["generate", "hello", "-o", "{room}/x.txt"], "x.txt"),
        (["generate", "hello", "-o", "{room}/none/x.mp4"], "none"),
        (["generate", "hello", "-o", "{room}/x.mp4", "--style", "a.npz"], "--style-text"),
        (["generate", "hello", "-o", "{room}/x.mp4", "--style-text", "hello"], "--style CLIP"),
        (["generate", "hello", "-o", "{room}/x.mp4", "--style", "no-such.npz", "--style-text", "hello"], "no-such.npz"),
        (["edit", "no-such.npz", "hello", "-o", "{room}/x.mp4", "--keep", "0:9"], "no-such.npz"),
        (["edit", "a.npz", "hello", "-o", "{room}/x.mp4", "--keep", "0-9"], "0-9"),
        (["edit", "a.npz", " ", "-o", "{room}/x.mp4", "--keep", "0:9"], "text"),
        (["registry", "show", "no-such-model"], "no-such-model"),
        (["view", "{room}/no-such.pose", "-o", "{room}/page.html"], "no-such.pose"),
    ],
)
def test_bad_input_is_one_line_that_names_it_and_nothing_is_written(capsys, tmp_path, arguments, named):
    line = failing(capsys, *(argument.format(room=tmp_path) for argument in arguments))
    assert line.startswith("error: ") and line.count("\n") == 1 and named in line
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("arguments", [[], ["generate", "hello"], ["nothing"], ["registry"], ["generate", "a", "--x"]])
def test_wrong_usage_is_exit_code_2_and_one_line(capsys, arguments):
    line = failing(capsys, *arguments)
    assert line.startswith("error: ") and line.count("\n") == 1 and "see sign-latent" in line


def test_registry_commands_show_what_is_there(capsys):
    parent = put("auto")
    child = put("child", parents={"autoencoder": parent.reference})
    main(["registry", "list"])
    listed = capsys.readouterr().out.splitlines()
    assert [line.split()[:2] for line in listed[1:]] == [["auto", parent.hash], ["child", child.hash]]
    main(["registry", "show", "child"])
    assert registry.Card.from_json(capsys.readouterr().out) == child
    main(["registry", "graph"])
    first, second = capsys.readouterr().out.splitlines()
    assert first == parent.reference and second.startswith(f"    {child.reference}") and "autoencoder" in second
    main(["registry", "verify"])
    assert capsys.readouterr().out.startswith("2 artefacts")


def test_verify_fails_on_damage_and_graph_shows_a_missing_parent(capsys, shelf):
    parent = put("auto")
    put("child", parents={"autoencoder": parent.reference})
    (shelf / "auto" / "model.safetensors").write_bytes(b"")
    assert "artefact auto" in failing(capsys, "registry", "verify")
    (shelf / "auto").rename(shelf.parent / "elsewhere")
    main(["registry", "graph"])
    assert capsys.readouterr().out.startswith(f"{parent.reference}  (missing)")
