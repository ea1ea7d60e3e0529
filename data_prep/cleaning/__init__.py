"""Ways to clean a clip, each in one file with one function: `operation(clip, record, …) -> list[Clip]`."""
