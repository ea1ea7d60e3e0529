"""A comparison of autoencoders as one self-contained page, and as lines for the terminal."""

from collections.abc import Mapping
from html import escape

from eval.autoencoder_rows import MEAN
from eval.autoencoder_schema import Comparison, Latent, RatePoint
from eval.curves import Series, curves
from eval.interpretation import Signs, shares
from eval.latent_plot import pca_plot
from eval.markup import cell, document, number, table
from eval.players import PAUSED
from eval.rates import CODED, SAMPLE, TOKENS
from eval.schema import Estimate
from sign_latent.autoencoder.contract import Autoencoder

SCORES = {
    "mpjpe_mm": ("MPJPE, mm", 1), "pa_mpjpe_mm": ("PA-MPJPE, mm", 1), "mpjpe": ("MPJPE, shoulder widths", 3),
    "pa_mpjpe": ("PA-MPJPE, shoulder widths", 3), "geodesic": ("Angle between rotations, degrees", 1),
    "velocity_ratio": ("Velocity ratio", 2), "acceleration_ratio": ("Acceleration ratio", 2),
    "jerk_ratio": ("Jerk ratio", 2),
}  # fmt: skip
"""Score -> its name and decimals."""
PARTS = ("all", "body", "left_hand", "right_hand", "hands", "face")
MAIN = {
    "mpjpe_mm/all": "MPJPE, mm", "mpjpe_mm/hands": "hands", "mpjpe_mm/face": "face", "geodesic/hands": "hands, degrees",
    "velocity_ratio/all": "velocity", "jerk_ratio/all": "jerk",
}  # fmt: skip
TO_RECORDING = "to recording, mm"
_STYLE = """
.share{background:linear-gradient(90deg,var(--mark) var(--s),transparent var(--s)) no-repeat 0 100%/100% 3px}
.dot{fill-opacity:.8}.scroll{margin-bottom:1rem}details.parts td{text-align:right;white-space:nowrap}
.sweeps .sl-clip{flex:0 1 17rem}
"""


def html_of(
    report: Comparison,
    models: Mapping[str, Autoencoder],
    signs: Mapping[str, Signs],
    players: str,
    sweeps: Mapping[str, str],
) -> str:
    """The page. players: HTML of the shown clips; sweeps: of each autoencoder's slots."""
    from sign_latent.renderer.page import GENERATED_NOTICE, player_assets

    style, script = player_assets()
    body = facts(report) + overview(report) + trade(report) + by_part(report) + statistics(report)
    body += f"<h2>Best, median and worst clip</h2>{players}"
    for name, latent in latents_of(report):
        body += slots_section(name, latent, models[name], signs[name], sweeps[name])
    return document("Autoencoders compared", body, GENERATED_NOTICE, style + _STYLE, script + PAUSED)


def facts(report: Comparison) -> str:
    """What was compared, on what, by what."""
    about, sure = report.references, report.uncertainty
    lines = {
        "recordings": f"{about.clips} of {about.available} clips of {', '.join(about.splits)}, {about.skeleton}, "
        f"{about.fps:g} frames a second, corpus {about.hash[:12]}",
        "judge": report.judge or "none",
        "feature net": report.feature_net or "none",
        "intervals": f"{100 * sure.level:.0f} %, {sure.draws} draws over {sure.clusters} clusters ({sure.unit})",
    }
    rows = "".join(f"<dt>{escape(name)}</dt><dd>{escape(value)}</dd>" for name, value in lines.items())
    said = "".join(f'<p class="note">{escape(note)}.</p>' for note in report.notes)
    return f"<dl>{rows}</dl>{said}"


