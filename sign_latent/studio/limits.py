"""What one request may ask for, and all of them together: small enough for a machine of two cores."""

LONGEST_TEXT = 2000
"""Characters of a text."""
MOST_FRAMES = 3000
"""Frames of a clip, generated or given."""
MOST_STEPS = 100
"""Denoising steps."""
LARGEST_SEED = 2**53 - 1
"""The largest whole number that a browser tells from the next."""
LONGEST_ANSWER = 2000
"""Characters of what a rater writes."""
ASKING_BYTES = 64 * 2**10
"""Bytes of a request to sign, or of an answer of a rater."""
FILE_BYTES = 16 * 2**20
"""Bytes of a file to look at."""
UNPACKED_BYTES = 128 * 2**20
"""Bytes that a file may unpack to."""
HELD_BYTES = 128 * 2**20
"""Bytes of all requests that are being received or answered."""
RECEIVING_SECONDS = 20.0
"""In which a request has to arrive."""
WORKING_SECONDS = 120.0
"""From the arrival of a request to the end of its work, waiting included."""
WAITING = 64
"""Requests that are worked on or wait; further ones are sent away."""
LOADED_MODELS = 3
"""Models that are held; the one not used for longest makes room."""
KEPT_BYTES = 256 * 2**20
"""Bytes of clips that are held to be downloaded; the oldest make room."""
