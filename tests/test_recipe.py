"""A recipe runs its stages in order, skips what is published and goes on where it was stopped, from anywhere."""

import signal
import sys

import pytest
import yaml

from sign_latent import registry
from sign_latent.errors import UserError, run
from stages import recipe

# Stands for a stage: notes its arguments, dies where told to, and publishes a few bytes.
STAGE = """
import os, signal, sys
from pathlib import Path
from sign_latent.card import Card
from sign_latent.files import file_hash, folder_aside
given = dict(zip(sys.argv[1::2], sys.argv[2::2]))
with open("calls", "a") as calls:
    calls.write(" ".join([Path(sys.argv[0]).stem, *sys.argv[1:]]) + "\\n")
name, parents = given["--name"], {}
if Path("kill-" + name).exists():
    Path("kill-" + name).unlink()
    os.kill(os.getpid(), signal.SIGKILL)
home = Path(os.environ["SIGN_LATENT_HOME"])
if "--first" in given:
    parents["first"] = Card.from_json((home / given["--first"] / "card.json").read_text()).reference
with folder_aside(home / name, "artefact") as folder:
    (folder / "model.safetensors").write_bytes(os.urandom(8))
    digest = file_hash(folder / "model.safetensors")
    (folder / "card.json").write_text(Card(name, "toy", {}, parents=parents, weights_sha256=digest).to_json())
"""

RECIPE = {
    "stages": [
        {"stage": "first", "name": "one", "config": "configs/first.yaml", "arguments": {"half": True}},
        {"stage": "second", "name": "two", "config": "configs/second.yaml", "parents": {"first": "one"}},
        {"stage": "second", "name": "three", "config": "configs/second.yaml", "parents": {"first": "one"}},
    ]
}


@pytest.fixture
def checkout(tmp_path, monkeypatch, sign_latent_home):
    """A checkout with two made-up stages and a recipe of three; the working directory is another."""
    root, elsewhere = tmp_path / "checkout", tmp_path / "elsewhere"
    for folder in (root / "stages", root / "configs" / "recipes", elsewhere):
        folder.mkdir(parents=True)
    for name in ("first", "second"):
        (root / "stages" / f"{name}.py").write_text(STAGE)
        (root / "configs" / f"{name}.yaml").write_text("{}")
    (root / "configs" / "recipes" / "three.yaml").write_text(yaml.safe_dump(RECIPE))
    monkeypatch.setattr(recipe, "ROOT", root)
    monkeypatch.chdir(elsewhere)
    return root


def go(*arguments, file="configs/recipes/three.yaml"):
    recipe.main(["--recipe", str(file), "--corpus", "clips", *arguments])


def calls(folder):
    """What was run so far: name and arguments beyond those that all stages get."""
    lines = (
        [line.split() for line in (folder / "calls").read_text().splitlines()] if (folder / "calls").exists() else []
    )
    found = [(stage, dict(zip(rest[::2], rest[1::2], strict=True))) for stage, *rest in lines]
    assert all(given.pop("--corpus") == "clips" and given.pop("--train.resume") == "true" for _, given in found)
    return [(stage, given.pop("--name"), given.pop("--config"), given) for stage, given in found]


def test_stages_run_in_order_on_their_parents(checkout, tmp_path):
    go("--prefix", "my-")
    first, second = (str(checkout / "configs" / f"{name}.yaml") for name in ("first", "second"))
    assert calls(tmp_path / "elsewhere") == [
        ("first", "my-one", first, {"--half": "True"}),
        ("second", "my-two", second, {"--first": "my-one"}),
        ("second", "my-three", second, {"--first": "my-one"}),
    ]
    assert registry.verify() == [] and len(registry.list_artefacts()) >= 3


def test_what_is_published_is_skipped(checkout, tmp_path, capsys):
    go()
    before = calls(tmp_path / "elsewhere")
    go()
    assert calls(tmp_path / "elsewhere") == before
    assert [line for line in capsys.readouterr().err.splitlines() if "skipped" in line] == [
        f"{name}: published already, skipped" for name in ("one", "two", "three")
    ]


