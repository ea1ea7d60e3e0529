"""kill -9 at any moment of cleaning, splitting and exporting: run again, the result is that of an undisturbed run."""

import pytest

# The command as it is typed; ``kill`` names the moment of its death.
COMMAND = """
from importlib import import_module
from data_prep import changing
from sign_latent import files

kill, command = sys.argv[1], sys.argv.pop(2)
del sys.argv[1]

def die():
    os.kill(os.getpid(), signal.SIGKILL)

if kill.startswith("clip"):
    stream = changing.stream
    def dying(*given):
        for number, one in enumerate(stream(*given)):
            if number == int(kill[5:]):
                die()
            yield one
    changing.stream = dying
elif kill == "flushing":
    files._sync = lambda path: die()
elif kill == "all but the rename":
    os.rename = lambda old, new: die() if str(new).endswith("out") else os.replace(old, new)
import_module(f"data_prep.{command}").main(sys.argv[1:])
"""
COMMANDS = {
    "clean": ("--fill", "--smooth", "5", "--trim", "--fps", "20"),
    "split": ("--by", "source", "--shares", "train=0.5,dev=0.5"),
    "export": (),
}


def content(folder):
    return {path.relative_to(folder): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


ALL = ("clip 0", "clip 9", "flushing", "all but the rename")
CASES = [("clean", ALL[1:2]), ("split", ALL[3:])]
SLOW = [pytest.param(kind, ALL, marks=pytest.mark.slow)
        for kind in ("clean", "split", "pose", "skels", "slrtp", "amass", "bvh")]  # fmt: skip


@pytest.mark.parametrize("kind, kills", CASES + SLOW)
def test_killed_and_run_again_the_result_is_that_of_an_undisturbed_run(run_apart, few_clips, tmp_path, kind, kills):
    command = kind if kind in COMMANDS else "export"
    what = (few_clips,) if kind in COMMANDS else (kind, few_clips)

    def run(room: str, kill: str = "never"):
        return run_apart(COMMAND, kill, command, *what, "--out", tmp_path / room / "out", *COMMANDS[command])

    whole = run("whole")
    assert whole.returncode == 0, whole.stderr
    expected = content(tmp_path / "whole" / "out")
    for kill in kills:
        assert run(kill, kill).returncode == -9
        assert not (tmp_path / kill / "out").exists() and len(list((tmp_path / kill).iterdir())) == 1
        again = run(kill)
        assert again.returncode == 0, again.stderr
        assert content(tmp_path / kill / "out") == expected
        assert [path.name for path in (tmp_path / kill).iterdir()] == ["out"], "nothing is left behind"
