"""From the world to a corpus."""
