"""Foreign formats, each in one file with one function: `open_source(path, options) -> Source`."""
