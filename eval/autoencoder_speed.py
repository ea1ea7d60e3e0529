"""How fast autoencoders are, as ratios to a plain matrix product of the same machine (see `eval.speed`)."""

from collections.abc import Mapping

import torch

from eval.speed import SIDE, Bench, matrix_product
from eval.speed_autoencoders import VAE_BATCH, batch
from sign_latent.autoencoder.contract import Autoencoder

VERSION = 1
CLIPS, FRAMES = VAE_BATCH


@torch.inference_mode()
def seconds(model: Autoencoder, bench: Bench) -> dict[str, float]:
    """Median seconds for 8 clips of 256 frames, from packed features: `features`, to the latent and back to features;
    `poses`, to the latent and back to poses, with the forward kinematics where there are rotations."""
    features, _, mask = batch(model, CLIPS, FRAMES)
    lengths = [FRAMES] * CLIPS
    return {
        "features": bench.seconds(lambda: model.decode_features(model.posterior(features, mask)[0], mask)),
        "poses": bench.seconds(lambda: model.decode(model.posterior(features, mask)[0], lengths)),
    }


def measure(models: Mapping[str, Autoencoder], repeats: int = 5) -> dict:
    """What `timings.json` holds: `rows`, name -> `features` and `poses`, each with seconds, frames a second, and ratio,
    the seconds as a multiple of those of a matrix product."""
    bench = Bench("", repeats)
    unit = matrix_product(bench)
    rows = {}
    for name, model in models.items():
        found = seconds(model, bench).items()
        rows[name] = {
            what: {"seconds": s, "frames_per_second": CLIPS * FRAMES / s, "ratio": s / unit} for what, s in found
        }
    about = {"clips": CLIPS, "frames": FRAMES, "threads": torch.get_num_threads(), "repeats": repeats}
    product = {"side": SIDE, "seconds": unit, "gflops": 2 * SIDE**3 / unit / 1e9}
    return {"version": VERSION, **about, "matrix_product": product, "rows": rows}
