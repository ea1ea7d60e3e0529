"""A pack is read as it was written; a sheet holds what was answered. What is neither is named."""

import csv
import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sign_latent.errors import UserError
from sign_latent.rating.pack import FILE, Pack, Shown
from sign_latent.rating.sheet import COLUMNS, read_rows, row_fault, to_csv

TRIALS = (Shown("t1", "rain", ("c1",)), Shown("t2", "rain", ("c1", "c2")))
PACK = Pack("pabc", "ase", "en", False, False, "Anna", {"r01": TRIALS}, {"r01": "link"}, {"c1": {}, "c2": {}})
STRANGE = [
    {"version": 9},
    {"raters": 3},
    {"raters": {"r01": [{}]}},
    {"raters": {"r01": [{"code": "t1", "text": "rain", "clips": []}]}},
    {"raters": {"r01": [{"code": "t1", "text": 3, "clips": ["c1"]}]}},
    {"raters": {"../r": [{"code": "t1", "text": "rain", "clips": ["c1"]}]}},
    {"raters": {"r01": [{"code": "../t", "text": "rain", "clips": ["c1"]}]}},
    {"links": {}},
    {"links": {"r01": "a/b"}},
    {"clips": {"c1": {}}},
    {"clips": {"c1": {}, "c2": 3}},
    {"pack": "../p"},
    {"contact": None},
    {"more": 1},
]


def test_a_pack_is_read_as_it_was_written(tmp_path):
    PACK.write(tmp_path)
    assert Pack.read(tmp_path) == PACK
    assert PACK.parts == {"r01": {"t1": "single", "t2": "pair"}}


@pytest.mark.parametrize("change", STRANGE)
def test_a_strange_pack_is_refused(tmp_path, change):
    PACK.write(tmp_path)
    (tmp_path / FILE).write_text(json.dumps(json.loads((tmp_path / FILE).read_text()) | change))
    with pytest.raises(UserError, match="pack .*pack.json"):
        Pack.read(tmp_path)


@pytest.mark.parametrize("content", ["", "[]", "[" * 5000, "{}", "\udcff"])
def test_what_is_no_pack_is_refused(tmp_path, content):
    with pytest.raises(UserError, match="No such file"):
        Pack.read(tmp_path)
    (tmp_path / FILE).write_text(content, errors="surrogateescape")
    with pytest.raises(UserError, match="give the folder that eval.human.pack wrote"):
        Pack.read(tmp_path)


@settings(max_examples=50, deadline=None)
@given(said=st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), min_size=1))
def test_a_sheet_holds_what_was_said(tmp_path_factory, said):
    path = tmp_path_factory.mktemp("sheet") / "sheet.csv"
    rows = [["pabc", "r01", "t1", "comment", said], ["pabc", "r01", "t2", "preference", "b"]]
    path.write_text(to_csv(rows), encoding="utf-8", newline="")
    faults = []
    assert [row for _, row in read_rows(path, faults)] == rows and not faults
    assert [row_fault(row, PACK.pack, PACK.parts) for row in rows] == ["", ""]
    assert next(csv.reader(path.open(newline="", encoding="utf-8"))) == COLUMNS
