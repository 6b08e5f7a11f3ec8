"""Analogies: a is to a′ as b is to what?

expressions            one question, answered by 3CosAdd or by any method that needs no other pairs
categories, questions  pairs and the questions about them; sets of these, read from the files of formats
coverage               which of them a space can answer, as rows of its vocabulary
methods, landings      the table of ways to answer; where every question lands by each (block_rows, kernels)
lrcos, consistency     what a category's other pairs teach; whether its offsets are alike
answer_sheet, tallies  a space's answers, question by question; what is right of them, by category
scoring, score_sheet   the score sheet, and the difference of two spaces
"""
