"""A report as one self-contained page."""

from html import escape

_STYLE = """
body{font:15px/1.5 system-ui,sans-serif;margin:2rem auto;max-width:80rem;padding:0 1rem;color:#1b1f24;background:#fff}
h1{font-size:1.4rem}h2{font-size:1.1rem;margin-top:2rem}.scroll{overflow-x:auto}
table{border-collapse:collapse}th,td{padding:.3rem .7rem;text-align:right;border-bottom:1px solid #d8dee4}
th:first-child,td:first-child{text-align:left}tr:first-child th{border-bottom:2px solid #57606a}
.figure{font-size:1.6rem;font-weight:600}.warning{background:#fff3cd;padding:.5rem 1rem;border-left:4px solid #b78103}
.note{color:#57606a}
"""
_TEXT = ("bleu1", "bleu2", "bleu3", "bleu4", "chrf", "rouge_l", "wer", "exact", "nll")
_POSE = ("mpjpe", "pa_mpjpe", "dtw-recommended")
_PARTS = ("all", "body", "left_hand", "right_hand", "face")


def _number(value: float | None, digits: int = 1) -> str:
    return "–" if value is None or value != value else f"{value:.{digits}f}"


def _table(head: list[str], rows: list[list[str]]) -> str:
    first = "".join(f"<th>{escape(cell)}</th>" for cell in head)
    body = "".join("<tr>" + "".join(f"<td>{escape(cell)}</td>" for cell in row) + "</tr>" for row in rows)
    return f'<div class="scroll"><table><tr>{first}</tr>{body}</table></div>'


def _text_row(name: str, row: dict) -> list[str]:
    low, high = row["text"]["bleu4_interval"]
    scores = [_number(row["text"].get(score), 2 if score == "nll" else 1) for score in _TEXT]
    return [name, *scores, f"{low:.1f} – {high:.1f}", str(row.get("failures", "–"))]


def _pose_row(name: str, row: dict) -> list[str]:
    pose = row["pose"]
    distances = [_number(pose.get(f"{score}/{part}"), 3) for score in _POSE for part in _PARTS]
    return [name, *distances, _number(pose.get("motion_ratio"), 2), _number(pose.get("duration_ratio"), 2)]


def _figure(title: str, found: dict, digits: int) -> str:
    low, high = (_number(x, digits) for x in found["interval"])
    return f'<p>{escape(title)}: <span class="figure">{_number(found["value"], digits)}</span> [{low}, {high}]</p>'


def html_of(report: dict) -> str:
    """The page of a report; reads nothing but the report and loads nothing."""
    rows, made, judge = report["rows"], report["generator"], report["judge"]
    title = f"Report on {made['name']}"
    found = report["figures"]
    counted = report["clusters"]
    facts = (
        f"{report['clips']} clips of split {report['corpus']['split']} (corpus {report['corpus']['hash']}), "
        f"{report['length']} length, settings {made['settings']}; judge {judge['name']}, beam {judge['beam']}; "
        f"{counted['draws']} paired bootstrap draws over {counted['count']} clusters ({counted['unit']}), "
        "95 % intervals; "
        f"{100 * report['texts_seen_in_training']:.1f} % of the texts occur in training."
    )
    pieces = [f"<h1>{escape(title)}</h1>", f'<p class="note">{escape(facts)}</p>']
    pieces += [f'<p class="warning">{escape(warning)}</p>' for warning in report["warnings"]]
    pieces += [
        _figure("(system − floor) ÷ (ground truth − floor), BLEU-4", found["main_figure"], 3),
        _figure("Text gap: own clips, matched − shuffled texts, BLEU-4", found["text_gap"], 1),
        _figure("Above nearest-text retrieval, BLEU-4", found["above_retrieval"], 1),
        "<h2>What the judge reads</h2>",
        _table(["", *_TEXT, "BLEU-4, 95 %", "failures"], [_text_row(name, row) for name, row in rows.items()]),
        '<p class="note">Percent, but nll: nats a token of the true text given the pose. '
        + escape("; ".join(f"{name} {line}" for name, line in report["signatures"].items()))
        + "</p>",
        "<h2>Distance from the recording, in shoulder widths</h2>",
        _table(
            ["", *(f"{score} {part}" for score in _POSE for part in _PARTS), "motion ratio", "duration ratio"],
            [_pose_row(name, row) for name, row in rows.items() if "pose" in row],
        ),
        '<p class="note">Low distances prove little: a motionless mean pose has low ones.</p>',
    ]
    parents = "; ".join(f"{role} {name}" for role, name in made["parents"].items())
    pieces.append(f'<p class="note">Trained on {escape(parents or "nothing of the registry")}.</p>')
    head = f'<meta charset="utf-8"><title>{escape(title)}</title><style>{_STYLE}</style>'
    return f'<!doctype html><html lang="en"><head>{head}</head><body>{"".join(pieces)}</body></html>\n'
