"""Formats of other tools, each in one file with one function: `export(clips, folder)`."""
