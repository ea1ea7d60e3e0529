"""Two towers that place a text and its signing close together (Text2SignDiff, section 3.2; InfoNCE, van den Oord 2018).

The pose tower reads either points, like a judge, or the latents of an autoencoder, so that a denoiser can be led by it.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from sign_latent.errors import UserError
from sign_latent.evaluator.encoder import SHAPES, FrontEnd
from sign_latent.evaluator.features import PoseFeatures
from sign_latent.layers.attention import padding_bias

# exp(·) is the inverse temperature; CLIP (Radford et al. 2021) starts at 1/0.07 and bounds it at 100.
_START, _HOTTEST = math.log(1 / 0.07), math.log(100.0)


@dataclass
class AlignerSettings:
    """Size of both towers; what the corpus, the autoencoder or the text encoder decides is filled in by the stage."""

    reads: str = "latents"
    """What the pose tower reads: points or latents."""
    skeleton: str = "smplx"
    """Skeleton of the points."""
    slots: int = 0
    """J' of the latents."""
    latent_width: int = 0
    """D of the latents."""
    spoken: tuple[str, ...] = ()
    """Tags of the spoken languages."""
    signed: tuple[str, ...] = ()
    """Tags of the signed languages."""
    text_width: int = 0
    """Width of the frozen token vectors."""
    sentence_width: int = 0
    """Width of the frozen sentence vectors."""
    width: int = 128
    """Hidden width."""
    pose_layers: int = 2
    """Layers of the pose tower."""
    text_layers: int = 2
    """Layers of the text tower."""
    heads: int = 4
    """Attention heads."""
    inner: int = 256
    """Width inside feed-forward layers."""
    dropout: float = 0.1
    """Chance that a hidden channel is dropped in training."""
    space: int = 512
    """Width of the common space (512 in the paper)."""


class Pool(nn.Module):
    """Weighted mean of the valid states [B, L, W], then a map to the common space, length 1."""

    def __init__(self, width: int, space: int) -> None:
        super().__init__()
        self.norm, self.weigh = nn.LayerNorm(width), nn.Linear(width, 1)
        self.leave = nn.Linear(width, space)

    def forward(self, states: Tensor, mask: Tensor) -> Tensor:
        states = self.norm(states)
        weight = (self.weigh(states) + padding_bias(mask)[:, 0, 0, :, None]).softmax(1)
        return F.normalize(self.leave((states * weight).sum(1)), dim=-1)


class LatentEntry(nn.Module):
    """Latents [B, N', J', D] -> states [B, N', W]: all slots of a latent frame together, invalid frames zero."""

    def __init__(self, settings: AlignerSettings) -> None:
        super().__init__()
        self.enter = nn.Linear(settings.slots * settings.latent_width, settings.width)
        self.mix = nn.Conv1d(settings.width, settings.width, 3, padding=1)
        self.norm = nn.LayerNorm(settings.width)

    def forward(self, z: Tensor, mask: Tensor) -> Tensor:
        hidden = F.gelu(self.enter(z.flatten(2))) * mask[..., None]
        return self.norm(hidden + F.gelu(self.mix(hidden.transpose(1, 2)).transpose(1, 2)))


