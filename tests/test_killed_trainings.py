"""kill -9 in every stage that trains, in a step and at publishing: resumed, it ends as one that was never killed."""

import pytest

from sign_latent import registry
from stages.recipe import ROOT

pytestmark = pytest.mark.slow

# The stage as its script runs it; it dies before step 7, or when its weights are written but not yet on the shelf.
STAGE = """
from importlib import import_module
from sign_latent import registry
from sign_latent.stage import run_stage

stage, kill = import_module("stages." + sys.argv.pop(1)), sys.argv.pop(1)
fit, file_hash = stage.fit, registry.file_hash

def die():
    os.kill(os.getpid(), signal.SIGKILL)

def dying(name, model, loss, batches, *more, **named):
    return fit(name, model, loss, lambda step: die() if step == 7 else batches(step), *more, **named)

if kill == "step 7":
    stage.fit = dying
elif kill == "publishing":
    registry.file_hash = lambda path: die() if ".partial-" in str(path) else file_hash(path)
run_stage(stage.train)
"""

HOW = "--train.steps 10 --train.save_every 5 --train.batch_size 4 --train.warmup 1 --train.accelerator cpu"
TINY = "--config {root}/configs/{stage}/tiny.yaml"
STAGES = {
    "autoencoder": TINY,
    "aligner": f"{TINY} --autoencoder vae --minimum 1",
    "denoiser": f"{TINY} --autoencoder vae",
    "translator": f"{TINY} --autoencoder fsq",
    "regression": f"{TINY} --autoencoder vae",
    "stitching": TINY,
    "evaluator": f"{TINY} --minimum 1",
    "recogniser": "--model.width 16",
}
PARENTS = {"vae": "skeletal_vae", "fsq": "pose_fsq"}
"""Autoencoders that stages above are trained on."""


@pytest.fixture(scope="module")
def corpus(tmp_path_factory):
    """A few clips of the invented language, with timed glosses."""
    from data_prep.synthesise import synthesise
    from sign_latent.corpus.write import write_corpus
    from sign_latent.pose.skeleton import get_skeleton

    folder = tmp_path_factory.mktemp("clips") / "corpus"
    clips = (clip for clip in synthesise(12, 0, jobs=1) if clip.split in ("train", "dev"))
    write_corpus(folder, clips, get_skeleton("smplx"), 25.0, {"licence": "Apache-2.0"})
    return folder


@pytest.fixture
def train(run_apart, corpus, tmp_path, monkeypatch):
    """Trains a stage under a name on one shelf; gives exit code and stderr."""
    places = {"SIGN_LATENT_HOME": tmp_path / "shelf", "SIGN_LATENT_CACHE": tmp_path / "cache"}
    monkeypatch.setenv("SIGN_LATENT_HOME", str(places["SIGN_LATENT_HOME"]))

    def run(stage: str, name: str, kill: str = "never", resume: bool = False, more: str = ""):
        words = f"{STAGES[stage]} {more} {HOW} --train.logger none --train.resume {resume}".format(
            root=ROOT, stage=stage
        )
        where = ("--name", name, "--corpus", corpus, "--train.runs", tmp_path / "runs")
        return run_apart(STAGE, stage, kill, *words.split(), *where, **places)

    return run


@pytest.mark.parametrize("stage", STAGES)
def test_a_training_that_was_killed_ends_with_the_weights_of_one_that_was_not(train, stage):
    for parent, model in PARENTS.items():
        if f"--autoencoder {parent}" in STAGES[stage]:
            assert train("autoencoder", parent, more=f"--autoencoder.model {model}").returncode == 0
    whole = train(stage, "whole")
    assert whole.returncode == 0, whole.stderr
    for kill, resume in (("step 7", False), ("publishing", True)):
        assert train(stage, "killed", kill, resume).returncode == -9
        assert registry.verify() == [] and not (registry.home() / "killed").exists()
    ended = train(stage, "killed", resume=True)
    assert ended.returncode == 0, ended.stderr
    weights = [registry.find(name)[1].weights_sha256 for name in ("whole", "killed")]
    assert registry.verify() == [] and weights[0] == weights[1]
