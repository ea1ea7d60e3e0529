"""What a user sees when something goes wrong."""

import errno
import warnings

import pytest

from sign_latent.errors import Parser, UserError, brief, run


def test_a_user_error_is_one_line_and_exit_code_2(capsys):
    def main():
        raise UserError("file x: is missing;\n  make it")

    with pytest.raises(SystemExit) as stopped:
        run(main)
    assert stopped.value.code == 2
    assert capsys.readouterr().err == "error: file x: is missing; make it\n"


def test_interruption_is_exit_code_130():
    def main():
        raise KeyboardInterrupt

    with pytest.raises(SystemExit) as stopped:
        run(main)
    assert stopped.value.code == 130


def test_what_the_system_keeps_from_the_user_is_one_line_that_names_it(capsys):
    def main():
        raise PermissionError(errno.EACCES, "Permission denied", "secret/clip.pose")

    with pytest.raises(SystemExit) as stopped:
        run(main)
    assert stopped.value.code == 2
    said = capsys.readouterr().err
    assert said.startswith("error: secret/clip.pose: Permission denied; ") and said.count("\n") == 1


def test_warnings_are_one_line_without_the_source():
    before, said = warnings.formatwarning, []
    run(lambda: said.append(warnings.formatwarning(UserWarning("model x: hm\nhm"), UserWarning, "file.py", 3, "hm()")))
    assert said == ["warning: model x: hm hm\n"] and warnings.formatwarning is before


def test_our_own_mistakes_are_not_hidden():
    with pytest.raises(ZeroDivisionError):
        run(lambda: 1 / 0)


@pytest.mark.parametrize(
    "arguments, named", [(["--count", "few"], "'few'"), ([], "--count"), (["--count", "1", "--size", "2"], "--size")]
)
def test_bad_arguments_are_one_line_and_exit_code_2(capsys, arguments, named):
    parser = Parser(prog="tool")
    parser.add_argument("--count", type=int, required=True)
    with pytest.raises(SystemExit) as stopped:
        parser.parse_args(arguments)
    printed = capsys.readouterr()
    assert stopped.value.code == 2 and printed.out == "" and printed.err.count("\n") == 1
    assert printed.err.startswith("error: ") and named in printed.err and printed.err.endswith("; see tool --help\n")


def test_what_another_library_says_takes_one_short_line():
    assert brief(KeyError("points")) == "KeyError 'points'"
    assert brief(EOFError()) == "EOFError"
    told = brief(ValueError("first\nsecond" + "x" * 1000))
    assert told == "ValueError first" and len(brief(ValueError("x" * 1000))) == 120
