"""An invented sign language with real structure, for testing the machinery. It is nobody's language."""
