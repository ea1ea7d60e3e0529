"""Laws of marks: what is told apart has one, what never varies has none, and no text is told without its words."""

import pytest
import torch

from sign_latent.denoiser.text import TextReader
from sign_latent.errors import UserError
from sign_latent.text.encoder import TextFeatures
from sign_latent.text.marks import numbered, registered
from sign_latent.translator.reading import SentenceReader

PAIRS = [("en", "qaa"), ("en", "qab"), ("en", "qaa"), ("de", "qaa")]


def test_what_never_varies_is_not_marked():
    assert registered([("en", "qaa")] * 3) == () and numbered((), PAIRS, ["text"] * 4) is None
    assert registered(PAIRS) == ("<de>", "<en>", "<qaa>", "<qab>")
    assert registered(PAIRS[:1], ("text", "gloss")) == ("<text>", "<gloss>")


def test_marks_are_numbered_by_name_whatever_the_order_of_clips():
    marks = registered(PAIRS[::-1], ("text", "gloss"))
    assert marks == registered(PAIRS, ("text", "gloss"))
    found = numbered(marks, PAIRS, ["text", "gloss", "gloss", "text"])
    assert [[marks[i] for i in row] for row in found] == [
        ["<en>", "<qaa>", "<text>"],
        ["<en>", "<qab>", "<gloss>"],
        ["<en>", "<qaa>", "<gloss>"],
        ["<de>", "<qaa>", "<text>"],
    ]
    assert numbered(("<text>", "<gloss>"), PAIRS[:1], ["gloss"]).tolist() == [[-1, -1, 1]]


READERS = {
    "words": lambda: TextReader(6, 5, 16, 2, 1, marks=4),
    "sentence": lambda: TextReader(6, 5, 16, 2, 1, words=False, marks=4),
    "prefix": lambda: SentenceReader(5, 16, marks=4),
}


@pytest.fixture(params=READERS)
def reader(request):
    torch.manual_seed(0)
    made = READERS[request.param]().eval()
    torch.nn.init.normal_(made.marks.embedding.weight)
    return made


@pytest.fixture
def text():
    torch.manual_seed(1)
    mask = torch.arange(5) < torch.tensor([5, 3])[:, None]
    return TextFeatures(torch.randn(2, 5), torch.randn(2, 5, 6) * mask[..., None], mask, torch.tensor([[0, 2], [1, 3]]))


def read(reader, text):
    tokens, mask = reader(text)
    return tokens * mask[..., None]


def test_the_same_text_is_read_otherwise_under_another_mark(reader, text):
    other = TextFeatures(text.sentence, text.tokens, text.mask, torch.tensor([[1, 2], [1, 3]]))
    first, second = read(reader, text), read(reader, other)
    assert (first[0] - second[0]).abs().max() > 1e-3 and torch.equal(first[1], second[1])


def test_an_empty_text_is_of_no_language(reader, text):
    """So that both halves of guidance differ in the language as in the text."""
    turned = TextFeatures(text.sentence, text.tokens, text.mask, text.marks.flip(0))
    torch.testing.assert_close(read(reader, text.emptied()), read(reader, turned.emptied()))
    both = text.doubled()
    assert both.marks.shape == (4, 2) and not both.mask[2:].any()
    torch.testing.assert_close(read(reader, both)[2:, 0], read(reader, text.emptied())[:, 0])


def test_an_unregistered_mark_says_nothing_and_none_at_all_is_an_error(reader, text):
    text.marks[0, 1] = -1
    loud, _ = reader.marks(text)
    assert (loud[0, 1] == 0).all() and (loud[0, 0] != 0).any()
    with pytest.raises(UserError, match="must be told the languages"):
        reader(TextFeatures(text.sentence, text.tokens, text.mask))


def test_texts_of_others_keep_the_rows_own_marks(text):
    turned = text.of_others(torch.tensor([1, 0]))
    assert torch.equal(turned.marks, text.marks) and torch.equal(turned.sentence, text.sentence.flip(0))
    assert torch.equal(text.rows(torch.tensor([1, 0])).marks, text.marks.flip(0))
