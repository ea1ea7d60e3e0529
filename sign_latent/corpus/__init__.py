"""A prepared corpus: one clip, writing, reading, and batching by length."""
