"""classify, evaluate and train as a person calls them."""

from __future__ import annotations

import io
import json
import tarfile
from pathlib import Path
from typing import Any, Literal

import pytest

from helpdesk.cli import main
from helpdesk.triage.generator import generate

KEYS = {
    "file",
    "verdict",
    "score",
    "reasons",
    "channel",
    "kind",
    "order_ids",
    "language",
    "topic",
    "cause",
    "authentic",
    "clock_start",
    "customer",
    "reply_to",
}


MAIL = (
    b"From: Anna <anna@home.example>\r\nTo: help@shop.example\r\nSubject: Where is my parcel\r\n"
    b"Date: Mon, 23 Nov 2026 10:00:00 +0000\r\n\r\n"
    b"Hello, my order 111-0000001-0000001 has not arrived. Can you help?\r\n"
)


def call(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str, str]:
    """Exit code, stdout, stderr."""
    with pytest.raises(SystemExit) as ended:
        main(arguments)
    out = capsys.readouterr()
    return int(ended.value.code or 0), out.out, out.err


def rows(text: str) -> list[dict[str, Any]]:
    """JSON Lines."""
    return [json.loads(line) for line in text.splitlines()]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Twelve invented mails, one broken file in a sub-folder, and a label file beside the folder."""
    mails = tmp_path / "mails"
    (mails / "deep").mkdir(parents=True)
    lines = ["file,label,wrapper"]
    for index, made in enumerate(generate(31, 6, 6)):
        (mails / f"{index}.eml").write_bytes(made.raw)
        lines.append(f"{index}.eml,{made.label},{made.kind}")
    (mails / "deep" / "broken.eml").write_bytes(b"\0\xff\xfe" * 10)
    (tmp_path / "labels.csv").write_text("\n".join(lines))
    return mails


def test_classify_gives_a_line_for_every_file(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Folders are read recursively, a broken file has its line too, the keys are DESIGN's."""
    code, out, _ = call(capsys, "classify", str(folder), "--json")
    found = rows(out)

    assert code == 0
    assert len(found) == 13
    assert all(set(row) >= KEYS and "text" not in row for row in found)


