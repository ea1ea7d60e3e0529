"""Text and signing in one space."""
