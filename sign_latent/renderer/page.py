"""One self-contained offline page that plays poses: no server, no network, titles and texts treated as foreign."""

import base64
import hashlib
import html
import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache
from importlib import resources
from pathlib import Path

import numpy as np

from sign_latent.errors import UserError
from sign_latent.files import file_aside
from sign_latent.pose.pose import Pose
from sign_latent.pose.provenance import facts_of, models_of
from sign_latent.pose.signs import Sign
from sign_latent.renderer import figure
from sign_latent.renderer.landmarks import Landmarks
from sign_latent.text.languages import signed_name

GENERATED_NOTICE = "Machine-generated, not reviewed by signers."
UNIT = 1 / 4096  # shoulder widths; places beyond ±8, far outside every picture, are cut off there
HIDDEN = -32768  # stands for a point that is not drawn


@dataclass(frozen=True)
class PageClip:
    """A pose to be played. `provenance` is what generation wrote beside it (a line of JSON), "" for a recording.

    `tiers` are (value, first frame, frame after the last), shown as a time line: `pose.signs`, where these may be seen.
    """

    title: str
    pose: Pose
    text: str = ""
    provenance: str = ""
    tiers: Sequence[Sign] = ()

    @property
    def made(self) -> str:
        """What is said below a clip that was generated, or partly: notice and models; "" for any other."""
        models = models_of(self.provenance)
        return f"{GENERATED_NOTICE} Model: {' · '.join(models)}" if models else ""

    @property
    def language(self) -> str:
        """The signed languages that the provenance names, in words; "" where it names none."""
        tags = dict.fromkeys(str(facts.get("signed_language", "")) for facts in facts_of(self.provenance))
        return " · ".join(filter(None, map(signed_name, tags)))


def load_clip(path: str | Path) -> PageClip:
    """A `.pose` or `.npz` file with its provenance and signs, titled by its name. UserError as in `Pose.load`."""
    path = Path(path)
    pose = Pose.load(path)
    texts = dict.fromkeys(str(facts.get("text", "")) for facts in facts_of(pose.provenance))
    return PageClip(path.name, pose, " ".join(filter(None, texts)), pose.provenance, pose.signs)


def banner(notice: str) -> str:
    """The landmark at the head of a page that is always in sight; nothing without a notice."""
    return f'<header class="sl-notice">{html.escape(notice)}</header>' if notice else ""


def view_page(
    clips: Sequence[PageClip | tuple[str, Pose]], path: str | Path, notice: str | None = None, heading: str = "Signing"
) -> None:
    """Write a page that plays the clips side by side in step. It is whole or not there at all.

    `notice` is always in sight; None = `GENERATED_NOTICE` if the provenance of any clip says so, else nothing.
    UserError without clips, for a pose that is not whole and for another suffix than `.html`.
    """
    path = Path(path)
    if path.suffix.lower() != ".html":
        raise UserError(f"{path}: pages are written as .html; choose a name that ends so")
    clips = _as_clips(clips)
    if notice is None:
        notice = GENERATED_NOTICE if any(clip.made for clip in clips) else ""
    style, script = player_assets()
    page = fill(
        _template("page.html"),
        hash=base64.b64encode(hashlib.sha256(script.encode()).digest()).decode(),
        heading=html.escape(heading),
        style=style,
        notice=banner(notice),
        player=player_fragment(clips),
        script=script,
    )
    with file_aside(path) as aside:
        aside.write_text(page, encoding="utf-8")


def player_fragment(clips: Sequence[PageClip | tuple[str, Pose]]) -> str:
    """HTML of one player with its data, to stand in a page that also holds `player_assets` (once, after it)."""
    return player_markup({"model": figure.constants(), "clips": [encode_clip(clip) for clip in _as_clips(clips)]})


def player_markup(data: dict) -> str:
    """HTML of a player of that data; a script may put other data in its place."""
    # Inside a script element only "<" could end the data; in JSON it can only stand within a string.
    text = (
        json.dumps(data, separators=(",", ":")).replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026")
    )
    return fill(_template("player.html"), data=text)


def player_assets() -> tuple[str, str]:
    """(style sheet, script) that every page with players needs once."""
    return _template("page.css"), _template("figure.js") + _template("player.js")


def encode_clip(clip: PageClip) -> dict:
    """What the player reads: facts of the clip, and its frames as in `encode_chunk`."""
    return {
        "title": clip.title,
        "text": clip.text,
        "made": clip.made,
        "language": clip.language,
        "fps": float(clip.pose.fps),
        "unit": UNIT,
        "sizes": figure.hand_sizes(Landmarks.of(clip.pose)),
        **encode_chunk(clip.pose),
        "tiers": _rows(clip.tiers),
    }


def encode_chunk(pose: Pose, gauge: Pose | None = None) -> dict:
    """Frames that a player adds to its clip: `points` is base64 of little-endian int16 [T, P, 3] in `UNIT`s, P =
    `figure.POINTS`. `gauge` is what the sizes of head and hands are measured by: of a clip that comes in parts, the
    first (default: the pose). `tiers` are the signs of the pose.
    """
    places, seen = figure.places(Landmarks.of(pose, gauge))
    steps = np.clip(np.round(places / UNIT), -32767, 32767).astype("<i2")
    steps[~seen] = HIDDEN
    points = base64.b64encode(steps.tobytes()).decode()
    return {"frames": len(pose), "points": points, "tiers": _rows(pose.signs)}


def _rows(signs: Iterable[Sign]) -> list[list]:
    return [[str(value), int(start), int(end)] for value, start, end in signs]


def _as_clips(clips: Sequence[PageClip | tuple[str, Pose]]) -> list[PageClip]:
    made = [clip if isinstance(clip, PageClip) else PageClip(*clip) for clip in clips]
    if not made:
        raise UserError("a page without clips plays nothing; give at least one pose")
    return made


@cache
def _template(name: str) -> str:
    return (resources.files(__package__) / "viewer" / name).read_text(encoding="utf-8")


def fill(template: str, **values: str) -> str:
    """The template with every {{name}} replaced; values are never searched for names."""
    parts = template.split("{{")
    filled = [parts[0]]
    for part in parts[1:]:
        name, rest = part.split("}}", 1)
        filled += [values[name], rest]
    return "".join(filled)
