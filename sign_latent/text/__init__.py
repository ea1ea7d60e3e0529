"""Text: language tags, vocabulary, frozen encoders."""
