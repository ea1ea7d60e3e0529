"""The LaTeX table holds the report's figures and nothing that LaTeX would stumble over."""

import re

import pytest

from eval.latex import escaped, figure, latex_of
from eval.schema import Estimate


def test_every_row_has_as_many_cells_as_columns(whole):
    text = latex_of(whole())
    for table in re.findall(r"\\begin\{tabular\}\{(.*?)\}\n(.*?)\\end\{tabular\}", text, re.DOTALL):
        rows = [line for line in table[1].splitlines() if line.endswith(r"\\")]
        assert len(rows) > 1 and all(row.count("&") == len(table[0]) - 1 for row in rows)
    assert text.count(r"\begin{table}") == text.count(r"\end{table}") == 6
    assert all(text.count(rule) == 6 for rule in (r"\toprule", r"\midrule", r"\bottomrule"))
    assert text.count("{") == text.count("}") and text.count("$") % 2 == 0
    assert "BLEU-4" in text and "made@2" in text and "$1.2$ {\\scriptsize [$1.2$, $2.0$]}" in text


@pytest.mark.parametrize("special", "&%$#_{}~^\\")
def test_special_characters_are_set_as_they_are(whole, special):
    assert escaped(f"a{special}b") != f"a{special}b"
    caption = next(line for line in latex_of(whole(name=f"a{special}b@1")).splitlines() if "caption" in line)
    assert escaped(f"a{special}b@1") in caption


def test_what_is_unknown_is_a_dash():
    assert figure(None, 1) == figure(Estimate(None), 1) == "--"
    assert figure(Estimate(2.0, [None, None]), 1) == figure(Estimate(2.0), 1) == "$2.0$"
