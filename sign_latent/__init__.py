"""Sign language production by latent diffusion: text to length, latent, pose and video, in exchangeable stages."""

__version__ = "0.1.0"
