"""Thumbnails: a few frames of a clip in a row, as one picture that stands in the page itself, and what clip it is."""

import base64
from dataclasses import replace
from html import escape
from io import BytesIO

import numpy as np
from PIL import Image

from sign_latent.corpus.clip import Clip
from sign_latent.pose.pose import Pose
from sign_latent.renderer.draw import draw_pose

FRAMES = 4
SIZE = 144


def figure(clip: Clip) -> str:
    """The thumbnail of a clip with its name, split, length, signer and text."""
    about = f"{clip.split}, {len(clip.pose)} frames, signer {clip.signer or 'unknown'}: {clip.text or '(no text)'}"
    caption = f"<figcaption><strong>{escape(clip.id)}</strong><br>{escape(about)}</figcaption>"
    return f"<figure>{thumbnail(clip.pose, f'frames of clip {clip.id}')}{caption}</figure>"


def thumbnail(pose: Pose, about: str) -> str:
    """An `img` of `FRAMES` frames spread evenly over the clip; `about` is said to those who do not see it."""
    numbers = sorted({round(place) for place in np.linspace(0, len(pose) - 1, FRAMES)})
    some = replace(pose, points=pose.points[numbers], confidence=pose.confidence[numbers],
                   rotations=None, expression=None)  # fmt: skip
    strip = np.concatenate(list(draw_pose(some, SIZE)), axis=1)
    content = BytesIO()
    Image.fromarray(strip).quantize(64).save(content, format="PNG", optimize=True)
    data = base64.b64encode(content.getvalue()).decode()
    height, width = strip.shape[:2]
    return f'<img src="data:image/png;base64,{data}" width="{width}" height="{height}" alt="{escape(about, True)}">'
