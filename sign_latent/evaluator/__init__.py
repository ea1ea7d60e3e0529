"""The judges: back-translators and recognisers, trained on ground-truth poses only."""
