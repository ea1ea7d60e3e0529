"""The table of a gallery: a line a cheat or honest system, in csv, JSON and Markdown; and all margins."""

import csv
import json
import math
from dataclasses import asdict, dataclass
from pathlib import Path

from eval.trials import Trial, places
from sign_latent.files import file_aside


@dataclass
class Gallery:
    """What was tried on one corpus."""

    about: dict[str, object]
    """Corpus, splits, counts, generators."""
    trials: list[Trial]
    skipped: dict[str, str]
    """What could not be tried, and why."""

    @property
    def passed(self) -> bool:
        """Every cheat named, no honest system accused."""
        return all(trial.passed for trial in self.trials)


def rows_of(gallery: Gallery) -> list[dict[str, object]]:
    """A row a trial: what it is, what it is called, by which numbers, where it ranks, how far it is from a bound."""
    by_distance, by_verdict = places(gallery.trials, verdict=False), places(gallery.trials)
    rows = []
    for trial in gallery.trials:
        shown, closest = trial.shown, trial.closest
        evidence = "; ".join(f"{key} {value:.3g}" for key, value in shown.evidence.items()) if shown else ""
        rows.append(
            {
                "system": trial.name,
                "kind": "cheat" if trial.wanted else "honest",
                "wanted": trial.wanted,
                "named": "; ".join(trial.named),
                "passed": trial.passed,
                "distance": -trial.figure,
                "place_by_distance": by_distance[trial.name],
                "place": by_verdict[trial.name],
                "evidence": evidence,
                "check": closest[0] if closest else "",
                "past_bound": closest[1].distance if closest else math.nan,
            }
        )
    return sorted(rows, key=lambda row: (row["kind"], row["place"]))


def margin_rows(gallery: Gallery) -> list[dict[str, object]]:
    """A row for every system and check: the number, its bound, and how far past the bound it lies (negative: not)."""
    return [
        {
            "system": trial.name,
            "kind": "cheat" if trial.wanted else "honest",
            "check": check,
            "measure": measure.what,
            "value": measure.value,
            "accused": "above" if measure.above else "below",
            "bound": measure.bound,
            "past_bound": measure.distance,
            "unit": "doublings" if measure.factor else "difference",
        }
        for trial in gallery.trials
        for check, measure in trial.margins.items()
    ]


def narrowest(gallery: Gallery) -> list[dict[str, object]]:
    """A row a check: the honest system nearest to its bound, and the cheat that it names with the least to spare."""
    rows = margin_rows(gallery)
    wanted = {trial.name: trial.closest[0] for trial in gallery.trials if trial.wanted and trial.closest}
    found = []
    for check in dict.fromkeys(row["check"] for row in rows):
        own = [row for row in rows if row["check"] == check]
        honest = max((r for r in own if r["kind"] == "honest"), key=lambda r: r["past_bound"], default=None)
        cheats = [row for row in own if wanted.get(row["system"]) == check]
        cheat = min(cheats, key=lambda r: r["past_bound"], default=None)
        found.append({"check": check, "honest": honest, "cheat": cheat})
    return found


def lines_of(trials: list[Trial]) -> list[str]:
    """A line a trial: passed or not, what it is called and by which numbers."""
    return [
        f"{'ok' if row['passed'] else 'FAILED':7}{row['system']:45}{row['named'] or 'not accused':60}"
        f"{row['check']} {row['past_bound']:+.2f}  {row['evidence']}"
        for row in rows_of(Gallery({}, trials, {}))
    ]


def markdown(gallery: Gallery) -> str:
    """Three tables: cheats, honest systems, margins; and what could not be tried."""
    rows = rows_of(gallery)
    honest, cheats = ([row for row in rows if row["kind"] == kind] for kind in ("honest", "cheat"))
    lines = [f"# Cheats and honest systems\n\n{', '.join(f'{k} {v}' for k, v in gallery.about.items())}\n"]
    lines += [
        f"{sum(row['passed'] for row in cheats)} of {len(cheats)} cheats named, "
        f"{sum(not row['passed'] for row in honest)} of {len(honest)} honest systems accused. `Place` is that of "
        "the verdict, in brackets that of the warped distance to the recordings alone. `Past bound`: doublings or "
        "differences by which the check named lies on the accused side (negative: on the honest side).\n"
    ]
    heads = (
        "| cheat | named as | evidence | place | check | past bound |",
        "| honest system | findings | place | nearest check | past bound |",
    )
    lines += [heads[0], "|---|---|---|---|---|---|"]
    for row in cheats:
        name = row["named"] if row["passed"] else f"**missed**; {row['named']}"
        place = f"{row['place']} ({row['place_by_distance']})"
        lines.append(
            f"| {row['system']} | {name} | {row['evidence']} | {place} | {row['check']} | {row['past_bound']:+.2f} |"
        )
    lines += ["", heads[1], "|---|---|---|---|---|"]
    for row in honest:
        name = "none" if row["passed"] else f"**accused: {row['named']}**"
        place = f"{row['place']} ({row['place_by_distance']})"
        lines.append(f"| {row['system']} | {name} | {place} | {row['check']} | {row['past_bound']:+.2f} |")
    lines += [
        "",
        "| check | honest system nearest to the bound | past bound | cheat named most narrowly | past bound |",
    ]
    lines.append("|---|---|---|---|---|")
    for row in narrowest(gallery):
        cells = [f"{r['system']} | {r['past_bound']:+.2f}" if r else "| " for r in (row["honest"], row["cheat"])]
        lines.append(f"| {row['check']} | {' | '.join(cells)} |")
    if gallery.skipped:
        lines += ["", "Not tried:", ""] + [f"- {name}: {reason}" for name, reason in gallery.skipped.items()]
    return "\n".join(lines) + "\n"


def write(gallery: Gallery, folder: Path) -> None:
    """`gallery.csv`, `margins.csv`, `gallery.json` and `gallery.md` in a folder, each whole or not at all."""
    for name, rows in (("gallery.csv", rows_of(gallery)), ("margins.csv", margin_rows(gallery))):
        with file_aside(folder / name) as aside, aside.open("w", encoding="utf-8", newline="") as file:
            writer = csv.DictWriter(file, list(rows[0]))
            writer.writeheader()
            writer.writerows(rows)
    whole = {
        "about": gallery.about,
        "passed": gallery.passed,
        "rows": rows_of(gallery),
        "findings": {trial.name: [asdict(f) for f in trial.findings] for trial in gallery.trials},
        "margins": margin_rows(gallery),
        "skipped": gallery.skipped,
    }
    with file_aside(folder / "gallery.json") as aside:
        aside.write_text(json.dumps(_plain(whole), indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    with file_aside(folder / "gallery.md") as aside:
        aside.write_text(markdown(gallery), encoding="utf-8")


def _plain(value):
    """For JSON, which knows no nan or infinity: those become null."""
    if isinstance(value, dict):
        return {key: _plain(v) for key, v in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(v) for v in value]
    return None if isinstance(value, float) and not math.isfinite(value) else value
