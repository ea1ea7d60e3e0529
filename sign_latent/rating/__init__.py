"""Blinded judging of clips: what raters are asked, the pack that shows it to them, and the sheet of their answers."""
