"""Every command and block of Python in README and docs is run: smaller by default, as written with ``-m slow``.

A command that matches no rule below fails. Pages are followed in one room from the README on, so names that one page
made may be used by the next; what pages add to the sources is added in that room.
"""

import json
import os
import re
import shlex
import shutil
import subprocess
import sys
import time
from pathlib import Path
from typing import NamedTuple
from urllib.request import urlopen

import pytest
import yaml

from stages import recipe
from stages.recipe import ROOT

PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md")), ROOT / ".github" / "CONTRIBUTING.md"]
LANGUAGES = {"bash", "python", "diff", "text"}

NOT_RUN = {
    "pip install": "changes the environment; .ci/run installs into a fresh one",
    "pre-commit": "changes the hooks of the repository",
    "pytest": "would run this test within itself; .ci/run runs it",
    "ruff": "reads the whole checkout; .ci/run runs it",
    "mypy": "takes as long as all others; .ci/run runs it",
    "mkdocs": "is run by test_site.py, into a folder of its own",
    "python -m data_prep.extract": "needs mediapipe, which wants numpy 1; test_extraction_mediapipe.py runs it",
    "python -m eval.ablations": "trains chains for many hours; tests/eval/test_ablations.py runs it",
    "sign-latent registry push": "needs a hub and an account; tests/test_hub.py runs this very line against a stand-in",
    "sign-latent registry pull": "needs a hub that holds it; tests/test_hub.py runs this very line against a stand-in",
    "sbatch": "needs a cluster with Slurm; a test gives two processes its variables",
}
"""Beginning of a command -> why no test of this file runs it."""
ELSEWHERE = {
    "sign-latent export": "takes half a minute; tests/export runs it",
    "python\nfrom sign_latent.export": "reads what the export wrote; tests/export runs it",
}
"""Beginning of a command -> why it is run as written alone."""
DATA = "-CORPUS "
"""In commands that want a paper's data and, most, days of a GPU: they are run at reduced settings alone."""
SERVED = "sign-latent studio"
"""Beginning of what serves until it is ended: a test of its own starts it, looks, and ends it."""
TOGETHER = "torchrun"
"""Beginning of what starts several processes: they have a test of their own."""

BRIEF = "--train.steps 2 --train.batch_size 4 --train.warmup 1 --train.accelerator cpu --train.logger none"
SMALLER = {
    "python -m data_prep.synthesise": "--clips 60 --jobs 1",
    "python stages/": BRIEF,
    "python stages/denoiser.py": f"{BRIEF} --back_translation.clips 0",
    "python stages/translator.py": f"{BRIEF} --back_translation.clips 0",
    "python stages/translator.py --config configs/translator/small.yaml --corpus corpus --autoencoder my-codes": (
        f"{BRIEF} --back_translation.clips 0 --most 4"
    ),
    "python stages/regression.py --config configs/regression/conditions.yaml": f"{BRIEF} --most 4",
    "python stages/condition_autoencoder.py": BRIEF,
    "python stages/renderer.py": f"{BRIEF} --temporal.steps 2 --video.clips 4 --video.frames 8",
    "python stages/text_video.py": BRIEF,
    "python stages/video_judges.py": f"{BRIEF} --drawn.clips 8 --drawn.looks 4 --drawn.frames 2 --drawn.each 2",
    "python stages/recipe.py": BRIEF,
    "python stages/generate.py": "--clips 2 --steps 2",
    "python eval/report.py --generator": "--clips 4 --seeds 1 --steps 2 --lengths predicted --judge judge-dev",
    "python eval/report.py --poses": "--judge judge-dev",
    "python eval/leaderboard.py": "",
    "python eval/speed.py": "--repeats 1 --threads 1",
    "python eval/autoencoder.py": "--clips 4",
    "python -m eval.human.pack": "--items 4 --raters 2",
    "python -m eval.human.ratings": "",
    "python -m eval.gallery": "--clips 4 --honest-only",
    "python -m eval.gpu_budget": "configs/text_video/tiny.yaml",
    "python -m eval.pictures": "--columns 2",
    "python -m data_prep.": "",
    "python -m data_prep.fit": "--jobs 1",
    "python -m data_prep.see": "--clips 6 --jobs 1",
    "sign-latent generate": "--steps 2",
    'sign-latent generate "who feeds four horses ?" --model my-translator': "",
    'sign-latent generate "it will rain ." --model my-signvip-translator': "",
    'sign-latent generate "who feeds four horses ?" --model my-writer': "",
    'sign-latent generate "who feeds four horses ?" --model my-direct': "",
    'sign-latent generate "rain"': "",
    "python -m eval.renderer": "--clips 2 --frames 16 --looks 4 --draws 10",
    "sign-latent edit": "--steps 2",
    "sign-latent registry": "",
    "sign-latent view": "",
}
"""Beginning of a command -> options behind it that make it small; the longest beginning counts."""
FILLED = [
    ("(HOW2SIGN|PHOENIX)-CORPUS", "corpus"),
    ("PHOENIX79-CORPUS", "corpus79"),
    ("FILM-CORPUS", "film-corpus"),
    ("--split test ", "--split test_sentences "),
]
"""What stands in a command -> what is run at reduced settings."""
NAMED = {"--generator NAME": "--generator my-denoiser", "--autoencoder NAME": "--autoencoder pose-vae"}
"""What a reader puts in place of words in capitals; folders and files of such names lie in the room."""