def overview(report: Comparison) -> str:
    """One row an autoencoder and control, the figures that decide."""
    errors, ratios = (
        [
            name
            for name in MAIN
            if ("ratio" in name) == ratio and any(name in row.encoded for row in report.rows.values())
        ]
        for ratio in (False, True)
    )
    nets = [n for n in ("fid", "kid") if any(_near(row, n) is not None for row in report.rows.values())]
    read = ["BLEU-4"] if any(row.text for row in report.rows.values()) else []
    head = ["", "bits a frame", "compression", *(MAIN[score] for score in errors), *read, *map(str.upper, nets)]
    rows = []
    for name in report.order:
        row, main = report.rows[name], main_point(report.latents.get(name))
        cells = ["0" if name == MEAN else "–", "–"]
        if main:
            bits = f"{number(main.bits_per_frame, 1)} <small>{escape(main.coding)}</small>"
            cells = [bits, f"{number(main.compression_of_pose, 0)} ×"]
        cells += [_scored(row, score) for score in errors]
        cells += [*(cell(row.text.get("bleu4"), 1) for _ in read), *(number(_near(row, net), 3) for net in nets)]
        cells += [*(_scored(row, score) for score in ratios), cell(row.recording.get("mpjpe_mm/all"), 1)]
        rows.append((name, cells))
    head += [*(MAIN[score] for score in ratios), TO_RECORDING]
    shown = table("Reconstruction", head, rows, list(report.latents))
    note = (
        "Distances are to what was encoded (where there are rotations, the recording on the canonical signer, since "
        "proportions are not encoded), in millimetres of a signer whose shoulders are 360 mm apart; ratios are of mean "
        "differences of positions, 1 is right. FID and KID are to the recordings. Compression is of rotations and "
        "expression, or else of points, as float32. Seconds and throughput stand in timings.json."
    )
    return f'<h2>Overview</h2>{shown}<p class="note">{escape(note)}</p>'


def _scored(row, score: str) -> str:
    return cell(row.encoded.get(score), SCORES[score.partition("/")[0]][1])


def _near(row, score: str) -> float | None:
    return row.distribution.get("recording", {}).get(score)


def latents_of(report: Comparison) -> list[tuple[str, Latent]]:
    """The autoencoders in the order in which they were named."""
    return [(name, report.latents[name]) for name in report.order if name in report.latents]


def main_point(latent: Latent | None) -> RatePoint | None:
    """The coding that stands for a latent."""
    if latent is None:
        return None
    return next(point for point in latent.rate.points if point.coding == latent.rate.main)


def trade(report: Comparison) -> str:
    """Rate against distortion, drawn and as a table."""
    drawn = []
    for part, title in (("all", "all points"), ("hands", "the hands")):
        series = [one for name, latent in latents_of(report) for one in _series(name, latent, part)]
        flat = report.rows[MEAN].encoded.get(f"mpjpe_mm/{part}") if MEAN in report.rows else None
        levels = [] if flat is None else [(f"{MEAN}, 0 bits", flat.value)]
        caption = f"Rate and distortion of {title}"
        drawn.append(curves(caption, series, "bits a frame", "MPJPE, mm", levels, logarithmic=True))
    rows = []
    for name, latent in latents_of(report):
        for point in latent.rate.points:
            cells = [escape(point.coding), number(point.bits_per_frame, 1), number(point.bits_per_second / 1000, 2)]
            cells += [f"{number(x, 1)} ×" for x in (point.compression, point.compression_of_pose)]
            cells += [number(_mm(point, part), 2) for part in ("all", "hands")]
            rows.append((name, cells))
    head = ["", "coding", "bits a frame", "kbit/s", "of features", "of pose", "MPJPE, mm", "hands"]
    note = (
        "A discrete latent costs log2(codes) bits a token; entropy coded, what the training split's frequencies of "
        "each place make of the held-out tokens. A continuous latent is quantised: every value that is not dead "
        "becomes the middle of one of 2^B cells between −4 and 4 standard deviations, at B bits without entropy coding."
        " “Sample, bits back” is its KL divergence from N(0, 1), the rate of a sample of the posterior, beside the "
        "distortion of such a sample. “Half precision” is the latent as it is stored."
    )
    plots = f'<div class="plots">{"".join(drawn)}</div>'
    shown = table("Ways to write the latents down", head, rows)
    return f'<h2>Rate and distortion</h2>{plots}<p class="note">{escape(note)}</p>{shown}'


def _mm(point: RatePoint, part: str) -> float:
    from eval.alignment import SHOULDER_WIDTH_MM

    value = point.mpjpe.get(part)
    return float("nan") if value is None else value * SHOULDER_WIDTH_MM


