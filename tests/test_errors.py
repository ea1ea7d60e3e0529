"""What a user sees when something goes wrong."""

import pytest

from sign_latent.errors import UserError, run


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


def test_our_own_mistakes_are_not_hidden():
    with pytest.raises(ZeroDivisionError):
        run(lambda: 1 / 0)
