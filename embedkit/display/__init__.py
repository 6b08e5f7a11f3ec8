"""How objects show themselves in a notebook: HTML without scripts that asks nothing of the network.

Each object's `_repr_html_` loads the module it needs when it is shown; nothing here calculates.

spaces     an embedding space; the answers of `nearest` and `solve`
maps       a projection as a picture with its fidelity; labels are where words go on it
findings   score sheets and clusters
runs       a run's headline figures; what a report holds
markup     what they share: frames, tables, text that stays text

Colours and fonts are those of the notebook, light or dark.
"""
