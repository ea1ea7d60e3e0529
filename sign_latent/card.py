"""The card of an artefact: everything there is to know about its weights before loading them."""

import hashlib
import json
from dataclasses import asdict, dataclass, field, fields, is_dataclass
from typing import Any, Self

from sign_latent.errors import UserError


@dataclass(frozen=True)
class LatentSpec:
    """The latent an autoencoder makes: z [B, N', slots, width], N' = ceil(frames / stride)."""

    domain: str
    """What is encoded: ``pose``, ``condition`` or ``pixels``."""
    skeleton: str
    features: tuple[str, ...]
    """Feature sets of the pose, of ``rotations``, ``points``, ``expression``."""
    fps: float
    stride: int
    """Frames a latent frame."""
    slots: int
    """J': places of the skeleton a latent frame holds; 1 for a flat latent."""
    width: int
    """D: channels of a slot."""
    codes: int | None = None
    """Size of the codebook, None for a continuous latent."""
    places: int | None = None
    """P: tokens a latent frame, None for a continuous latent."""
    dead: tuple[int, ...] = ()
    """Channels (flattened slots × width) that carry nothing."""
    unseen: tuple[str, ...] = ()
    """Points of the skeleton that no training clip showed; decoded with confidence 0."""

    @property
    def seconds(self) -> float:
        """How long a latent frame lasts."""
        return self.stride / self.fps

    @classmethod
    def from_dict(cls, values: dict[str, Any]) -> Self:
        """From plain JSON values."""
        given: dict[str, Any] = {name: tuple(v) if isinstance(v, list) else v for name, v in values.items()}
        return cls(**given)


@dataclass
class Card:
    """What is written beside published weights. Values become plain JSON: dataclasses dicts, tuples lists."""

    name: str
    model: str
    """Key of ``models.MODELS``."""
    settings: dict[str, Any]
    """Of the model, as its ``Settings`` dataclass takes them."""
    spec: dict[str, Any] | None = None
    """LatentSpec of an autoencoder."""
    parents: dict[str, str] = field(default_factory=dict)
    """Role (``autoencoder``, ``aligner``, …) → ``name@hash`` of what it was trained on."""
    weights_sha256: str = ""
    """Filled in by publishing."""
    corpus_hash: str = ""
    data_licence: str = ""
    text_encoder: dict[str, Any] | None = None
    """``name``, ``hash`` and ``layers`` of the frozen text encoder; ``reads``: kinds of input (absent: text);
    ``longest``: kind -> words and spelled letters of the longest training input (absent: not known)."""
    vocabulary: list[str] | None = None
    """Words that are not spelled."""
    languages: dict[str, Any] = field(default_factory=lambda: {"spoken": [], "signed": []})
    """Tags of the ``spoken`` and ``signed`` ones, and under ``pairs`` which were seen together."""
    intended_use: str = ""
    code_commit: str = ""
    """Filled in by publishing from a checkout."""
    code_dirty: bool = False
    audit: dict[str, Any] | None = None
    """What was measured at publishing."""
    warnings: list[str] = field(default_factory=list)
    seed: int = 0
    created: str = ""
    """UTC; filled in by publishing."""

    def __post_init__(self) -> None:
        for item in fields(self):
            value = getattr(self, item.name)
            plain = asdict(value) if is_dataclass(value) and not isinstance(value, type) else value
            setattr(self, item.name, json.loads(json.dumps(plain)))

    @property
    def hash(self) -> str:
        """First 12 hexadecimal digits of the sha256 of the card, which holds that of the weights."""
        return hashlib.sha256(json.dumps(asdict(self), sort_keys=True).encode()).hexdigest()[:12]

    @property
    def reference(self) -> str:
        """``name@hash``."""
        return f"{self.name}@{self.hash}"

    @property
    def condition(self) -> str:
        """What a renderer takes: ``pose``, ``tokens`` or ``text``, as its settings say; empty for what is none."""
        return str(self.settings.get("condition", ""))

    @property
    def latent(self) -> LatentSpec:
        """The latent of an autoencoder. UserError for another kind of artefact."""
        if self.spec is None:
            raise UserError(f"artefact {self.name}: a {self.model} has no latent; name an autoencoder")
        return LatentSpec.from_dict(self.spec)

    def to_json(self) -> str:
        """The text of ``card.json``; it carries the hash so that damage shows."""
        return json.dumps({"hash": self.hash, **asdict(self)}, indent=1, ensure_ascii=False) + "\n"

    @classmethod
    def from_json(cls, text: str) -> Self:
        """Raises ValueError when the text is damaged: not JSON, missing fields, or another hash than it bears."""
        try:
            values = json.loads(text)
            stated = values.pop("hash")
            card = cls(**values)
        except (TypeError, KeyError, AttributeError) as error:
            raise ValueError(str(error)) from None
        if card.hash != stated:
            raise ValueError("its hash differs")
        return card
