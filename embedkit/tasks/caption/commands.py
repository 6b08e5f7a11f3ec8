"""`embedkit train caption`, `embedkit caption`, and `evaluate` of a captioner."""

from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from embedkit.cli.evaluate import Evaluation
from embedkit.cli.output import Json, note, print_json, print_table
from embedkit.cli.progress import progress
from embedkit.errors import UsageError
from embedkit.files import require_file
from embedkit.numerals import ends, nats, percent
from embedkit.runs.folder import Run, open_run
from embedkit.tasks.caption.study import BEAMS

if TYPE_CHECKING:
    import numpy as np

    from embedkit.tasks.caption.predictions import CaptionWriter, ScoredCaption
    from embedkit.tasks.caption.score import CaptionScore

KINDS = ("captioner",)


@dataclass(frozen=True, eq=False)
class _Inputs:
    """(N, …) images or vectors to caption with N names, and of a scene its own sentence."""

    names: list[str]
    values: "np.ndarray"
    reference: str | None = None


def caption(
    *images: Path,
    run: str | None = None,
    beams: int | None = None,
    best: int = 1,
    scene: int | None = None,
    out: Path | None = None,
    json: Json = False,
) -> None:
    """Caption images.

    Args:
        images: Image files (PNG, JPEG, WebP, GIF, BMP, PPM); for a run that describes vectors, .npz files.
        run: A captioner run, by name or path; by default the newest.
        beams: Beam width; 1 is greedy. By default 5, or as many as --best shows.
        best: Show N captions of each image.
        scene: Caption one of 10,000 held-out scenes instead, by number.
        out: Write that scene to a PNG file.
    """
    if bool(images) == (scene is not None):
        raise UsageError("give image files, or --scene with a number; such as `embedkit caption --scene 5`")
    if scene is not None and scene < 0:
        raise UsageError(f"--scene {scene}: must be at least 0")
    if out is not None and scene is None:
        raise UsageError("--out writes the scene that --scene names; give one")
    for image in images:
        require_file(image)
    from embedkit.decoding.beam import beams_for

    width = beams_for(best, beams, usual=BEAMS)
    captioner = open_run(run, kinds=KINDS)
    from embedkit.tasks.caption.predictions import CaptionWriter

    writer = CaptionWriter(captioner)
    inputs = _of_files(writer, images) if scene is None else _of_scene(writer, scene, out)
    with progress("captioning"):
        captions = writer.captions(inputs.values, beams=width)
    if json:
        rows = [
            {"image": name, "captions": [asdict(candidate) for candidate in candidates[:best]]}
            | ({} if inputs.reference is None else {"meant": inputs.reference})
            for name, candidates in zip(inputs.names, captions, strict=True)
        ]
        print_json({"run": captioner.name, "rows": rows})
        return
    _print_captions(inputs, captions, best)


def _print_captions(inputs: _Inputs, captions: "list[list[ScoredCaption]]", best: int) -> None:
    """The likeliest caption of each input on a line, or a table of the `best` of each."""
    for name, candidates in zip(inputs.names, captions, strict=True):
        if best > 1:
            rows = [(nats(candidate.log_probability), candidate.text) for candidate in candidates[:best]]
            print_table((">nats", "caption"), rows, title=name)
        else:
            print(candidates[0].text if len(captions) == 1 else f"{name}: {candidates[0].text}")
    if inputs.reference is not None:
        print(f"meant: {inputs.reference}")


def _of_files(writer: "CaptionWriter", files: tuple[Path, ...]) -> _Inputs:
    import numpy as np

    names, inputs = [], []
    for file in files:
        rows, negative = writer.inputs(file)
        if negative:
            note(f"{file}: dark on light, so it is read as its negative; scenes are light on dark")
        names += [str(file)] if len(rows) == 1 else [f"{file}, row {row}" for row in range(len(rows))]
        inputs.append(rows)
    return _Inputs(names, np.concatenate(inputs))


def _of_scene(writer: "CaptionWriter", number: int, out: Path | None) -> _Inputs:
    from embedkit.files import whole_file
    from embedkit.tasks.caption.images import png
    from embedkit.tasks.caption.scenes import held_out_scene

    if not writer.of_scenes:
        raise UsageError(f"run {writer.run.name} was not trained on scenes; give it image files")
    image, sentence = held_out_scene(number, "test")
    if out is not None:
        with whole_file(out) as temporary:
            temporary.write_bytes(png(image))
        note(f"written: {out}")
    return _Inputs([f"scene {number}"], image[None], sentence)


def evaluate_captions(run: Run, evaluation: Evaluation) -> None:
    """Score a captioner on held-out images."""
    from embedkit.decoding.beam import check_beams
    from embedkit.tasks.caption.study import evaluate_captioner

    check_beams(evaluation.beams, evaluation.length_penalty)
    with progress(f"scoring {run.name}"):
        score = evaluate_captioner(
            run,
            evaluation.split,
            beams=evaluation.beams,
            length_penalty=evaluation.length_penalty,
            most=evaluation.most,
        )
    if evaluation.json:
        print_json(asdict(score))
        return
    _print_score(score, evaluation.beams)


def _print_score(score: "CaptionScore", beams: int) -> None:
    rows = [("exact match", percent(score.exact_share), ends(score.exact_interval, 1, scale=100))]
    if score.originals_interval is not None:
        rows.append((f"  over {score.originals} originals", "", ends(score.originals_interval, 1, scale=100)))
    if score.bleu is not None:
        rows.append(("BLEU", f"{score.bleu.score:.2f}", ends(score.bleu_interval, 1)))
    share = score.miscounted / score.counting if score.counting else None
    rows.append(("miscounted", percent(share), ends(score.miscounted_interval, 1, scale=100)))
    print_table(("figure", ">value", ">95 % interval"), rows, title=f"{score.name}: {score.n:,} images, beam {beams}")
    print_table(
        ("images with", ">captioned", ">exact", ">95 % interval"),
        [
            (group.label, f"{group.n:,}", percent(group.exact_share), ends(group.exact_interval, 1, scale=100))
            for group in score.groups
        ],
    )
    print_table(
        ("mistake", ">captions", ">of all"),
        [(kind, f"{n:,}", percent(n / score.n)) for kind, n in score.errors.items()],
    )
    if score.copies:
        note(f"{score.copies:,} of the {score.n:,} images are among the training images too; of those it may remember")
    if score.bleu is not None:
        note(f"BLEU {score.bleu.signature}")
