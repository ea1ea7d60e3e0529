"""References from a corpus or from files, and their texts."""

import pytest

from eval.references import of_corpus, of_folder, read_table, seen_in_training
from sign_latent.errors import UserError


@pytest.fixture
def folder(upright, tmp_path):
    for i in range(3):
        upright(i).save(tmp_path / "real" / f"clip{i}.npz")
    return tmp_path / "real"


def table(tmp_path, text, name="texts.csv"):
    path = tmp_path / name
    path.write_text(text, encoding="utf-8")
    return path


@pytest.mark.parametrize(
    "name, text",
    [
        ("a.csv", "id,text,signer\nclip0,it rains,anna\nclip1,\"yes, it does\",ben\nclip2,no,anna\n"),
        ("a.csv", "Name|translation|signer\nclip0.pose|it rains|anna\nclip1|yes, it does|ben\nclip2|no|anna\n"),
        ("a.tsv", "SENTENCE_NAME\tSENTENCE\tSigner\nclip0\tit rains\tanna\nclip1\tyes, it does\tben\nclip2\tno\tanna"),
    ],
)  # fmt: skip
def test_tables_of_several_habits_are_read(folder, tmp_path, name, text):
    references = of_folder(folder, table(tmp_path, text, name))
    assert [(c.id, c.text, c.signer) for c in references.clips] == [
        ("clip0", "it rains", "anna"), ("clip1", "yes, it does", "ben"), ("clip2", "no", "anna")
    ]  # fmt: skip
    assert references.has_texts and references.about.available == 3 and references.about.skeleton == "smplx"


def test_without_a_table_there_are_no_texts(folder):
    assert not of_folder(folder, None).has_texts


@pytest.mark.parametrize(
    "text, said",
    [
        ("id,text\nclip0,a\nclip1,b\n", "no text for reference clip2"),
        ("id,words\nclip0,a\n", "needs a column"),
        ("id,text\nclip0,a\nclip0,b\n", "names clip0 twice"),
        ("id,text\nclip0, \n", "empty text for clip0"),
        ("", "needs a column"),
    ],
)
def test_tables_that_leave_doubt_are_refused(folder, tmp_path, text, said):
    with pytest.raises(UserError, match=said):
        of_folder(folder, table(tmp_path, text))


def test_a_missing_table_is_named(tmp_path):
    with pytest.raises(UserError, match="none.csv: cannot be read"):
        read_table(tmp_path / "none.csv")


def test_references_of_two_kinds_or_broken_ones_are_refused(folder, upright):
    upright(5, skeleton="phoenix50").save(folder / "other.npz")
    with pytest.raises(UserError, match=r"differ in skeleton \(phoenix50, smplx\)"):
        of_folder(folder, None)
    (folder / "other.npz").write_bytes(b"cut")
    with pytest.raises(UserError, match="references .*other.npz: damaged"):
        of_folder(folder, None)


def test_the_hash_tells_files_and_texts(folder, tmp_path, upright):
    first = of_folder(folder, table(tmp_path, "id,text\nclip0,a\nclip1,b\nclip2,c\n")).about
    again = of_folder(folder, table(tmp_path, "id,text\nclip0,a\nclip1,b\nclip2,c\n")).about
    other = of_folder(folder, table(tmp_path, "id,text\nclip0,a\nclip1,b\nclip2,d\n")).about
    upright(9).save(folder / "clip2.npz")
    moved = of_folder(folder, table(tmp_path, "id,text\nclip0,a\nclip1,b\nclip2,c\n")).about
    assert first == again
    assert len({first.hash, other.hash, moved.hash}) == 3
    assert first.clip_set == moved.clip_set != other.clip_set


def test_of_a_corpus_several_splits_are_one_list(few_clips):
    references = of_corpus(str(few_clips), ["dev", "train"], 3)
    assert [clip.split for clip in references.clips] == ["dev"] * 3 + ["train"] * 3
    about = references.about
    assert (about.clips, about.available, about.splits) == (6, 16, ["dev", "train"])
    assert about.texts_seen_in_training == 6 and len(references.train) == 12


def test_overlap_does_not_mind_case_and_spaces():
    assert seen_in_training(["It rains.", "no"], ["it  rains .", "yes"]) == 1


def test_left_handed_references_are_shown_in_the_mirror(folder, tmp_path):
    rows = "id,text,handedness\nclip0,a,left\nclip1,b,right\nclip2,c,\n"
    plain, turned = of_folder(folder, None), of_folder(folder, table(tmp_path, rows))
    assert turned.left == {"clip0"} and turned.about.left_handed == 1
    assert (turned.clips[0].pose.points == plain.clips[0].pose.mirrored().points).all()
    assert (turned.clips[1].pose.points == plain.clips[1].pose.points).all()
    with pytest.raises(UserError, match="handedness of clip0 is both"):
        of_folder(folder, table(tmp_path, rows.replace("left", "both")))
