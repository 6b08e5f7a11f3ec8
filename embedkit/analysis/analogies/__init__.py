"""Analogies: a is to a′ as b is to what?

expressions            one question, solved
questions, formats     sets of questions by category, and the files they come in
coverage, covered      which of them a space can answer, as rows of its vocabulary
methods, landings      twelve ways to answer; where every question lands by each (landings_rows, landings_kernels)
lrcos, consistency     what a category's other pairs teach; whether its offsets are alike
scoring, scores        the score sheet, and the difference of two spaces
"""
