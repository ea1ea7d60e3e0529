"""What the README tells a newcomer to type is what the commands take."""

import importlib
import re
import shlex

import pytest

from stages.recipe import ROOT

README = (ROOT / "README.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"```bash\n(.*?)```", README, re.DOTALL)
LINES = [line for block in BLOCKS for line in block.strip().splitlines()]
COMMANDS = [part.strip() for line in LINES for part in line.split("&&")]


def starting(*words):
    return [shlex.split(c) for c in COMMANDS if c.startswith(words)]


def test_the_two_commands_of_a_newcomer_come_first():
    assert LINES[0] == 'pip install -e . && sign-latent generate "tomorrow it will rain in the north" -o hello.mp4'
    assert LINES[1] == 'pip install -e ".[dev]" && pytest'


@pytest.mark.parametrize("words", starting("sign-latent"), ids=" ".join)
def test_command_lines_are_accepted(words):
    from sign_latent.cli import _parser

    assert callable(_parser().parse_args(words[1:]).command)


@pytest.mark.parametrize("words", starting("python stages/"), ids=" ".join)
def test_stage_commands_are_accepted_and_name_files_that_exist(words, monkeypatch):
    from jsonargparse import auto_parser

    module = importlib.import_module(words[1].removesuffix(".py").replace("/", "."))
    entry = getattr(module, {"generate": "Request", "recipe": "recipe"}.get(module.__name__.split(".")[1], "train"))
    monkeypatch.chdir(ROOT)
    auto_parser(entry, as_positional=False).parse_args(words[2:])


@pytest.mark.parametrize("words", starting("python -m ", "python eval/"), ids=" ".join)
def test_other_scripts_answer_help_with_the_options_used(words, capsys):
    module = importlib.import_module(words[2] if words[1] == "-m" else words[1].removesuffix(".py").replace("/", "."))
    used = {w for w in words if w.startswith("--")}
    with pytest.raises(SystemExit), pytest.MonkeyPatch.context() as patch:
        patch.setattr("sys.argv", [words[1], "--help"])
        module.main()
    printed = capsys.readouterr().out
    assert all(option in printed for option in used)


def test_names_of_artefacts_follow_from_one_command_to_the_next():
    made = {w[w.index("--name") + 1] for w in starting("python stages/") if "--name" in w}
    users = starting("python stages/", "python eval/")
    used = {w[w.index(option) + 1] for w in users for option in ("--autoencoder", "--judge") if option in w}
    assert used <= made
