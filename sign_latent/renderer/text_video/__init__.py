"""Text2Sign: text to the pixels of a short video, by diffusion, without a pose between."""