def test_classify_judges_tar_members_like_files(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """TAR!member names, and the same verdicts as the files themselves; --text adds the words."""
    archive = folder.parent / "all.tar.gz"
    with tarfile.open(archive, "w:gz") as tar:
        tar.add(folder, arcname="mails")
    _, alone, _ = call(capsys, "classify", str(folder), "--json")
    _, packed, _ = call(capsys, "classify", str(archive), "--json", "--text")
    by_name = {row["file"].rpartition("/")[2]: row["verdict"] for row in rows(alone)}

    assert all(row["file"].startswith(f"{archive}!mails/") and "text" in row for row in rows(packed))
    assert {row["file"].rpartition("/")[2]: row["verdict"] for row in rows(packed)} == by_name


def test_classify_missing_path_and_torn_tar(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A missing path is one line and exit 2; a torn tar is a line that says so."""
    code, out, err = call(capsys, "classify", str(tmp_path / "nowhere"), "--json")
    assert (code, out) == (2, "")
    assert err.count("\n") == 1
    (tmp_path / "torn.tar").write_bytes(b"not a tar" * 100)
    code, out, _ = call(capsys, "classify", str(tmp_path / "torn.tar"), "--json")
    assert code == 0
    assert rows(out)[0]["reasons"][0].startswith("quarantined: the archive")


@pytest.mark.parametrize("kept", [1536, 2700, 3072], ids=["at a header", "in a header", "in a mail"])
def test_an_archive_cut_off_or_damaged_says_so(tmp_path: Path, capsys: pytest.CaptureFixture[str], kept: int) -> None:
    """What is left is judged; that the rest is missing is a line of its own."""
    whole = io.BytesIO()
    with tarfile.open(fileobj=whole, mode="w") as tar:
        for name in ("1.eml", "2.eml", "3.eml", "4.eml"):
            info = tarfile.TarInfo(name)
            info.size = len(MAIL)
            tar.addfile(info, io.BytesIO(MAIL))
    (tmp_path / "cut.tar").write_bytes(whole.getvalue()[:kept])
    (tmp_path / "hurt.tar").write_bytes(whole.getvalue()[: kept - kept % 1024] + b"X" * 512 + whole.getvalue()[kept:])
    for name in ("cut.tar", "hurt.tar"):
        _, out, _ = call(capsys, "classify", str(tmp_path / name), "--json")
        found = rows(out)
        assert {row["verdict"] for row in found[:-1]} == {"buyer"}
        assert found[-1]["file"] == str(tmp_path / name)
        assert found[-1]["reasons"][0].startswith("quarantined: the archive cannot be read to its end")


@pytest.mark.parametrize("packed", ["w", "w:gz"])
def test_a_mail_with_two_names_in_an_archive(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], packed: Literal["w", "w:gz"]
) -> None:
    """A hard link is a file like the one it names; a link to nothing is a line that says so."""
    path = tmp_path / "links.tar.gz"
    with tarfile.open(path, packed) as tar:
        info = tarfile.TarInfo("1.eml")
        info.size = len(MAIL)
        tar.addfile(info, io.BytesIO(MAIL))
        for name, target in (("2.eml", "1.eml"), ("3.eml", "gone.eml")):
            link = tarfile.TarInfo(name)
            link.type, link.linkname = tarfile.LNKTYPE, target
            tar.addfile(link)
    _, out, _ = call(capsys, "classify", str(path), "--json")
    one, two, three = rows(out)
    assert (one["verdict"], {**two, "file": ""}) == ("buyer", {**one, "file": ""})
    assert three["reasons"] == ["quarantined: a link to nothing in the archive"]


def test_classify_for_people_passes_no_control_characters(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Escape and bidi characters of a mail or a file name do not reach the terminal."""
    evil = tmp_path / "a\x1b[31m\u202eb.eml"
    evil.write_bytes(b"From: a@gmail.com\r\nSubject: x\r\n\r\nred \x1b[31m text \xe2\x80\xae turned\r\n")
    code, out, _ = call(capsys, "classify", str(evil))

    assert code == 0
    assert "\x1b" not in out
    assert "\u202e" not in out


def test_evaluate_agrees_with_classify(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The figures are those of the verdicts that classify gives."""
    _, out, _ = call(capsys, "classify", str(folder), "--json")
    verdicts = {row["file"].rpartition("/")[2]: row["verdict"] for row in rows(out)}
    code, out, _ = call(
        capsys, "evaluate", "--data", str(folder), "--labels", str(folder.parent / "labels.csv"), "--json"
    )
    report = json.loads(out)
    buyers = [verdicts[f"{i}.eml"] for i in range(6)]

    assert code == 0
    assert report["recall"] == round(buyers.count("buyer") / 6, 4)
    assert report["mails"] == 12
    assert {"recall_with_review", "precision", "review_rate", "false_rescues", "mails_per_second"} <= set(report)


def test_evaluate_says_what_is_wrong_with_labels(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A label file without its columns is one line and exit 2."""
    (folder / "bad.csv").write_text("name,kind\na,b\n")
    code, _, err = call(capsys, "evaluate", "--data", str(folder), "--labels", str(folder / "bad.csv"))

    assert code == 2
    assert "file,label" in err


def test_train_refuses_labels_turned_round(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A model that does better is not replaced; too few mails or no option at all is one line."""
    mails = tmp_path / "mails.tar"
    lines = ["file,label"]
    with tarfile.open(mails, "w") as tar:
        for index, made in enumerate(generate(41, 30, 30)):
            info = tarfile.TarInfo(f"{index}.eml")
            info.size = len(made.raw)
            tar.addfile(info, io.BytesIO(made.raw))
            lines.append(f"{index}.eml,{'spam' if made.label == 'buyer' else 'buyer'}")
    (tmp_path / "turned.csv").write_text("\n".join(lines))
    out = tmp_path / "own"
    code, _, err = call(
        capsys, "train", "--data", str(mails), "--labels", str(tmp_path / "turned.csv"), "--out", str(out)
    )

    assert code == 1
    assert "does better" in err
    assert not out.exists()
    assert call(capsys, "train")[0] == 2


def test_train_learns_and_rolls_back(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Right labels are learnt, the model says from what, and the one before can be taken again."""
    lines = ["file,label"]
    (tmp_path / "mails").mkdir()
    for index, made in enumerate(generate(43, 20, 20)):
        (tmp_path / "mails" / f"{index}.eml").write_bytes(made.raw)
        lines.append(f"{index}.eml,{made.label}")
    (tmp_path / "labels.csv").write_text("\n".join(lines))
    out = tmp_path / "own"
    options = ("train", "--data", str(tmp_path / "mails"), "--labels", str(tmp_path / "labels.csv"), "--out", str(out))

    assert call(capsys, *options)[0] == 0
    first = json.loads((out / "manifest.json").read_text())["version"]
    assert call(capsys, *options)[0] == 0
    code, said, _ = call(capsys, "train", "--rollback", "--out", str(out))
    assert code == 0
    assert first in said


def test_a_model_folder_without_a_model_is_a_bad_file(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One line that names the folder, exit 2; and there is nothing to go back to."""
    monkeypatch.setenv("HELPDESK_MODELS", str(tmp_path / "none"))

    code, out, err = call(capsys, "classify", str(folder))
    assert (code, out) == (2, "")
    assert err.startswith("helpdesk: no trained model in ")
    assert err.count("\n") == 1
    code, _, err = call(capsys, "train", "--rollback", "--out", str(tmp_path / "none"))
    assert (code, err.count("\n")) == (2, 1)
    assert "nothing to go back to" in err
