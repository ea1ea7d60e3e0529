"""From video to landmarks: decoding, the extractors that can be chosen, and the work over many videos."""
