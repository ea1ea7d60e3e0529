"""One file a skeleton: its names, tree, limbs, parts and slots as plain data."""
