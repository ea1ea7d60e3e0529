"""The table of models: the key a card bears → where its class is. Classes are imported when they are asked for."""

from importlib import import_module
from typing import Any

from sign_latent.errors import UserError

MODELS: dict[str, str] = {
    "skeletal_vae": "sign_latent.autoencoder.skeletal_vae:SkeletalVAE",
    "plain_vae": "sign_latent.autoencoder.plain_vae:PlainVAE",
    "sign_vae": "sign_latent.autoencoder.sign_vae:SignVAE",
    "pose_fsq": "sign_latent.autoencoder.fsq:PoseFSQ",
    "pose_vq": "sign_latent.autoencoder.vq:PoseVQ",
    "condition_fsq": "sign_latent.autoencoder.condition_fsq:ConditionFSQ",
    "condition_vq": "sign_latent.autoencoder.condition_vq:ConditionVQ",
    "condition_plain": "sign_latent.autoencoder.condition_plain:ConditionPlain",
    "aligner": "sign_latent.aligner.aligner:Aligner",
    "unet_denoiser": "sign_latent.denoiser.unet:UNetDenoiser",
    "sald_denoiser": "sign_latent.denoiser.sald:SaldDenoiser",
    "token_translator": "sign_latent.translator.causal:TokenTranslator",
    "masked_translator": "sign_latent.translator.masked:MaskedTranslator",
    "back_translator": "sign_latent.evaluator.back_translator:BackTranslator",
    "ctc_translator": "sign_latent.evaluator.ctc_translator:CtcTranslator",
    "progressive_transformer": "sign_latent.baselines.progressive:ProgressiveTransformer",
    "stitcher": "sign_latent.baselines.stitcher:Stitcher",
    "nearest_text": "sign_latent.baselines.retrieval:NearestText",
    "text_video": "sign_latent.renderer.text_video.unet:TextVideo",
    "recogniser": "sign_latent.evaluator.recogniser:Recogniser",
    "sign_video": "sign_latent.renderer.sign_video.model:SignVideo",
    "pose_regressor": "sign_latent.evaluator.video_pose:PoseRegressor",
    "video_classifier": "sign_latent.evaluator.video_features:VideoClassifier",
}


def model_class(key: str) -> type[Any]:
    """The class of a model; it is built as ``cls(cls.Settings(...))``. UserError names the known keys."""
    if key not in MODELS:
        raise UserError(f"model '{key}': unknown; known are {', '.join(sorted(MODELS))}; a newer version may know it")
    module, _, name = MODELS[key].partition(":")
    found: type[Any] = getattr(import_module(module), name)
    return found
