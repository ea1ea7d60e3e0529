"""Text and tokens are two writings of one thing."""

from hypothesis import given
from hypothesis import strategies as st

from sign_latent.evaluator.tokens import EOS, UNKNOWN, TextTokens

LETTERS = "abcdefghijklmnopqrstuvwxyz"
TOKENS = TextTokens(["a", "sleeps", "."], LETTERS)


def test_known_words_are_whole_and_others_spelled():
    ids = TOKENS.encode("Mark sleeps.")
    assert [TOKENS.names[i] for i in ids] == ["▁m", "a", "r", "k", "sleeps", ".", ""]
    assert ids[-1] == EOS


@given(st.lists(st.text(LETTERS, min_size=1, max_size=6), max_size=6))
def test_round_trip(words):
    assert TOKENS.decode(TOKENS.encode(" ".join(words))) == " ".join(words)


def test_neighbouring_names_stay_apart_from_each_other_and_from_words():
    assert TOKENS.decode(TOKENS.encode("mark a tom sleeps b")) == "mark a tom sleeps b"


def test_what_follows_the_end_is_not_read():
    assert TOKENS.decode([*TOKENS.encode("sleeps"), TOKENS.words["a"]]) == "sleeps"


def test_a_letter_outside_the_alphabet_is_unknown_and_skipped():
    assert UNKNOWN in TOKENS.encode("zoë")
    assert TOKENS.decode(TOKENS.encode("zoë")) == "zo"


def test_any_order_of_ids_reads_as_some_text():
    assert TOKENS.decode([TOKENS.following["k"], TOKENS.following["o"]]) == "ko"