ONCE = (
    "eval/report.py --generator",
    *(f"stages/{stage}.py --config {ROOT}" for stage in ("autoencoder", "aligner", "denoiser")),
)
NAMES = {"--generator", "--corpus", "--split", "--judge", "--out", "--clips", "--seeds", "--lengths"}
NAMES |= {"--steps", "--sampler", "--name", "--autoencoder", "--aligner"}
"""Beginnings of commands that are run once, whatever the names in them: reports, and chains of recipes, of which the
paper's is the small one as soon as both are tiny."""

ANSWERS = """
import csv, json
key = json.load(open("pack-key.json"))
rows = [["pack", "rater", "trial", "question", "answer"]]
for rater, trials in key["raters"].items():
    rows.append([key["pack"], rater, "about", "consent", "yes"])
    rows += [[key["pack"], rater, trial["code"], "revealed", "yes"] for trial in trials]
csv.writer(open("results.csv", "w")).writerows(rows)
"""
"""What raters do between the two commands about packs: the second reads their answers."""


class Block(NamedTuple):
    """A fenced block of a page."""

    language: str
    title: str
    """The file that it is, or is a change of."""
    body: str


def blocks(page: Path) -> list[Block]:
    found = re.findall(
        r'^( *)```(\w*)(?: title="([^"]*)")?[^\n]*\n(.*?)^\1```', page.read_text("utf-8"), re.DOTALL | re.MULTILINE
    )
    return [Block(*block) for _, *block in found]


def steps(page: Path) -> list[str]:
    """The commands of a page in order, names filled in; a block of Python that is no file is one, after its word."""
    found = []
    for block in blocks(page):
        if block.language == "python" and not block.title:
            found.append(f"python\n{block.body}")
        elif block.language == "bash":
            text = re.sub("|".join(NAMED), lambda found: NAMED[found[0]], block.body.replace("\\\n", " "))
            lines = [line.split(" #")[0] for line in text.splitlines()]
            found += [part.strip() for line in lines if line[:1] != "#" for part in line.split("&&") if part.strip()]
    return found


def rule(step: str, table: dict[str, str]) -> str | None:
    """The longest beginning of the step in a table."""
    return max((start for start in table if step.startswith(start)), key=len, default=None)


