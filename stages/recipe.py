"""Runs the stages of a recipe in order; what is published already is skipped, so a stopped recipe goes on.

python stages/recipe.py --recipe configs/recipes/sign_sald/small.yaml --corpus CORPUS [--prefix my-]
    [--set denoiser.train.steps=800 --set autoencoder.half=true …]

A recipe is a YAML with a list ``stages``; each has ``stage`` (script), ``name`` (published under prefix + name),
``config`` (looked up from the checkout), ``parents`` (role → name in this recipe) and further ``arguments``. A stage
with ``skeleton`` wants a corpus on that one; one with ``shows`` is a row of the table of ``python -m eval.ablations``.
"""

from __future__ import annotations

import signal
import subprocess
import sys
from pathlib import Path

from sign_latent import registry
from sign_latent.errors import Parser, UserError, run

ROOT = Path(__file__).resolve().parent.parent


def read_recipe(path: str | Path) -> list[dict]:
    """The stages of a recipe file, looked up from here, then from the checkout. UserError where it is no recipe."""
    import yaml

    found = next((place for place in (Path(path), ROOT / path) if place.is_file()), None)
    if found is None:
        raise UserError(f"recipe {path}: no such file; see the folder configs/recipes")
    try:
        stages = yaml.safe_load(found.read_text(encoding="utf-8"))["stages"]
        whole = all({"stage", "name", "config"} <= set(stage) for stage in stages)
    except (OSError, ValueError, KeyError, TypeError, yaml.YAMLError):
        whole = False
    if not whole:
        raise UserError(f"recipe {path}: is no list of stages (stage, name, config); see the folder configs/recipes")
    for stage in stages:
        script = ROOT / "stages" / f"{stage['stage']}.py"
        if not script.is_file():
            raise UserError(f"recipe {path}: there is no stage {stage['stage']!r}; see the folder stages")
        if not (ROOT / stage["config"]).is_file():
            raise UserError(f"recipe {path}: there is no configuration {stage['config']}; see the folder configs")
    return stages


def override(stages: list[dict], given: str) -> tuple[list[dict], str, str]:
    """The stages that NAME.KEY=VALUE is for, with key and value. UserError where it is none or for no stage."""
    path, equals, value = given.partition("=")
    for stage in stages:
        for target in (stage["name"], stage["stage"]):
            key = path.removeprefix(f"{target}.")
            if equals and key and key != path:
                return [s for s in stages if target in (s["name"], s["stage"])], key, value
    names = ", ".join(dict.fromkeys(name for stage in stages for name in (stage["stage"], stage["name"])))
    raise UserError(f"--set {given}: write NAME.KEY=VALUE, such as denoiser.train.steps=800; NAME is one of {names}")


def command(stage: dict, corpus: str, prefix: str, settings: list[tuple[str, str]]) -> list[str]:
    """The command line of one stage. It always resumes: a training that never began has nothing to go on from."""
    line = [sys.executable, str(ROOT / "stages" / f"{stage['stage']}.py"), "--config", str(ROOT / stage["config"])]
    line += ["--corpus", corpus, "--name", prefix + stage["name"]]
    for role, parent in stage.get("parents", {}).items():
        line += [f"--{role}", prefix + parent]
    for key, value in [*stage.get("arguments", {}).items(), ("train.resume", "true"), *settings]:
        line += [f"--{key}", str(value)]
    return line


def check_skeleton(stages: list[dict], corpus: str) -> None:
    """UserError where a stage wants a corpus on another skeleton."""
    wanted = {stage["skeleton"] for stage in stages if "skeleton" in stage}
    if not wanted:
        return
    from sign_latent.corpus.read import Corpus

    own = Corpus.open(corpus).skeleton.name
    for name in sorted(wanted - {own}):
        raise UserError(
            f"corpus {corpus}: is on skeleton {own}, this recipe is for {name}; convert it first: "
            f"python -m data_prep.convert corpus {corpus} --skeleton {name} --out CORPUS"
        )


def is_published(name: str) -> bool:
    """Whether the name is on the shelf. UserError where it is damaged, or was trained on what is no longer there."""
    if not (registry.home() / name).is_dir():
        return False
    registry.check_whole(*registry.find(name))
    return True


def run_to_end(line: list[str]) -> int:
    """Exit code of a command. SIGTERM is handed on to it, Ctrl-C reaches it anyway; both give it the time to save."""
    process: subprocess.Popen | None = None

    def hand_on(*_) -> None:
        if process is None:
            raise SystemExit(128 + signal.SIGTERM)
        process.terminate()

    handler = signal.signal(signal.SIGTERM, hand_on)
    try:
        process = subprocess.Popen(line)
        while True:
            try:
                return process.wait()
            except KeyboardInterrupt:
                continue
    finally:
        signal.signal(signal.SIGTERM, handler)


def recipe(recipe: str, corpus: str, prefix: str = "", set: list[str] | None = None) -> None:
    """Runs a recipe.

    Args:
        recipe: Recipe file.
        corpus: Corpus folder.
        prefix: Put before every published name.
        set: Overrides as NAME.KEY=VALUE, NAME a stage or a published name of the recipe.
    """
    stages = read_recipe(recipe)
    check_skeleton(stages, corpus)
    overrides = [override(stages, given) for given in set or []]
    for stage in stages:
        name = prefix + stage["name"]
        if is_published(name):
            print(f"{name}: published already, skipped", file=sys.stderr)
            continue
        print(f"{name}: stage {stage['stage']}", file=sys.stderr)
        settings = [(key, value) for targets, key, value in overrides if stage in targets]
        code = run_to_end(command(stage, corpus, prefix, settings))
        if code:
            raise UserError(f"recipe {recipe}: stage {stage['stage']} ({name}) ended with code {code}; see above")


def main(arguments: list[str] | None = None) -> None:
    """The command line."""
    parser = Parser(description=__doc__.splitlines()[0])
    parser.add_argument("--recipe", required=True, help="recipe file")
    parser.add_argument("--corpus", required=True, help="corpus folder")
    parser.add_argument("--prefix", default="", help="put before every published name")
    parser.add_argument("--set", action="append", metavar="NAME.KEY=VALUE", help="override for a stage; any number")
    recipe(**vars(parser.parse_args(arguments)))


if __name__ == "__main__":
    run(main)
