"""The headline figures of a run's metrics: how good it is on text that was held out, how large, and what it took."""

from collections.abc import Mapping
from typing import Any

from embedkit.numerals import compact, duration, percent, plural
from embedkit.report.parts import Headline, Headlines
from embedkit.report.summaries import noun_of, unit_of
from embedkit.runs.folder import Run
from embedkit.text.perplexity import written_perplexity


def headlines(run: Run) -> Headlines:
    """The figures that the run's metrics hold, each with its unit and what it is over."""
    metrics = run.metrics
    items = [item for split in ("test", "valid") for item in _held_out(metrics, split, unit_of(run))]
    if "tokens_seen" in metrics:
        # What is made here is made anew each time: there is no text to pass over.
        read = "epochs" in metrics and run.task.reader
        epochs = f"{metrics['epochs']:.2f} passes over the training text" if read else ""
        items.append(Headline(compact(metrics["tokens_seen"]), "tokens seen", epochs))
    if "words_seen" in metrics:
        items.append(Headline(compact(metrics["words_seen"]), "words seen", f"a text of {metrics['words']:,} words"))
    if "parameters" in metrics:
        items.append(Headline(compact(metrics["parameters"]), "parameters", "weights of the network"))
    for side in ("source", "target"):
        if f"{side}_vocabulary_size" in metrics:
            size = metrics[f"{side}_vocabulary_size"]
            items.append(
                Headline(
                    f"{size:,}",
                    f"{side} vocabulary",
                    "tokens it can read" if side == "source" else "tokens it can write",
                )
            )
    if "vocabulary_size" in metrics:
        share = metrics.get("vocabulary_share_of_words")
        detail = f"{percent(share)} of the running words" if share else "tokens it can read and write"
        items.append(Headline(f"{metrics['vocabulary_size']:,}", "vocabulary", detail))
    if "points" in metrics:  # that were read, and not learned from a text
        items.append(Headline(f"{metrics['points']:,}", plural(noun_of(run), metrics["points"]), ""))
    if "seconds" in metrics:
        rate = metrics.get("tokens_per_second") or metrics.get("words_per_second")
        unit = "tokens" if "tokens_per_second" in metrics else "words"
        items.append(Headline(duration(metrics["seconds"]), "of training", f"{rate:,.0f} {unit}/s" if rate else ""))
    return Headlines(tuple(items))


def held_out(run: Run) -> tuple[Headline, ...]:
    """The perplexity, or the bits per character, on the test text; without one, on the validation text."""
    by_split = [_held_out(run.metrics, split, unit_of(run)) for split in ("test", "valid")]
    return tuple(next((items for items in by_split if items), []))


def effort(run: Run) -> tuple[Headline, ...]:
    """How long training took, of how large a model on how much text; nothing where that is not known."""
    metrics = run.metrics
    if "seconds" not in metrics:
        return ()
    sizes = (("parameters", "parameters"), ("tokens_seen", "tokens"), ("words_seen", "words"))
    details = [f"{compact(metrics[key])} {noun}" for key, noun in sizes if key in metrics]
    return (Headline(duration(metrics["seconds"]), "of training", ", ".join(details)),)


def trained(run: Run) -> tuple[Headline, ...]:
    """What every run that was trained can say: how good it is, and what that took."""
    return (*held_out(run), *effort(run))


def _held_out(metrics: Mapping[str, Any], split: str, unit: str) -> list[Headline]:
    nats = metrics.get(f"{split}_nats_per_token")
    if nats is None:
        return []
    name = {"valid": "validation", "test": "test"}[split]
    tokens = metrics.get(f"{split}_tokens")
    over = f" over {tokens:,} tokens" if tokens else ""
    unknown = metrics.get(f"{split}_unknown_share")
    unread = f"; {percent(unknown)} of them unknown to it" if unknown else ""
    bits = metrics.get(f"{split}_bits_per_character")
    if bits is not None:
        detail = f"{nats:.3f} nats per character{over}{unread}"
        return [Headline(f"{bits:.3f}", f"{name} bits per character", detail)]
    detail = f"{nats:.3f} nats per {unit} token{over}{unread}"
    return [Headline(written_perplexity(nats), f"{name} perplexity", detail)]
