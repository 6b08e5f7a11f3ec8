"""What others have on BLiMP, in the accuracies of its authors' `raw_results/summary/models_summary.jsonl`.

A 5-gram model of Gigaword, an LSTM of 83 million tokens of Wikipedia (Gulordava et al. 2018), and GPT-2 (large).
People: how often the majority of 20 raters agrees with the label, over five pairs of each paradigm.

References:
    Warstadt et al. 2020, BLiMP: The Benchmark of Linguistic Minimal Pairs for English. TACL 8.
"""

BLIMP, PAIRS = "blimp", 67_000
"""The name of its card, and how many pairs it has."""
MODELS = ("5-gram", "LSTM", "GPT-2")
PEOPLE = 0.964
OVERALL = (0.612, 0.698, 0.830)
PHENOMENA = {
    "anaphor_agreement": (0.479, 0.917, 0.993),
    "argument_structure": (0.719, 0.732, 0.818),
    "binding": (0.644, 0.735, 0.809),
    "control_raising": (0.685, 0.670, 0.819),
    "determiner_noun_agreement": (0.701, 0.854, 0.958),
    "ellipsis": (0.369, 0.676, 0.893),
    "filler_gap_dependency": (0.602, 0.739, 0.813),
    "irregular_forms": (0.795, 0.890, 0.919),
    "island_effects": (0.572, 0.466, 0.727),
    "npi_licensing": (0.455, 0.517, 0.768),
    "quantifiers": (0.535, 0.645, 0.790),
    "subject_verb_agreement": (0.603, 0.801, 0.864),
}
