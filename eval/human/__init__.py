"""Judgement by people who sign: blinded packs of clips to rate, and what their ratings say when they come back."""
