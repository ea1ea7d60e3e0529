"""Runs commands one after the other in this process, each as a shell would run it, and notes how each ended.

python follow.py COMMANDS.json ENDS.json, in the folder where they shall run. A command is a list of words; one of the
single word ``python`` and a source is a block of Python. Modules stay loaded from one command to the next.
"""

import contextlib
import io
import json
import os
import runpy
import sys
import time
import traceback
import warnings
from pathlib import Path


def run_words(words: list[str]) -> None:
    """``python -m MODULE …``, ``python FILE …``, ``python`` and a source, or ``sign-latent …``."""
    program, *rest = words
    if program == "sign-latent":
        program, rest = "python", ["-m", "sign_latent.cli", *rest]
    if program != "python":
        raise ValueError(f"{program}: is no program that this knows how to run")
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message=".*found in sys.modules.*")
        if rest[0] == "-m":
            sys.argv = rest[1:]
            runpy.run_module(rest[1], run_name="__main__", alter_sys=True)
        elif len(rest) == 1 and "\n" in rest[0]:
            exec(compile(rest[0], "<block>", "exec"), {"__name__": "__main__"})
        else:
            sys.argv = rest
            runpy.run_path(rest[0], run_name="__main__")


def follow(words: list[str]) -> dict:
    """How a command ended: exit code, the end of what it said, seconds of the processor."""
    said, start, code = io.StringIO(), time.process_time(), 0
    try:
        with contextlib.redirect_stdout(said), contextlib.redirect_stderr(said):
            run_words(words)
    except SystemExit as ended:
        code = ended.code if isinstance(ended.code, int) else int(ended.code is not None)
    except Exception:
        code = 1
        said.write(traceback.format_exc())
    return {"code": code, "said": said.getvalue()[-3000:], "seconds": round(time.process_time() - start, 2)}


def main(commands: str, ends: str) -> None:
    """Writes after each command, so that a death is known by where the list of ends breaks off."""
    sys.path.insert(0, os.getcwd())
    found: list[dict] = []
    for words in json.loads(Path(commands).read_text(encoding="utf-8")):
        found.append(follow(words))
        Path(ends).write_text(json.dumps(found), encoding="utf-8")


if __name__ == "__main__":
    main(*sys.argv[1:])
