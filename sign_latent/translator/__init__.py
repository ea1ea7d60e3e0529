"""Text → tokens of a discrete latent."""
