"""What the experiment on gradients finds: the textbook's shapes, what each cell passes back, and how it learns."""

from collections.abc import Iterable, Sequence
from statistics import median

from embedkit.analysis.intervals import Interval
from embedkit.numerals import MISSING, counted, percent
from embedkit.report.findings import Finding, Measure, share_measure
from embedkit.report.summaries import cell_name
from embedkit.runs.folder import Run
from embedkit.tasks.classify.gradients.score import (
    Training,
    levels_of,
    planted,
    trainings,
)


def textbook_finding(run: Run) -> Finding | None:
    """How exactly the planted gradients follow the power of the eigenvalues."""
    matrices = planted(run.trials)
    if not matrices:
        return None
    off = max(each.off for each in matrices)
    plain = (
        f"The measurement itself is right where the answer is known: planted matrices let a gradient vanish, stay and "
        f"explode as the formula has it, to {off:.1g} of its size."
    )
    text = (
        f"Where all eigenvalues of the recurrent matrix have the size r, the gradient that arrives k steps back is rᵏ "
        f"times that of the last step: over {len(matrices[0].norms) - 1} steps the largest relative error is {off:.1g}."
    )
    return Finding(text, standing="trust", plain=plain)


def flow_findings(run: Run) -> tuple[Finding, ...]:
    """`finding` of the trainings with a plain start leads the section; then, at the longest level that was learned,
    how much of the gradient is left in each cell beside a plain one, and how often it is right beside chance."""
    networks = plain_start(run)
    if not networks:
        return ()
    level = longest_learned_level(networks)
    of_level = [each for each in networks if each.level == level]
    lead = Finding(finding(networks), standing="detail")
    return (lead, *_beside_plain(of_level), *_learned(of_level), _seeds(of_level))


def radius_finding(run: Run) -> Finding | None:
    """By cell, how the spectral radius of the candidate's matrix changed at the longest level that was learned."""
    networks = plain_start(run)
    if not networks:
        return None
    level = longest_learned_level(networks)
    radii = [
        f"{cell_name(each.cell)} from {each.snapshots[0].radii['candidate']:.2f} to "
        f"{each.snapshots[-1].radii['candidate']:.2f}"
        for each in networks
        if each.level == level and each.seed == 1
    ]
    steps = networks[0].snapshots[-1].step
    text = (
        f"Over {steps:,} training steps at the {level} level the spectral radius of the candidate's matrix went: "
        f"{'; '.join(radii)} (seed 1)."
    )
    return Finding(text, standing="detail")


def _beside_plain(networks: Sequence[Training]) -> Iterable[Finding]:
    """By cell, the median share of the gradient that is left ten steps back after training, from the least seed to the
    greatest, beside the greatest of a plain cell."""
    shares = {cell: by_seed for cell in _cells(networks) if (by_seed := _shares(networks, cell))}
    plain_shares = shares.pop(PLAIN, [])
    if plain_shares:
        left = _share_left(median(plain_shares))
        yield Finding("", plain=f"In the {cell_name(PLAIN)} {left} of the gradient is left ten steps back.")
    for cell, by_seed in shares.items():
        share = median(by_seed)
        left, name = _share_left(share), cell_name(cell)
        most = max(plain_shares, default=1.0)
        if most >= 1:
            yield Finding("", plain=f"In the {name} {left} of the gradient is left ten steps back.")
            continue
        against = f"in the {cell_name(PLAIN)}" + (", at most" if len(plain_shares) > 1 else "")
        ends, written = Interval(min(by_seed), max(by_seed)), (left, _share_left(most), "100 %")
        measure = Measure(share, most, 1.0, against, written, ends, best_is="all that there was")
        subject = "The" if measure.skill > 0 else "Whether the"
        plain = (
            f"{subject} {name} passes more of the gradient back, from which it learns: ten steps back {left} of it is "
        )
        yield Finding("", measure, plain=f"{plain}left, {against} {_share_left(most)}.")


