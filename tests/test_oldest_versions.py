"""The project works with the oldest versions that it says it works with."""

import json
import os
import re
import shlex
import subprocess
import tomllib
import venv
from pathlib import Path

import pytest

from stages.recipe import ROOT

FOLLOW = ROOT / "tests" / "documents" / "follow.py"
NEWER = {"torch": "its oldest wheels bring gigabytes of CUDA, which need not fit this machine"}
"""Package that is installed in a version of today -> why."""


def stage(name: str) -> str:
    return f"python {ROOT}/stages/{name}.py --config {ROOT}/configs/{name}/tiny.yaml --corpus corpus"


COMMANDS = f"""
python -m data_prep.synthesise --out corpus --clips 60 --jobs 1
{stage("autoencoder")} --autoencoder.model skeletal_vae --name vae
{stage("autoencoder")} --autoencoder.model pose_fsq --name fsq
{stage("autoencoder")} --autoencoder.model pose_vq --name vq
{stage("denoiser")} --autoencoder vae --name denoiser
{stage("translator")} --autoencoder vq --name translator
sign-latent generate rain --model denoiser -o rain.pose
sign-latent generate rain --model translator -o rain.mp4
sign-latent view rain.pose -o page.html
python {ROOT}/eval/report.py --generator denoiser --corpus corpus --split dev --clips 4 --seeds 1 --out report
""".strip().splitlines()


def oldest() -> list[str]:
    """What the project needs, each in the oldest version that it admits."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    exact = {name: re.sub(r">=([\w.]+).*", r"==\1", name) for name in project["dependencies"]}
    return [name if re.match(r"[\w-]+", name)[0] in NEWER else old for name, old in exact.items()]


def test_every_need_says_from_which_version_on():
    assert [name for name in oldest() if "==" not in name] == [name for name in oldest() if name.startswith("torch>=")]


@pytest.fixture(scope="module")
def python(tmp_path_factory) -> Path:
    """That of an environment of the oldest versions; the test is skipped where no package index is reached."""
    place = tmp_path_factory.mktemp("oldest") / "venv"
    venv.create(place, with_pip=True)
    found = place / "bin" / "python"
    pip = [found, "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    if subprocess.run([*pip, "--no-deps", *(name for name in oldest() if name.startswith("tqdm="))]).returncode:
        pytest.skip("no package index is reached")
    done = subprocess.run([*pip, *oldest()], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr[-3000:]
    return found


@pytest.mark.slow
def test_a_chain_is_trained_signs_and_is_scored(python, tmp_path):
    (tmp_path / "commands.json").write_text(
        json.dumps([shlex.split(command) for command in COMMANDS]), encoding="utf-8"
    )
    own = {key: value for key, value in os.environ.items() if not key.startswith("SIGN_LATENT")}
    env = own | {"PYTHONPATH": str(ROOT), "OMP_NUM_THREADS": "1", "HF_HUB_OFFLINE": "1"}
    subprocess.run([python, FOLLOW, "commands.json", "ends.json"], cwd=tmp_path, env=env, check=True)
    ends = json.loads((tmp_path / "ends.json").read_text(encoding="utf-8"))
    assert len(ends) == len(COMMANDS)
    for command, end in zip(COMMANDS, ends, strict=True):
        assert end["code"] == 0, (command, end["said"])
