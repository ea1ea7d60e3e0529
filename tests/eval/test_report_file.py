"""The schema: what is written is read back, and what is not of it is refused by name."""

import json
import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from eval.report_file import finite, from_json, read, to_json
from eval.schema import VERSION
from sign_latent.errors import UserError

FLOATS = st.one_of(st.none(), st.floats(allow_nan=True, allow_infinity=True), st.integers(-9, 9).map(float))


def test_what_is_written_is_read_back(whole):
    assert from_json(to_json(whole())) == whole()


@settings(deadline=None)
@given(FLOATS)
def test_any_figure_is_written_as_json_and_read_back_to_six_digits(whole, value):
    text = to_json(whole(value))
    json.loads(text, parse_constant=lambda name: pytest.fail(f"{name} is no JSON"))
    read_back = from_json(text).judges[0].rows["system"]["bleu4"].value
    undefined = value is None or not math.isfinite(value)
    assert read_back is None if undefined else read_back == pytest.approx(value, rel=1e-5)
    assert to_json(from_json(text)) == text


def _changed(report, change) -> str:
    value = json.loads(to_json(report))
    change(value)
    return json.dumps(value)


@pytest.mark.parametrize(
    "change, said",
    [
        (lambda v: v.update(version=1), f"no report of version {VERSION} .version: 1."),
        (lambda v: v.pop("pose"), "pose is missing"),
        (lambda v: v.update(more=1), "more is unknown"),
        (lambda v: v["system"].update(fps="25"), "system.fps is str, not float"),
        (lambda v: v["references"].update(clips=2.5), "references.clips is float, not int"),
        (lambda v: v["references"].update(clips=True), "references.clips is bool, not int"),
        (
            lambda v: v["judges"][0]["rows"]["system"]["bleu4"].pop("value"),
            r"judges\[0\].rows.system.bleu4.value is mis",
        ),
        (lambda v: v["judges"][0].update(rows=[]), r"judges\[0\].rows is list, not dict"),
        (lambda v: v["failures"].update(system=["one"]), r"failures.system\[0\] is str, not int"),
        (lambda v: v.update(lengths=3), "lengths is int, not an object"),
    ],
)
def test_what_is_not_of_the_schema_is_named(whole, change, said):
    with pytest.raises(UserError, match=f"^board: .*{said}"):
        from_json(_changed(whole(), change), "board")


@pytest.mark.parametrize("text", ["", "{", "[]", "null", '"report"'])
def test_what_is_no_report_at_all_is_refused(text):
    with pytest.raises(UserError, match="no JSON|no report of version"):
        from_json(text)


def test_a_missing_or_binary_file_is_refused(tmp_path):
    with pytest.raises(UserError, match="cannot be read"):
        read(tmp_path / "none.json")
    (tmp_path / "binary.json").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(UserError, match="cannot be read"):
        read(tmp_path / "binary.json")


def test_every_field_is_documented():
    import ast
    from pathlib import Path

    import eval.schema as schema

    tree = ast.parse(Path(schema.__file__).read_text())
    for kind in (node for node in tree.body if isinstance(node, ast.ClassDef)):
        assert ast.get_docstring(kind), kind.name


def test_nan_becomes_null_wherever_it_stands():
    assert finite({"a": [float("nan"), (float("inf"), 1.0)], "b": 2}) == {"a": [None, [None, 1.0]], "b": 2}