class Aligner(nn.Module):
    """`pose(...)` and `text(...)` -> unit vectors [B, space]; their inner product says how well they match."""

    Settings = AlignerSettings

    def __init__(self, settings: AlignerSettings) -> None:
        super().__init__()
        if settings.reads not in ("points", "latents"):
            raise UserError(f"an aligner reads points or latents, not {settings.reads!r}")
        s = self.settings = settings
        tower = SHAPES["transformer"]
        if s.reads == "points":
            self.features = PoseFeatures(s.skeleton)
            self.front = FrontEnd(self.features.width, s.width, s.dropout)
        else:
            self.front = LatentEntry(s)
        self.pose_tower = tower(s.width, s.pose_layers, s.heads, s.inner, s.dropout)
        self.pose_pool = Pool(s.width, s.space)
        self.token = nn.Sequential(nn.LayerNorm(s.text_width), nn.Linear(s.text_width, s.width))
        self.sentence = nn.Linear(s.sentence_width, s.width)
        if s.spoken and s.signed:
            self.tag = nn.Embedding(len(s.spoken) + len(s.signed), s.width)
        self.text_tower = tower(s.width, s.text_layers, s.heads, s.inner, s.dropout)
        self.text_pool = Pool(s.width, s.space)
        self.scale = nn.Parameter(torch.tensor(_START))

    def latents(self, z: Tensor, mask: Tensor) -> Tensor:
        """Unit vectors [B, space] of latents [B, N', J', D] with mask [B, N']; differentiable in z."""
        return self.pose_pool(self.pose_tower(self.front(z, mask), mask), mask)

    def local(self, local: Tensor, present: Tensor, mask: Tensor) -> Tensor:
        """Unit vectors of part-local coordinates [B, T, R, C] (see `PoseFeatures.local`)."""
        hidden, mask = self.front(self.features(local, present & mask[..., None]), mask)
        return self.pose_pool(self.pose_tower(hidden, mask), mask)

    def points(self, points: Tensor, mask: Tensor, confidence: Tensor | None = None) -> Tensor:
        """Unit vectors of points [B, T, K, C] in body coordinates with mask [B, T]."""
        return self.local(*self.features.local(points, confidence), mask)

    def tags(self, languages: Sequence[tuple[str, str]]) -> Tensor | None:
        """Numbers [B, 2] of spoken and signed language tags. UserError for a language it was not trained on."""
        spoken, signed = self.settings.spoken, self.settings.signed
        if not (spoken and signed):
            return None
        for place, (kind, known) in enumerate((("spoken", spoken), ("signed", signed))):
            if unknown := {pair[place] for pair in languages} - set(known):
                raise UserError(f"{kind} language {min(unknown)!r}: this aligner knows {', '.join(known)}")
        return torch.tensor([[spoken.index(a), len(spoken) + signed.index(b)] for a, b in languages])

    def only_languages(self) -> Tensor | None:
        """Tags [1, 2] where it knows one language of each kind. UserError where it knows more and must be told."""
        spoken, signed = self.settings.spoken, self.settings.signed
        if len(spoken) > 1 or len(signed) > 1:
            raise UserError(
                f"this aligner knows {', '.join(spoken)} and {', '.join(signed)}; say which languages are meant"
            )
        return self.tags([*zip(spoken, signed, strict=True)]) if spoken and signed else None

    def text(self, sentence: Tensor, tokens: Tensor, mask: Tensor, tags: Tensor | None = None) -> Tensor:
        """Unit vectors of frozen text features: sentence [B, S], tokens [B, L, W], mask [B, L].

        tags [B, 2] as `tags` gives them; of an aligner of one language they may be left out.
        """
        tags = self.only_languages() if tags is None else tags
        first = [self.sentence(sentence)[:, None]]
        if tags is not None:
            first.append(self.tag(tags.to(sentence.device)).expand(len(sentence), -1, -1))
        hidden = torch.cat([*first, self.token(tokens)], 1)
        mask = F.pad(mask, (hidden.shape[1] - mask.shape[1], 0), value=True)
        return self.text_pool(self.text_tower(hidden, mask), mask)

    def loss(self, pose: Tensor, text: Tensor, same: Tensor) -> dict[str, Tensor]:
        """InfoNCE in both directions over a batch of unit vectors [B, space].

        same [B] numbers the texts: another clip of an equal text is no wrong answer and is left out.
        """
        self.scale.data.clamp_(max=_HOTTEST)  # of the parameter itself, as CLIP does, so that it can come down again
        logits = pose @ text.T * self.scale.exp()
        twin = (same[:, None] == same[None]) & ~torch.eye(len(same), dtype=torch.bool, device=same.device)
        logits = logits.masked_fill(twin, -torch.inf)
        target = torch.arange(len(same), device=same.device)
        both = (F.cross_entropy(logits, target) + F.cross_entropy(logits.T, target)) / 2
        return {"loss": both, "right": (logits.argmax(1) == target).float().mean()}


def ahead(scores: Tensor, right: Tensor) -> Tensor:
    """Wrong answers [N] that score at least as well as the best right one; scores, right (bool) [N, candidates].

    A tie with a wrong answer counts against us: constant vectors find nothing.
    """
    best = scores.masked_fill(~right, -torch.inf).amax(1, keepdim=True)
    return ((scores >= best) & ~right).sum(1)


def retrieval(pose: Tensor, text: Tensor, same: list[str], ranks: tuple[int, ...] = (1, 5, 10)) -> dict[str, float]:
    """Recall at 1, 5 and 10 in percent and the median rank, both ways: `text_to_pose@1`, `pose_to_text_median`, …

    pose, text [N, space]; same[i] names the text of clip i, and any clip of an equal text is a right answer.
    """
    numbers = torch.tensor([{name: i for i, name in enumerate(dict.fromkeys(same))}[name] for name in same])
    right = numbers[:, None] == numbers[None]
    found = {}
    for name, scores in (("pose_to_text", pose @ text.T), ("text_to_pose", text @ pose.T)):
        before = ahead(scores, right)
        found |= {f"{name}@{rank}": 100 * (before < rank).float().mean().item() for rank in ranks}
        found[f"{name}_median"] = 1 + before.double().quantile(0.5).item()
    return found
