"""Scores of videos: what `eval/renderer.py` puts together."""