STEPS = [(page.relative_to(ROOT).as_posix(), step) for page in PAGES for step in steps(page)]
RUN = [(page, step) for page, step in STEPS if rule(step, NOT_RUN) is None]
BRIEFLY = [(page, step) for page, step in RUN if rule(step, ELSEWHERE | {TOGETHER: "", SERVED: ""}) is None]
WAITING = ("--nnodes", SERVED)
"""In commands that wait: for other machines, or for somebody to end them."""
IN_FULL = [(page, step) for page, step in RUN if DATA not in step and not any(word in step for word in WAITING)]
PROCESSES = [(page, step) for page, step in RUN if step.startswith(TOGETHER)]
STUDIOS = [step for _, step in RUN if step.startswith(SERVED)]


def names(found: list[tuple[str, str]]) -> list[str]:
    return [f"{page}: {' '.join(step.split())[:80]}" for page, step in found]


def words(step: str) -> list[str]:
    """The words of a step, as the shell would make them of it."""
    return ["python", step.removeprefix("python\n")] if step.startswith("python\n") else shlex.split(step)


def smaller(step: str) -> list[list[str]]:
    """What is run of a step at reduced settings: of a recipe its stages, without a process for each."""
    if step.startswith("python\n"):
        return [words(step)]
    start = rule(step, SMALLER)
    for pattern, filled in FILLED:
        step = re.sub(pattern, filled, step)
    step = re.sub(r"configs/\w+/\w+\.yaml", lambda found: " ".join(tiny(found[0])), step)
    if start == "python stages/recipe.py":
        return of_recipe(words(step)[2:], words(SMALLER[start]))
    return [words(f"{step} {SMALLER[start]}")]


def of_recipe(given: list[str], more: list[str]) -> list[list[str]]:
    """The commands of a recipe's stages, without what `more` sets anyway."""
    options = dict(zip(given[::2], given[1::2], strict=True))
    found = []
    for stage in recipe.read_recipe(options["--recipe"]):
        config, *model = tiny(stage["config"])
        line = recipe.command(stage | {"config": config}, options["--corpus"], options.get("--prefix", ""), [])
        own = [word for pair in zip(line[4::2], line[5::2], strict=True) if pair[0] not in more for word in pair]
        found.append(["python", f"stages/{stage['stage']}.py", *line[2:4], *model, *own, *more])
    return found


def tiny(config: str) -> list[str]:
    """In place of a configuration the one for tests of its stage, with the model that it names."""
    said = yaml.safe_load((ROOT / config).read_text(encoding="utf-8"))
    models = {key: value["model"] for key, value in said.items() if isinstance(value, dict) and "model" in value}
    return [re.sub(r"\w+\.yaml", "tiny.yaml", config), *(w for k, v in models.items() for w in (f"--{k}.model", v))]


def shape(command: list[str]) -> str:
    """What is run once: a command, where it begins as one of ONCE without the options of NAMES."""
    kept = [word for i, word in enumerate(command) if not {word, command[i - 1]} & NAMES]
    return " ".join(kept if " ".join(command[1:]).startswith(ONCE) else command)


def test_every_block_says_what_it_is():
    assert {block.language for page in PAGES for block in blocks(page)} == LANGUAGES


def test_every_command_has_a_rule_and_every_rule_a_command():
    plain = [step for _, step in BRIEFLY if not step.startswith("python\n")]
    assert [step for step in plain if rule(step, SMALLER) is None] == []
    assert {rule(step, SMALLER) for step in plain} == set(SMALLER)
    exempt = NOT_RUN | ELSEWHERE
    assert {rule(step, exempt) for _, step in STEPS} - {None} == set(exempt)


def test_few_commands_are_exempt_and_each_says_why():
    assert len(NOT_RUN) <= 11 and len(ELSEWHERE) <= 2
    for why in [*NOT_RUN.values(), *ELSEWHERE.values()]:
        assert len(why.split()) > 3
        assert all((ROOT / test).exists() for test in re.findall(r"tests/[\w/.]+|\.ci/run", why)), why