def test_a_recipe_goes_on_after_a_stage_was_killed(checkout, tmp_path):
    (tmp_path / "elsewhere" / "kill-two").touch()
    with pytest.raises(UserError, match=r"stage second \(two\) ended with code -9"):
        go()
    assert [name for _, name, *_ in calls(tmp_path / "elsewhere")] == ["one", "two"]
    go()
    assert [name for _, name, *_ in calls(tmp_path / "elsewhere")] == ["one", "two", "two", "three"]


def test_a_child_of_a_retrained_stage_is_not_skipped_in_silence(checkout, sign_latent_home):
    go()
    (sign_latent_home / "one").rename(sign_latent_home.parent / "old")
    with pytest.raises(UserError, match="two: was trained on first one@.*retrained"):
        go()


def test_overrides_go_to_a_stage_or_a_name_and_the_last_wins(checkout, tmp_path):
    go("--set", "second.train.steps=8", "--set", "first.half=false", "--set", "two.train.steps=9", "--set", "one.a=b=c")
    given = {name: settings for _, name, _, settings in calls(tmp_path / "elsewhere")}
    assert given == {
        "one": {"--half": "false", "--a": "b=c"},
        "two": {"--first": "one", "--train.steps": "9"},
        "three": {"--first": "one", "--train.steps": "8"},
    }


@pytest.mark.parametrize("wrong", ["train.steps=8", "fourth.train.steps=8", "first.train.steps", "first.=8", "first=8"])
def test_an_override_of_nothing_is_refused_before_anything_runs(checkout, tmp_path, wrong):
    with pytest.raises(UserError, match="write NAME.KEY=VALUE.*one of first, one, second, two, three"):
        go("--set", wrong)
    assert calls(tmp_path / "elsewhere") == []


@pytest.mark.parametrize(
    "text, named",
    [
        (None, "no such file"),
        ("stages: 3", "is no list of stages"),
        ("- a", "is no list of stages"),
        ("stages: [{stage: first}]", "is no list of stages"),
        ("a: [", "is no list of stages"),
        ("stages: [{stage: third, name: x, config: configs/first.yaml}]", "there is no stage 'third'"),
        ("stages: [{stage: first, name: x, config: configs/none.yaml}]", "there is no configuration configs/none.yaml"),
    ],
)
def test_a_wrong_recipe_is_one_line_and_exit_code_2(checkout, tmp_path, capsys, text, named):
    file = tmp_path / "recipe.yaml"
    if text is not None:
        file.write_text(text)
    with pytest.raises(SystemExit) as stopped:
        run(lambda: go(file=file))
    line = capsys.readouterr().err
    assert stopped.value.code == 2 and line.count("\n") == 1
    assert line.startswith("error: recipe") and "recipe.yaml" in line and named in line
    assert calls(tmp_path / "elsewhere") == []


@pytest.mark.parametrize("sent, code", [(signal.SIGTERM, -signal.SIGTERM), (signal.SIGINT, 7)])
def test_a_recipe_that_is_stopped_waits_for_its_stage(sent, code):
    """SIGTERM is handed on; Ctrl-C, which a terminal sends to both, is left to the stage."""
    source = (
        f"import os, time; os.kill(os.getppid(), {int(sent)}); time.sleep(1 if {int(sent)} == 2 else 60); os._exit(7)"
    )
    assert recipe.run_to_end([sys.executable, "-c", source]) == code


def test_a_real_stage_runs_from_anywhere(few_clips, tmp_path, monkeypatch, sign_latent_home):
    stage = {"stage": "autoencoder", "name": "vae", "config": "configs/autoencoder/tiny.yaml"}
    (tmp_path / "recipe.yaml").write_text(yaml.safe_dump({"stages": [stage]}))
    monkeypatch.chdir(tmp_path)
    settings = ("vae.train.steps=3", "autoencoder.train.runs=kept", "vae.half=true")
    overrides = [word for setting in settings for word in ("--set", setting)]
    recipe.main(["--recipe", "recipe.yaml", "--corpus", str(few_clips), *overrides])
    written = yaml.safe_load((sign_latent_home / "vae" / "config.yaml").read_text())
    assert written["train"]["steps"] == 3 and written["train"]["resume"] and (tmp_path / "kept" / "vae").is_dir()
    assert registry.verify() == []
