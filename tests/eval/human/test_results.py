"""Results files come from elsewhere: every row is understood, or named."""

import csv

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from eval.human.results import read_results
from sign_latent.errors import UserError
from sign_latent.rating.questions import fault
from sign_latent.rating.sheet import COLUMNS


def honest(trial, question):
    return (
        {"single": "3", "pair": "a"}[trial.part] if question not in ("understood", "comment") else 'rain, "then"\nsun'
    )


def test_all_that_was_written_is_read(make_key, write_results):
    key = make_key()
    about = (("consent", "yes"), ("hearing", "deaf"), ("years", "30"), ("languages", "ASL; English"))
    found = read_results([write_results(key, rater, honest, about) for rater in key.raters], key)
    assert found.about["r01"] == dict(about)
    assert all(a.value == honest(a.trial, a.question) for a in found.answers if a.question != "revealed")
    singles = sum(t.part == "single" for ts in key.raters.values() for t in ts)
    pairs = sum(t.part == "pair" for ts in key.raters.values() for t in ts)
    assert len(found.answers) == 9 * singles + 4 * pairs  # questions, free texts and that the text was shown


@pytest.mark.parametrize("delimiter, encoding", [(";", "utf-8-sig"), ("\t", "utf-8")])
def test_a_spreadsheet_may_have_saved_it_again(make_key, write_results, delimiter, encoding):
    key = make_key()
    path = write_results(key, "r01", honest)
    rows = list(csv.reader(path.open(newline="")))
    before = read_results([path], key)
    with path.open("w", newline="", encoding=encoding) as file:
        csv.writer(file, delimiter=delimiter).writerows(rows)
    assert read_results([path], key) == before


MUTATIONS = {
    "point outside the scale": (4, "6", "is '6', not one of"),
    "point as a decimal": (4, "3.0", "is '3.0', not one of"),
    "unknown question": (3, "beauty", "no question 'beauty'"),
    "unknown trial": (2, "t0", "trial 't0' is not one of rater r01"),
    "unknown rater": (1, "r99", "rater 'r99' is not one of pack pabc"),
    "another pack": (0, "pxyz", "is of pack 'pxyz'"),
}


@pytest.mark.parametrize("column, value, reason", MUTATIONS.values(), ids=MUTATIONS)
def test_a_malformed_row_is_named_with_file_and_line(make_key, write_results, column, value, reason):
    key = make_key()
    path = write_results(
        key, "r01", lambda trial, question: "" if question in ("understood", "comment") else honest(trial, question)
    )
    rows = list(csv.reader(path.open(newline="")))
    place = next(i for i, row in enumerate(rows) if row[3] == "hands")
    rows[place][column] = value
    with path.open("w", newline="") as file:
        csv.writer(file).writerows(rows)
    with pytest.raises(UserError, match=rf"r01.csv line {place + 1}: .*{reason}"):
        read_results([path], key)


def test_lines_are_counted_as_an_editor_does(make_key, write_results):
    """A comment of two lines stands before the faulty row."""
    key = make_key()
    path = write_results(key, "r01", honest)
    with path.open("a", newline="") as file:
        file.write("pabc,r01,t0,hands,3\r\n")
    lines = path.read_text().count("\n")
    with pytest.raises(UserError, match=f"line {lines}: trial 't0'"):
        read_results([path], key)


def test_the_first_faults_are_named_and_the_others_counted(make_key, write_results):
    key = make_key()
    path = write_results(key, "r01", honest)
    with path.open("a") as file:
        file.write("pabc,r01,about,years,many\n" * 8)
    with pytest.raises(UserError, match=r"years is 'many'.*\(and 3 more\)"):
        read_results([path], key)


def test_two_files_of_a_rater_are_not_both_counted(make_key, write_results, tmp_path):
    key = make_key()
    path = write_results(key, "r01", honest)
    (tmp_path / "copy.csv").write_bytes(path.read_bytes())
    with pytest.raises(UserError, match="copy.csv line 2: answers again what r01.csv line 2 answers"):
        read_results([path, tmp_path / "copy.csv"], key)


def test_without_consent_nothing_is_scored(make_key, write_results):
    key = make_key()
    files = [write_results(key, "r01", honest), write_results(key, "r02", honest, about=())]
    with pytest.raises(UserError, match="no consent is recorded for r02"):
        read_results(files, key)


@pytest.mark.parametrize("content", [b"", b"\xff\xfe", b"a,b\n1,2\n", b'"pack","rater', b"\0\0"])
def test_what_is_no_results_file_is_refused(make_key, tmp_path, content):
    (tmp_path / "x.csv").write_bytes(content)
    with pytest.raises(UserError, match="x.csv"):
        read_results([tmp_path / "x.csv"], make_key())
    with pytest.raises(UserError, match="nowhere.csv"):
        read_results([tmp_path / "nowhere.csv"], make_key())


FIELD = st.sampled_from(
    ["pabc", "r01", "about", "consent", "yes", "hands", "3", '"', ",", "\n", "\r", "\0", ";", "é", "1e5"]
)


@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(body=st.lists(FIELD | st.text(max_size=3), max_size=30), glue=st.sampled_from([",", "", "\n"]))
def test_nothing_foreign_is_scored_or_breaks_it(make_key, tmp_path, body, glue):
    path, key = tmp_path / "x.csv", make_key()
    path.write_text(",".join(COLUMNS) + "\n" + glue.join(body), encoding="utf-8", errors="replace", newline="")
    try:
        found = read_results([path], key)
    except UserError as error:
        assert "x.csv" in str(error) or "consent" in str(error)
        assert "\n" not in str(error)
    else:
        for answer in found.answers:
            assert not fault(answer.trial.part, answer.question, answer.value)
