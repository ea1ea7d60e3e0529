"""The evaluation of ratings as a page and as a flat csv table."""

import csv
import io
from collections.abc import Iterable, Sequence
from html import escape

from sign_latent.renderer.page import player_assets

_STYLE = """
table{border-collapse:collapse;margin:.5rem 0 1rem}th,td{padding:.3rem .7rem;text-align:left;
border-bottom:1px solid var(--line);vertical-align:top}.scroll{overflow-x:auto}h2{font-size:1.1rem;margin-top:2rem}
.warning{background:var(--warn);color:var(--warn-ink);padding:.4rem 1rem}
"""
COLUMNS = ("question", "figure", "systems", "value", "low", "high", "answers")


def flat_rows(found: dict) -> list[list]:
    """A row of `COLUMNS` for each figure that has a value."""
    rows = []
    for name, table in found["questions"].items():
        for system, row in table.get("systems", {}).items():
            rows.append(_row(name, "mean", [system], row))
        rows += [_row(name, "difference", row["systems"], row) for row in table.get("differences", [])]
        for pair in table.get("pairs", []):
            rows.append(_row(name, "win rate of the first", pair["systems"], pair["win_rate"], ", "))
        for system, row in (table.get("strengths") or {}).items():
            rows.append(_row(name, "Bradley-Terry log strength", [system], row))
        alpha = table["agreement"]
        rows.append(_row(name, f"Krippendorff alpha, {alpha['level']}", [], alpha | {"value": alpha["alpha"]}))
    for system, row in found["understood"].items():
        rows.append(_row("understood", "chrF", [system], row | {"value": row["chrf"]}))
    return [row for row in rows if row[3] is not None]


def _row(question: str, figure: str, systems: Sequence[str], row: dict, between: str = " − ") -> list:
    low, high = row.get("interval") or (None, None)
    return [question, figure, between.join(systems), row["value"], low, high, row.get("answers", row.get("units"))]


def csv_of(found: dict) -> str:
    """The flat table as csv; a system's name cannot act as a formula in a spreadsheet."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(COLUMNS)
    for row in flat_rows(found):
        writer.writerow(
            [f"'{cell}" if isinstance(cell, str) and cell[:1] in ("=", "+", "-", "@") else cell for cell in row]
        )
    return text.getvalue()


def _number(value: float | None, digits: int = 2) -> str:
    return "–" if value is None else f"{value:z.{digits}f}".replace("-", "−")


def _spread(row: dict, value: str = "value") -> str:
    interval = row.get("interval")
    return _number(row[value]) + (f" [{_number(interval[0])}, {_number(interval[1])}]" if interval else "")


def _table(head: Iterable[str], rows: Iterable[Iterable[object]]) -> str:
    cells = "".join(f'<th scope="col">{escape(cell)}</th>' for cell in head)
    body = "".join("<tr>" + "".join(f"<td>{escape(str(cell))}</td>" for cell in row) + "</tr>" for row in rows)
    return f'<div class="scroll"><table><thead><tr>{cells}</tr></thead><tbody>{body}</tbody></table></div>'


def _means(found: dict) -> str:
    tables = {name: table for name, table in found["questions"].items() if "systems" in table}
    rows = [[name, *(_spread(table["systems"][s]) for s in found["systems"])] for name, table in tables.items()]
    gaps = [
        [name, " − ".join(row["systems"]), _spread(row)]
        for name, table in tables.items()
        for row in table["differences"]
    ]
    head = "<h2>Points, 1 to 5</h2>" + _table(["", *found["systems"]], rows)
    return head + _table(["", "difference", "points"], gaps) if tables else ""


def _choices(found: dict) -> str:
    tables = {name: table for name, table in found["questions"].items() if "pairs" in table}
    rows = [
        [
            name,
            *row["systems"],
            *row["preferred"],
            row["same"],
            row["neither"],
            _spread(row["win_rate"]),
            *(
                f"{_number(row[t]['p'], 4)} ({_number(row[t]['p_holm'], 4)})"
                for t in ("sign_test_items", "sign_test_raters")
            ),
        ]
        for name, table in tables.items()
        for row in table["pairs"]
    ]
    head = ["", "first", "second", "first better", "second better", "no difference", "neither understood"]
    head += ["win rate of the first", "sign test over items: p (Holm)", "sign test over raters: p (Holm)"]
    strong = [[n, s, _spread(r)] for n, table in tables.items() for s, r in (table["strengths"] or {}).items()]
    text = "<h2>Preferences</h2>" + _table(head, rows) if tables else ""
    return text + (_table(["", "system", "Bradley–Terry log strength"], strong) if strong else "")


def _reliability(found: dict) -> str:
    rows = []
    for name, table in found["questions"].items():
        alpha, twice = table["agreement"], table["repeated"]
        again = [twice["asked_twice"], _number(twice["same"]), _number(twice["mean_distance"])]
        rows.append([name, alpha["level"], _spread(alpha, "alpha"), alpha["units"], *again])
    head = [
        "",
        "level",
        "Krippendorff’s α between raters",
        "judged by several",
        "asked twice",
        "same answer",
        "distance",
    ]
    checks = [[kind, row["answered"], row["failed"]] for kind, row in found["checks"]["counts"].items()]
    counts = (
        f"{found['checks']['excluded']} raters {found['checks']['rule']}; {found['checks']['unchecked']} unchecked."
    )
    text = "<h2>How reliable the answers are</h2>" + _table(head, rows)
    return text + _table(["attention check", "answered", "failed"], checks) + f"<p>{escape(counts)}</p>"


def _free(found: dict) -> str:
    scores = [[system, _number(row["chrf"], 1), row["answers"]] for system, row in found["understood"].items()]
    said = [
        [", ".join(r["systems"]), r["text"], r.get("understood", ""), r.get("comment", "")] for r in found["remarks"]
    ]
    text = "<h2>What was understood, and comments</h2>" + _table(["", "chrF against the text", "answers"], scores)
    return text + _table(["systems", "text", "understood as", "comment"], said)


def html_of(found: dict) -> str:
    """The whole evaluation on one page; reads nothing but `found` and loads nothing."""
    people, title = found["raters"], f"Ratings of pack {found['pack']}"
    about = ", ".join(f"{count} {kind.replace('_', ' ')}" for kind, count in sorted(people["hearing"].items()))
    facts = (
        f"Signed language {found['signed_language']}; {people['scored']} of {people['answered']} raters scored "
        f"({about}); 95 % intervals by drawing raters and items anew."
    )
    warnings = "".join(f'<p class="warning">{escape(warning)}</p>' for warning in found["warnings"])
    body = f"<h1>{escape(title)}</h1><p>{escape(facts)}</p>{warnings}" + _means(found) + _choices(found)
    head = '<meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">'
    head += f"<title>{escape(title)}</title><style>{player_assets()[0]}{_STYLE}</style>"
    body += _reliability(found) + _free(found)
    return f'<!DOCTYPE html>\n<html lang="en"><head>{head}</head><body><main>{body}</main></body></html>\n'
