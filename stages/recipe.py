"""Runs the stages of a recipe in order; what is published already is skipped, so a stopped recipe goes on.

python stages/recipe.py --recipe configs/recipes/sign_sald/small.yaml --corpus CORPUS [--prefix my-]
    [--set denoiser.train.steps=800 --set …]

A recipe is a YAML with a list ``stages``; each has ``stage`` (script), ``name`` (published under prefix + name),
``config`` (looked up from the checkout), ``parents`` (role → name in this recipe) and further ``arguments``.
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from sign_latent.errors import UserError
from sign_latent.registry import home
from sign_latent.stage import run_stage

ROOT = Path(__file__).resolve().parent.parent


def read_recipe(path: str) -> list[dict]:
    """The stages of a recipe file. UserError where it is no recipe."""
    import yaml

    try:
        stages = yaml.safe_load(Path(path).read_text(encoding="utf-8"))["stages"]
        assert all({"stage", "name", "config"} <= set(s) for s in stages)
    except (OSError, KeyError, TypeError, AssertionError, yaml.YAMLError):
        raise UserError(f"recipe {path}: is no file with stages (stage, name, config); see configs/recipes") from None
    return stages


def command(stage: dict, corpus: str, prefix: str, resume: bool, overrides: list[str]) -> list[str]:
    """The command line of one stage."""
    script = ROOT / "stages" / f"{stage['stage']}.py"
    if not script.is_file():
        raise UserError(f"recipe: there is no stage {stage['stage']!r}; see the folder stages")
    line = [sys.executable, str(script), "--config", str(ROOT / stage["config"]), "--corpus", corpus]
    line += ["--name", prefix + stage["name"]]
    for role, parent in stage.get("parents", {}).items():
        line += [f"--{role}", prefix + parent]
    for key, value in stage.get("arguments", {}).items():
        line += [f"--{key}", str(value)]
    for override in overrides:
        target, _, setting = override.partition(".")
        key, equals, value = setting.partition("=")
        if not equals:
            raise UserError(f"--set {override}: write NAME.KEY=VALUE, for example denoiser.train.steps=800")
        if target in (stage["name"], stage["stage"]):
            line += [f"--{key}", value]
    return [*line, "--train.resume", "true"] if resume else line


def recipe(recipe: str, corpus: str, prefix: str = "", set: list[str] | None = None):
    """Runs a recipe.

    Args:
        recipe: Recipe file.
        corpus: Corpus folder.
        prefix: Put before every published name.
        set: Overrides as NAME.KEY=VALUE, NAME a stage or a published name of the recipe.
    """
    for stage in read_recipe(recipe):
        name = prefix + stage["name"]
        if (home() / name).is_dir():
            print(f"{name}: published already, skipped", file=sys.stderr)
            continue
        print(f"{name}: stage {stage['stage']}", file=sys.stderr)
        resume = (Path("runs") / name / "last.ckpt").exists()
        done = subprocess.run(command(stage, corpus, prefix, resume, set or []))
        if done.returncode:
            raise UserError(
                f"recipe {recipe}: stage {stage['stage']} ({name}) ended with code {done.returncode}; see above"
            )


if __name__ == "__main__":
    run_stage(recipe)
