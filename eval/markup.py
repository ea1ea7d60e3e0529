"""Pieces of self-contained pages: the document, tables, and figures with their uncertainty."""

import base64
import hashlib
from collections.abc import Iterable, Sequence
from html import escape

from eval.rows import GIVEN, RETRIEVAL, SHUFFLED, SYSTEM, THROUGH, TRUTH, TURNED
from eval.schema import Estimate

ROWS = (SYSTEM, GIVEN, SHUFFLED, GIVEN + TURNED, TRUTH, THROUGH, RETRIEVAL)
"""The order in which rows are shown; others follow by name."""
DIGITS = {
    "nll": 2, "main_figure": 3, "motion_ratio": 2, "duration_ratio": 2, "distance_ratio": 2, "pose_to_text": 1,
    "text_to_pose": 1, "diversity_same_text": 2, "diversity_texts": 2, "fid": 2, "kid": 3, "kid_spread": 3, "f1": 3,
}  # fmt: skip
"""Decimals of a score, or of all scores before a slash; one for percents, three for distances."""
NAMES = {
    "bleu1": "BLEU-1", "bleu2": "BLEU-2", "bleu3": "BLEU-3", "bleu4": "BLEU-4", "chrf": "chrF", "rouge_l": "ROUGE-L",
    "rouge_l_legacy": "ROUGE-L (β = 1.2)", "wer": "WER", "exact": "exact", "nll": "NLL",
    "main_figure": "(system − floor) ÷ (ground truth − floor)", "text_gap": "text gap, BLEU-4",
    "above_retrieval": "above retrieval, BLEU-4", "fid": "FID", "kid": "KID", "f1": "F1",
    "kid_spread": "KID, standard deviation over subsets", "diversity_same_text": "clips of the same text, cm",
    "diversity_texts": "clips of different texts, cm", "distance_ratio": "distance to the own text ÷ to others",
    "fall": "fall of BLEU-4 when a part is hidden", "pose_to_text": "texts of a clip",
    "text_to_pose": "clips of a text", "letters": "letters of spelled words",
}  # fmt: skip
_PERCENT = frozenset(NAMES) | {"right", "partner", "neither", "fall"}
_STYLE = """
table{border-collapse:collapse;font-variant-numeric:tabular-nums}
caption{text-align:left;font-weight:600;padding:.4rem 0}
th,td{padding:.3rem .7rem;text-align:right;border-bottom:1px solid var(--soft);white-space:nowrap}
th:first-child,td:first-child{text-align:left}thead th{border-bottom:2px solid var(--line)}
tbody th{font-weight:400}tbody tr.own th{font-weight:600}
h2{font-size:1.15rem;margin-top:2.2rem}h3{font-size:1rem;margin-top:1.4rem}
small{opacity:.85}td small{display:block}.scroll{overflow-x:auto}.scroll:focus-visible{outline:3px solid var(--mark)}
.figure{font-size:1.6rem;font-weight:600}.note{font-size:.92rem;max-width:60rem}
.accused{font-size:1.3rem;font-weight:600}.quiet{border-left:4px solid var(--soft);padding:.3rem 1rem;margin:.4rem 0}
.finding{background:var(--warn);color:var(--warn-ink);padding:.5rem 1rem;border-left:4px solid;margin:.4rem 0}
.plots{display:flex;flex-wrap:wrap;gap:1rem}figure.plot{margin:0;flex:1 1 34rem;max-width:46rem}
figure.plot svg{width:100%;height:auto}figure.plot text{fill:var(--ink);font:13px system-ui,sans-serif}
.axis{stroke:var(--line);stroke-width:1}.grid{stroke:var(--soft);stroke-width:1}
.mark{fill:var(--mark);stroke:var(--mark)}.whisker{stroke:var(--mark);stroke-width:2}.other{opacity:.55}
details td{white-space:normal;text-align:left}
dl{display:grid;grid-template-columns:max-content 1fr;gap:.2rem 1rem}dd{margin:0;overflow-wrap:anywhere}
@media print{.sl-bar,.sl-keys{display:none}}
"""