def checkout(room: Path) -> Path:
    """This checkout in a folder, with the additions that the pages describe."""
    for name in ("eval", "configs", "pyproject.toml"):
        (room / name).symlink_to(ROOT / name)
    for name in ("sign_latent", "stages", "data_prep"):
        shutil.copytree(ROOT / name, room / name, ignore=shutil.ignore_patterns("artefacts", "__pycache__"))
    (room / "sign_latent" / "artefacts").symlink_to(ROOT / "sign_latent" / "artefacts")
    for block in [block for page in PAGES for block in blocks(page) if block.title]:
        place = room / block.title
        place.write_text(changed(place, block.body) if block.language == "diff" else block.body, encoding="utf-8")
    return room


def changed(place: Path, difference: str) -> str:
    """The file with the lines that begin with + where it has those that begin with a space or -."""
    lines = difference.splitlines(keepends=True)
    old, new = ("".join(line[1:] for line in lines if line[0] in kinds) for kinds in (" -", " +"))
    text = place.read_text(encoding="utf-8")
    assert text.count(old) == 1, f"{place.name} has no such place any more:\n{old}"
    return text.replace(old, new)


@pytest.mark.parametrize("step", [step for _, step in RUN if step.startswith("python eval/report.py")])
def test_what_reports_are_told_is_what_they_take(step):
    from eval.options import parse

    assert parse("Scores.", words(step)[2:]).out


def environment(room: Path) -> dict[str, str]:
    """Of a reader in that folder: its own checkout and artefacts, one thread."""
    own = {k: v for k, v in os.environ.items() if k not in ("SIGN_LATENT_HOME", "SIGN_LATENT_CACHE")}
    return own | {"PYTHONPATH": str(room), "OMP_NUM_THREADS": "1", "HF_HUB_OFFLINE": "1"}


@pytest.fixture(scope="module")
def reader(furnish, tmp_path_factory):
    """The room in which everything small is run."""
    return checkout(furnish(tmp_path_factory.mktemp("reader"), 7))


@pytest.fixture(scope="module")
def ends(reader):
    """How each of BRIEFLY ended, one after the other in one process."""
    commands, own, known = [], [], {}
    for _, step in BRIEFLY:
        if step.startswith("python -m eval.human.ratings"):
            commands.append(["python", ANSWERS])
        own.append([])
        for command in smaller(step):
            own[-1].append(known.setdefault(shape(command), len(commands)))
            commands += [command] if own[-1][-1] == len(commands) else []
    (reader / "commands.json").write_text(json.dumps(commands), encoding="utf-8")
    script = Path(__file__).parent / "follow.py"
    subprocess.run([sys.executable, script, "commands.json", "ends.json"], cwd=reader, env=environment(reader))
    found = json.loads((reader / "ends.json").read_text(encoding="utf-8"))
    found += [{"code": -1, "said": "was not reached"}] * (len(commands) - len(found))
    return [[found[i] for i in places] for places in own]


@pytest.mark.parametrize("number", range(len(BRIEFLY)), ids=names(BRIEFLY))
def test_it_runs_at_reduced_settings(ends, number):
    for end in ends[number]:
        assert end["code"] == 0, end["said"]


