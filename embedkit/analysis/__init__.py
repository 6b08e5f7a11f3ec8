"""What can be said about an embedding space, and about text that a model wrote. Numpy, never torch.

neighbors                    the nearest of a word, or of many at once
postprocessing               vectors less their mean and their largest components
analogies, similarity        what its offsets and its cosines know; scored_pairs are its files
maps, clusters               pictures with their fidelity, groups with what speaks for them
comparison                   two spaces side by side, or one over its training
purity, kinds                whether phrases of a kind lie together, and the templates that make such phrases
generation                   generated text scored
gates, events, traces        what goes on in a recurrent cell over a text; probes and unit_scores: what its units follow
intervals                    how sure any of it is
"""