def _series(name: str, latent: Latent, part: str) -> list[Series]:
    """The codings of a latent as one line; what belongs to a sample stands apart."""
    short = name.partition("@")[0]
    points = [p for p in latent.rate.points if p.coding != SAMPLE]
    lines = [(short, points, TOKENS not in [p.coding for p in points])]
    lines += [(f"{short}, {SAMPLE}", [p for p in latent.rate.points if p.coding == SAMPLE], False)]
    return [
        Series(label, [(p.bits_per_frame, _mm(p, part)) for p in some], line, [f"{label}: {p.coding}" for p in some])
        for label, some, line in lines
        if some
    ]


def by_part(report: Comparison) -> str:
    """Every score by part, against what was encoded and against the recording."""
    pieces = ["<h2>By part</h2>"]
    for kind, title in (("encoded", "what was encoded"), ("recording", "the recording")):
        tables = [_score_table(report, kind, score, f"{name}, to {title}") for score, (name, _) in SCORES.items()]
        inner = "".join(tables)
        shown = " open" if kind == "encoded" else ""
        pieces.append(f'<details class="parts"{shown}><summary>To {title}</summary>{inner}</details>')
    return "".join(pieces)


def _score_table(report: Comparison, kind: str, score: str, caption: str) -> str:
    rows = {name: getattr(report.rows[name], kind) for name in report.order}
    parts = [part for part in PARTS if any(f"{score}/{part}" in row for row in rows.values())]
    cells = [
        (name, [cell(row.get(f"{score}/{part}"), SCORES[score][1]) for part in parts]) for name, row in rows.items()
    ]
    head = ["", *(part.replace("_", " ") for part in parts)]
    return table(caption, head, cells, list(report.latents)) if parts else ""


def statistics(report: Comparison) -> str:
    """What each autoencoder is, what its latents are like, and which codes are used."""
    known, latents, tokens = [], [], []
    for name, one in latents_of(report):
        rate = one.rate
        shape = f"{len(one.slots)} × {one.width} every {one.stride} frames at {one.fps:g} a second"
        code = f"{one.places} tokens of {one.codes} codes" if one.codes else "continuous"
        known.append((name, [one.model, shape, code, f"{one.parameters:,}", number(rate.values_per_frame, 1),
                             number(rate.features_per_frame, 0), number(rate.pose_values_per_frame, 0)]))  # fmt: skip
        for split, some in (("train", one.train), ("held out", one.held_out)):
            low, high = (number(value, 2) for value in some.variances)
            dead = ", ".join(f"{slot} {n} of {one.width}" for slot, n in some.dead.items() if n) or "none"
            cells = [f"{some.clips:,}", number(some.mean, 4), number(some.variance, 4), number(some.largest_mean, 3)]
            latents.append((f"{name}, {split}", [*cells, f"{low} to {high}", number(some.kl_bits, 1), escape(dead)]))
        if one.tokens:
            tokens += _token_rows(name, one)
    pieces = ["<h2>Latents</h2>"]
    head = ["", "model", "latent", "coding", "parameters", "live values a frame", "features a frame", "pose values"]
    pieces.append(table("Autoencoders", head, known))
    head = ["", "clips", "mean", "variance", "largest mean", "variances", "KL, bits a latent frame", "dead channels"]
    pieces.append(table("Whitened latents, over channels that are not dead", head, latents))
    if tokens:
        head = ["", "place", "usage", "perplexity"]
        note = "Over all latent frames of the training split."
        pieces.append(table("Code usage", head, tokens) + f'<p class="note">{note}</p>')
    return "".join(pieces)


def _token_rows(name: str, one: Latent) -> list[tuple[str, list[str]]]:
    found = one.tokens
    each = zip(found.usage, found.perplexity, strict=True)
    rows = [("together", found.usage_together, found.perplexity_together)]
    rows += [(str(i), usage, kinds) for i, (usage, kinds) in enumerate(each)]
    return [(name, [place, f"{100 * usage:.1f} %", f"{kinds:.0f} of {found.codes}"]) for place, usage, kinds in rows]


