"""`train caption`, `caption`, `evaluate` of a captioner and its report, by the command line itself."""

import json
import shutil
from pathlib import Path

import pytest
from PIL import Image, ImageOps

from embedkit.tasks.caption import study as captions
from tests.command_line import Call


def test_a_scene_is_written_and_captioned(call: Call, tmp_path: Path) -> None:
    done = call("caption", "--scene", "5", "--out", "scene.png")
    assert done.code == 0, done.err
    assert (
        done.out.splitlines()[1]
        == "meant: " + json.loads(call("caption", "--scene", "5", "--json").out)["rows"][0]["meant"]
    )
    assert Image.open(tmp_path / "scene.png").size == (40, 40)
    again = call("caption", "scene.png")
    assert again.out.splitlines() == done.out.splitlines()[:1]
    ImageOps.invert(Image.open(tmp_path / "scene.png")).save(tmp_path / "paper.png")
    paper = call("caption", "paper.png")
    assert "paper.png: dark on light, so it is read as its negative" in paper.err
    assert paper.out == again.out


def test_several_images_and_several_captions(call: Call, tmp_path: Path) -> None:
    for name in ("a.png", "b.png"):
        Image.new("RGB", (30, 20)).save(tmp_path / name)
    lines = call("caption", "a.png", "b.png", "--run", "captions").out.splitlines()
    assert [line.split(":")[0] for line in lines] == ["a.png", "b.png"]
    rows = json.loads(call("caption", "a.png", "--best", "3", "--json").out)["rows"]
    assert len(rows[0]["captions"]) == 3
    assert "nats" in call("caption", "a.png", "--best", "3").out


def test_a_captioner_is_scored(call: Call, trained: Path) -> None:
    done = call("evaluate", "captions", "--split", "valid", "--pairs", "20", "--beams", "1")
    assert done.code == 0, done.err
    for word in ("exact match", "BLEU", "miscounted", "three digits", "wrong relation", "nrefs:1"):
        assert word in done.out + done.err
    score = json.loads(call("evaluate", "captions", "--split", "valid", "--pairs", "0", "--json").out)
    assert (score["n"], sum(score["errors"].values())) == (60, 60 - score["exact"])
    assert (trained / "runs" / "captions" / "scores" / "valid.json").exists()


def test_its_report_can_be_verified(call: Call, trained: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    shutil.copytree(trained / "runs" / "captions", tmp_path / "runs" / "captions")
    monkeypatch.setenv("EMBEDKIT_RUNS", str(tmp_path / "runs"))
    monkeypatch.setattr(captions, "MAP_METHODS", ("pca",))
    done = call("report", "captions")
    assert done.code == 0, done.err
    page = done.out.strip()
    assert call("report", "--verify", page).code == 0
    (picture, *_) = (tmp_path / "runs" / "captions" / "pictures").glob("*.png")
    Image.new("L", (40, 40), 99).save(picture)
    altered = call("report", "--verify", page)
    assert altered.code == 1
    assert "gallery/gallery-" in altered.out


@pytest.mark.parametrize(
    ("words", "message", "code"),
    [
        ("caption", "give image files, or --scene with a number", 2),
        ("caption a.png --scene 1", "give image files, or --scene with a number", 2),
        ("caption --scene -1", "--scene -1: must be at least 0", 2),
        ("caption --scene 10000", "numbers go up to 9,999", 2),
        ("caption a.png --out b.png", "--out writes the scene that --scene names", 2),
        ("caption --scene 1 --beams 0", "--beams 0: must be at least 1", 2),
        ("caption --scene 1 --best 0", "--best 0: must be at least 1", 2),
        ("caption nothing.png", "nothing.png: no such file", 2),
        ("caption --scene 1 --run small", "is a language-model run; this needs captioner", 2),
        ("evaluate captions --split train", "Choose from", 2),
        ("train caption --corpus nowhere", "nowhere: no such file or folder", 2),
        ("train caption --corpus .", "there is no captions.csv in it", 2),
        ("train caption --image-size 41", "--image-size 41: 2 blocks halve it", 2),
        ("train caption --resume small", "this resumes captioner runs", 2),
        ("train caption --resume captions", "has finished", 1),
    ],
)
def test_a_wrong_call_is_one_line(call: Call, words: str, message: str, code: int, tmp_path: Path) -> None:
    done = call(*words.split())
    line = done.err.strip().splitlines()[-1]
    assert line.startswith("error: ")
    assert message.lower() in line.lower()
    assert "Traceback" not in done.err
    assert done.code == code
    assert list(tmp_path.iterdir()) == []
