"""Systems that ours are compared with: direct regression, dictionary stitching, nearest-text retrieval."""
