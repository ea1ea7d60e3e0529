"""kill -9 in a stage, at any moment: the registry verifies, and the resumed run publishes the very same weights."""

import pytest

from sign_latent import registry
from stages.recipe import ROOT

# The stage as its script runs it; ``kill`` names the moment of its death.
STAGE = """
from sign_latent import registry
from sign_latent.stage import run_stage
from stages import autoencoder

kill = sys.argv.pop(1)

def dying(function, when=lambda *given: True):
    def instead(*given, **more):
        if when(*given):
            os.kill(os.getpid(), signal.SIGKILL)
        return function(*given, **more)
    return instead

if kill == "step 13":
    autoencoder.batch_indices = dying(autoencoder.batch_indices, lambda *given: given[-1] == 13)
elif kill == "audit":
    autoencoder.held_out_audit = dying(autoencoder.held_out_audit)
elif kill == "weights written":
    registry.file_hash = dying(registry.file_hash)
elif kill == "all but the rename":
    os.rename = dying(os.rename, lambda old, new: str(new).endswith("/vae"))
run_stage(autoencoder.train)
"""


@pytest.fixture
def stage(run_apart, few_clips, tmp_path, monkeypatch):
    """Runs the stage with a shelf and runs folder of that name; gives exit code and stderr."""

    def run(shelf: str, kill: str = "never", *more: str):
        home = tmp_path / shelf
        monkeypatch.setenv("SIGN_LATENT_HOME", str(home))
        config = ("--config", ROOT / "configs" / "autoencoder" / "tiny.yaml", "--corpus", few_clips, "--name", "vae")
        how = ("--train.save_every", 5, "--train.runs", tmp_path / f"{shelf}-runs")
        return run_apart(STAGE, kill, *config, *how, *more, SIGN_LATENT_HOME=home)

    return run


def test_killed_and_resumed_publishes_the_weights_of_an_uninterrupted_run(stage, tmp_path):
    whole = stage("whole")
    assert whole.returncode == 0, whole.stderr
    weights = registry.find("vae")[1].weights_sha256
    for kill, aside in (("step 13", 0), ("audit", 0), ("weights written", 1), ("all but the rename", 1)):
        shelf = kill.replace(" ", "-")
        assert stage(shelf, kill).returncode == -9
        assert registry.verify() == [] and not (tmp_path / shelf / "vae").exists()
        assert len(list((tmp_path / shelf).glob(".vae.partial-*"))) == aside
        refused = stage(shelf)
        assert refused.returncode == 2 and "add --train.resume true" in refused.stderr
        resumed = stage(shelf, "never", "--train.resume", "true")
        assert resumed.returncode == 0, resumed.stderr
        assert registry.verify() == [] and registry.find("vae")[1].weights_sha256 == weights
        assert [item.name for item in (tmp_path / shelf).iterdir()] == ["vae"]