def _learned(networks: Sequence[Training]) -> Iterable[Finding]:
    """By cell, the held-out sequences of all its seeds that are right after training, beside chance; the interval is
    from the worst seed's to the best's, which are all of the same sequences."""
    for cell in _cells(networks):
        seeds = [each.snapshots[-1].accuracy for each in networks if each.cell == cell]
        share = sum(each.right for each in seeds) / sum(each.n for each in seeds)
        ends = Interval(min(each.interval.low for each in seeds), max(each.interval.high for each in seeds))
        measure = share_measure(share, CHANCE, "chance", ends)
        of_level = f"of the sequences of the {networks[0].level} level"
        about = f"{of_level} right after {networks[0].snapshots[-1].step:,} steps"
        shares = f"{percent(share)} {about}; who guesses has {percent(CHANCE, 0)}"
        subject = "The" if measure.skill > 0 else "Whether that is learned: the"
        yield Finding("", measure, plain=f"{subject} {cell_name(cell)} gets {shares}.")


def _seeds(networks: Sequence[Training]) -> Finding:
    seeds = counted(len({network.seed for network in networks}), "training")
    plain = (
        f"It rests on {seeds} of each cell and {networks[0].snapshots[-1].n:,} held-out sequences: enough for what a "
        "gradient does, and little for which cell is better."
    )
    return Finding("", standing="trust", plain=plain)


def finding(networks: Sequence[Training]) -> str:
    """What ten steps back cost after training, by cell, at the longest level that was learned and at the longest."""
    steps = networks[0].snapshots[-1].step
    levels = dict.fromkeys((longest_learned_level(networks), levels_of(networks)[-1]))
    parts = [f"at the {level} level {_by_cell([each for each in networks if each.level == level])}" for level in levels]
    return f"After {steps:,} training steps, this is what the gradient does in ten steps back: {'; '.join(parts)}."


def _by_cell(networks: Sequence[Training]) -> str:
    """By cell, the median over seeds of what ten steps back cost: "LSTM loses 0.13 powers of ten"."""
    slopes = {cell: _median_slope(networks, cell) for cell in _cells(networks)}
    return ", ".join(f"{cell_name(cell)} {MISSING if s is None else _powers(s)}" for cell, s in slopes.items())


def _cells(networks: Sequence[Training]) -> list[str]:
    return list(dict.fromkeys(each.cell for each in networks))


def _median_slope(networks: Sequence[Training], cell: str) -> float | None:
    """The median over a cell's seeds of the powers of ten that ten steps back cost after training."""
    slopes = _slopes(networks, cell)
    return median(slopes) if slopes else None


def _shares(networks: Sequence[Training], cell: str) -> list[float]:
    """By seed, the share of the gradient that is left ten steps back after training."""
    return [10**slope for slope in _slopes(networks, cell)]


def _slopes(networks: Sequence[Training], cell: str) -> list[float]:
    slopes = [each.snapshots[-1].decades_per_10 for each in networks if each.cell == cell]
    return [slope for slope in slopes if slope is not None]


def _share_left(share: float) -> str:
    """What is left of a gradient; more than all of it where it grows."""
    return f"{share:.1f} times as much" if share > 1 else percent(share, 0 if share >= 0.1 else 2)


def _powers(decades: float) -> str:
    """−1.2 → "loses 1.20 powers of ten"."""
    return f"{'loses' if decades < 0 else 'gains'} {abs(decades):.2f} powers of ten"


def longest_learned_level(networks: Sequence[Training]) -> str:
    """The longest level at which some network's accuracy interval lies above chance; the shortest where none does."""
    learned = [each.level for each in networks if each.snapshots[-1].accuracy.interval.low > CHANCE]
    levels = levels_of(networks)
    return next((level for level in reversed(levels) if level in learned), levels[0])


def plain_start(run: Run) -> list[Training]:
    """The trainings whose recurrent matrix was not enlarged before training."""
    return [each for each in trainings(run.trials) if each.gain == 1]


CHANCE = 0.25


PLAIN = "rnn-tanh"
