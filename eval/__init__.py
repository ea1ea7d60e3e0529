"""Scores, controls and reports over the judges; run from a checkout."""
