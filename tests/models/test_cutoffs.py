"""Cut-offs of an adaptive softmax, beside all other ways to cut and by hand."""

from itertools import combinations, pairwise

import numpy as np

from embedkit.models.cutoffs import GATHER, RARE, RARE_BLOCK, TAIL, choose_cutoffs, two_cutoffs


def cost(counts: np.ndarray, cutoffs: tuple[int, ...]) -> float:
    """Words that a token pays for, term by term."""
    share = counts / counts.sum()
    edges = (*cutoffs, len(counts))
    total = float(edges[0])
    for start, end in pairwise(edges):
        inside, words = share[start:end].sum(), end - start
        total += 1 + TAIL + inside * (words + GATHER)
    return total


def test_no_other_way_to_cut_is_cheaper() -> None:
    counts = 1e6 / np.arange(1, 12_001)
    chosen, rare_block = choose_cutoffs(counts)
    assert len(chosen) > 3
    assert rare_block == 0
    grid = [64, 128, 256, 512, 1024, 2048, 4096, 6144, 8192, 10_240]
    others = min(cost(counts, cut) for most in range(6) for cut in combinations(grid, most))
    assert cost(counts, chosen) <= others < cost(counts, two_cutoffs(counts)) < cost(counts, ()) / 3


def test_a_small_vocabulary_keeps_one_softmax() -> None:
    assert choose_cutoffs(np.full(65, 10)) == choose_cutoffs(1e6 / np.arange(1, 301)) == ((), 0)


def test_rare_words_are_a_tail_in_blocks_and_the_others_are_cut_as_they_were() -> None:
    counts = 1e9 / np.arange(1, RARE + 2)
    frequent, _ = choose_cutoffs(counts[:RARE])
    assert choose_cutoffs(counts) == ((*frequent, RARE), RARE_BLOCK)


def test_runs_that_do_not_say_their_cutoffs_have_one_or_two() -> None:
    counts = 1e6 / np.arange(1, 30_001)
    assert two_cutoffs(counts) == (962, 9531)
    assert two_cutoffs(np.full(65, 10)) == ()