def named(score: str) -> str:
    """What a score is called on a page."""
    return NAMES.get(score) or " ".join(_ABBREVIATIONS.get(word, word) for word in score.split("_"))


_ABBREVIATIONS = {"mpjpe": "MPJPE", "pa": "PA", "dtw-recommended": "DTW (recommended definition)"}


def number(value: float | None, digits: int = 1) -> str:
    """A figure with so many decimals, or a dash."""
    return "–" if value is None or value != value else f"{value:.{digits}f}"


def digits_of(score: str) -> int:
    """Decimals with which a score is shown."""
    kind = score.partition("/")[0]
    return DIGITS.get(score, DIGITS.get(kind, 1 if kind in _PERCENT else 3))


def bounds(estimate: Estimate, digits: int) -> str:
    """`[low, high]`, or nothing where the interval is unknown."""
    known = estimate.interval is not None and None not in estimate.interval
    return f"[{', '.join(number(bound, digits) for bound in estimate.interval)}]" if known else ""


def plain(estimate: Estimate | None, digits: int) -> str:
    """Figure, interval and spread over seeds as text."""
    if estimate is None or estimate.value is None:
        return "–"
    spread = "" if estimate.spread is None else f" ± {number(estimate.spread, max(digits, 1))}"
    return f"{number(estimate.value, digits)} {bounds(estimate, digits)}{spread}".strip()


def cell(estimate: Estimate | None, digits: int) -> str:
    """The same as HTML, the uncertainty small."""
    first, _, rest = plain(estimate, digits).partition(" ")
    return escape(first) + (f" <small>{escape(rest)}</small>" if rest else "")


def ordered(rows: Iterable[str]) -> list[str]:
    """Names of rows as they are shown."""
    return sorted(rows, key=lambda row: (ROWS.index(row) if row in ROWS else len(ROWS), row))


def table(caption: str, head: Sequence[str], rows: Sequence[tuple[str, Sequence[str]]], own: Sequence[str] = ()) -> str:
    """A table whose cells are HTML; names of rows and columns are text. Rows named in `own` stand out."""
    columns = "".join(f'<th scope="col">{escape(name)}</th>' for name in head)
    body = "".join(
        f'<tr{_class(name in own)}><th scope="row">{escape(name)}</th><td>{"</td><td>".join(cells)}</td></tr>'
        for name, cells in rows
    )
    inner = f"<caption>{escape(caption)}</caption><thead><tr>{columns}</tr></thead><tbody>{body}</tbody>"
    return f'<div class="scroll" tabindex="0" role="region" aria-label="{escape(caption)}"><table>{inner}</table></div>'


def _class(stands_out: bool) -> str:
    return ' class="own"' if stands_out else ""


def score_rows(rows: dict[str, dict[str, Estimate]], scores: Sequence[str]) -> list[tuple[str, list[str]]]:
    """Rows of a table of estimates."""
    return [(row, [cell(rows[row].get(score), digits_of(score)) for score in scores]) for row in ordered(rows)]


def document(title: str, body: str, notice: str = "", style: str = "", script: str = "", pictures: bool = False) -> str:
    """A page that loads nothing, and may run nothing but the script given.

    style: beside that of tables and plots; the viewer's colours and type, if none is given. pictures: it may show those
    that stand in the page itself.
    """
    from sign_latent.renderer.page import banner, player_assets

    style = style or player_assets()[0]
    digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    allowed = f"default-src 'none'; style-src 'unsafe-inline'; script-src 'sha256-{digest}'; base-uri 'none'"
    allowed += "; img-src data:" if pictures else ""
    run = f"<script>{script}</script>" if script else ""
    return (
        '<!DOCTYPE html>\n<html lang="en"><head><meta charset="utf-8">'
        f'<meta http-equiv="Content-Security-Policy" content="{allowed}; form-action \'none\'">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>{escape(title)}</title><style>{style}{_STYLE}</style></head><body>{banner(notice)}"
        f"<main><h1>{escape(title)}</h1>{body}</main>{run}</body></html>\n"
    )