def slots_section(name: str, one: Latent, model: Autoencoder, signs: Signs, sweeps: str) -> str:
    """What the slots of one latent hold: motion by part, signs told apart, signs in a plane, and the slots swinging."""
    found = one.interpretation
    note = (
        f"{found.clips} held-out clips; one slot moved by ±{found.size:g} standard deviations along each of its first "
        f"{found.directions} principal directions throughout the clip, all others as encoded. How far the points of "
        "each part move (mm, mean a point) and, in percent, each part's share of the row. An arm carries its hand "
        "along; so the second table aligns each part with itself first: how far its own shape changes."
    )
    pieces = [f"<h2>What the slots of {escape(name)} hold</h2>"]
    pieces.append(_motion_table("When one slot moves: motion by part", found.moved, one.slots))
    pieces.append(_motion_table("Change of each part's own shape", found.reshaped, one.slots))
    pieces.append(f'<p class="note">{escape(note)}</p>')
    if found.told:
        slots = [*one.slots, "all"] if len(one.slots) > 1 else one.slots
        cells = [number(_percent(found.told[slot]), 0) for slot in slots]
        head = ["", *(slot.replace("_", " ") for slot in slots)]
        caption = f"Signs by slot: {found.signs} signs of {found.glosses} glosses"
        pieces.append(table(caption, head, [("variance that glosses explain, %", cells)]))
        picture = pca_plot(signs, model, "Signs by gloss, all slots")
        pieces.append(f'<div class="plots">{picture}</div>')
    if sweeps:
        title = "Each slot swinging, in a posture of the median clip"
        pieces.append(f'<h3>{title}</h3><div class="sweeps">{sweeps}</div>')
    return "".join(pieces)


def _percent(value: float | None) -> float:
    return float("nan") if value is None else 100 * value


def _motion_table(caption: str, rows: Mapping[str, Mapping[str, float | None]], slots: list[str]) -> str:
    from eval.alignment import SHOULDER_WIDTH_MM

    part_names = [part for part in PARTS if part in rows[slots[0]]]
    cells, portions = [], shares(rows)
    for slot in slots:
        line, portion = [], portions[slot]
        for part in part_names:
            moved, percent = rows[slot][part], 100 * portion[part]
            known = moved is not None and percent == percent
            text = f"{moved * SHOULDER_WIDTH_MM:.1f} <small>{percent:.0f} %</small>" if known else "–"
            line.append(f'<div class="share" style="--s:{percent:.0f}%">{text}</div>' if known else text)
        cells.append((slot.replace("_", " "), line))
    return table(caption, ["slot", *(part.replace("_", " ") for part in part_names)], cells)


def lines_of(report: Comparison, times: dict) -> list[str]:
    """The overview for the terminal, with throughput where it was measured."""
    wide = max(map(len, report.order))
    columns = {"MPJPE mm": ("mpjpe_mm/all", 1), "hands": ("mpjpe_mm/hands", 1), "hands °": ("geodesic/hands", 1),
               "velocity": ("velocity_ratio/all", 2), "jerk": ("jerk_ratio/all", 2)}  # fmt: skip
    head = ["bits/frame", *columns, "KID", "BLEU-4", "frames/s"]
    lines = [f"{'':{wide}}" + "".join(f"{name:>11}" for name in head)]
    for name in report.order:
        row, main = report.rows[name], main_point(report.latents.get(name))
        cells = [number(main.bits_per_frame, 1) if main else ("0" if name == MEAN else "–")]
        cells += [number(_value(row.encoded.get(score)), digits) for score, digits in columns.values()]
        cells += [number(_near(row, "kid"), 3), number(_value(row.text.get("bleu4")), 1)]
        speed = times.get("rows", {}).get(name, {}).get("poses", {}).get("frames_per_second")
        lines.append(f"{name:{wide}}" + "".join(f"{one:>11}" for one in [*cells, number(speed, 0)]))
    return lines + _rate_lines(report) + [f"note: {note}" for note in report.notes]


def _rate_lines(report: Comparison) -> list[str]:
    lines = []
    for name, one in latents_of(report):
        coded = next((p for p in one.rate.points if p.coding in (CODED, SAMPLE)), None)
        more = f"; {coded.coding}: {coded.bits_per_frame:.1f} bits a frame, {_mm(coded, 'all'):.1f} mm" if coded else ""
        use = f"; usage {100 * one.tokens.usage_together:.1f} %" if one.tokens else ""
        lines.append(f"{name}: {one.rate.main}{more}{use}; {one.parameters:,} parameters")
    return lines


def _value(estimate: Estimate | None) -> float | None:
    return None if estimate is None else estimate.value