@pytest.mark.parametrize("step", [step for _, step in PROCESSES], ids=names(PROCESSES))
def test_processes_train_together_as_torchrun_starts_them(ends, reader, start_together, step):
    given = words(step)
    stage = [i for i, word in enumerate(given) if word.startswith("stages/")][0]
    how = dict(zip(given[1:stage:2], given[2:stage:2], strict=True))
    nodes, processes = (int(how.get(name, 1)) for name in ("--nnodes", "--nproc_per_node"))
    assert nodes * processes == 2

    def own(rank: int) -> dict[str, object]:
        shared = {"WORLD_SIZE": 2, "LOCAL_WORLD_SIZE": processes, "TORCHELASTIC_RUN_ID": "none"}
        return shared | {"RANK": rank, "LOCAL_RANK": rank % processes, "GROUP_RANK": rank // processes}

    start_together(reader, smaller("python " + shlex.join(given[stage:]))[0][1:], own)


def test_processes_train_together_as_slurm_starts_them(ends, reader, start_together):
    (page,) = (page for page in PAGES if page.name == "machines.md")
    (script,) = (block.body for block in blocks(page) if "srun " in block.body)
    step = script.replace("\\\n", "").partition("srun ")[2].replace("CORPUS", "corpus")
    stage = smaller(step.replace("--train.devices 4", "--train.devices 1"))[0][1:]

    def own(rank: int) -> dict[str, object]:
        shared = {"SLURM_JOB_ID": 1, "SLURM_JOB_NAME": "train", "SLURM_NTASKS": 2, "SLURM_NTASKS_PER_NODE": 1}
        shared |= {"SLURM_NNODES": 2, "SLURM_NODELIST": "localhost"}
        return shared | {"SLURM_PROCID": rank, "SLURM_LOCALID": 0, "SLURM_NODEID": rank}

    start_together(reader, stage, own)


@pytest.mark.parametrize("step", STUDIOS)
def test_a_studio_answers_at_every_address_that_it_prints_until_it_is_ended(ends, reader, step):
    pytest.importorskip("uvicorn", reason="the studio is an extra (pip install 'sign-latent[dev]')")
    command = [sys.executable, "-m", "sign_latent.cli", *words(step)[1:], "--port", "0"]
    said = reader / "studio.txt"
    with said.open("w") as out, subprocess.Popen(command, cwd=reader, env=environment(reader), stdout=out) as studio:
        try:
            while "\n" not in said.read_text():
                assert studio.poll() is None
                time.sleep(0.1)
            with urlopen(said.read_text().split()[0], timeout=120) as answer:  # once it does, all is printed
                assert answer.status == 200
            links = re.findall(r"http://\S+/", said.read_text())
            assert len(links) > 2 * ("--pack" in step)
            assert all(b"<title>" in urlopen(link, timeout=60).read() for link in links)
        finally:
            studio.terminate()


@pytest.fixture(scope="module")
def room(furnish, tmp_path_factory, request):
    """Where everything is run as written, one after the other: with ``--documents-room`` a folder that is kept.

    The commands take hours. In a room that is kept they may be run in parts (``-k``): what ended well, be it of another
    page, is not run again.
    """
    kept = request.config.getoption("documents_room")
    place = Path(kept).absolute() if kept else tmp_path_factory.mktemp("patient")
    if not (place / "sign_latent").exists():
        place.mkdir(parents=True, exist_ok=True)
        checkout(furnish(place, 30))
    return place


DONE = "done.jsonl"
"""In a room: each command that ended well, and the seconds that it took."""


@pytest.mark.slow
@pytest.mark.parametrize(("page", "step"), IN_FULL, ids=names(IN_FULL))
def test_it_runs_as_written(room, page, step):
    done = room / DONE
    before = [json.loads(line) for line in done.read_text("utf-8").splitlines()] if done.exists() else []
    if took := [row["seconds"] for row in before if row["step"] == step]:
        pytest.skip(f"ended well in this room before, after {took[0]} s")
    if step.startswith("python -m eval.human.ratings"):
        exec(ANSWERS.replace('open("', f'open("{room}/'), {})
    command = [sys.executable, "-c", words(step)[1]] if step.startswith("python\n") else ["bash", "-c", step]
    started = time.monotonic()
    ended = subprocess.run(command, cwd=room, env=environment(room), capture_output=True, text=True)
    assert ended.returncode == 0, ended.stderr[-3000:]
    with done.open("a", encoding="utf-8") as told:
        told.write(json.dumps({"page": page, "step": step, "seconds": round(time.monotonic() - started)}) + "\n")
