"""What can be said about an embedding space, and about text that a model wrote. Numpy, never torch.

neighbors                    the nearest of a word, or of many at once (top_k is its compiled loop)
postprocessing               vectors less their mean and their largest components
analogies, similarity        what its offsets and its cosines know; scored_pairs are its files
association                  what sets of words are associated with
maps, clusters               pictures with their fidelity, groups with what speaks for them
organisation                 what a space is organised by: which columns of its points the neighbours tell
comparison                   two spaces side by side, or one over its training
purity                       whether phrases of a kind lie together
overlap                      how many of a point's nearest are the same in two places
copies                       points that have the same vector, which count once
generation, novelty, edits   generated text scored, how new the held-out texts are, what turns one text into another
cells                        what goes on in a recurrent cell over a text, and what its units follow
roc                          how well a value tells two sets apart
correlation                  Pearson's with weights, of ranks Spearman's
proportion, intervals        how sure any of it is
"""
