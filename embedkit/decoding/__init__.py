"""Text out of a trained model.

sampling                    a language model continues a prompt, token by token
reading, starts, pieces     where it stands in a text, and the words that may come next, at every level of tokens
continuations, keypad       what a writer may want to write next; the words that keypad digits can mean
beam, translation           an encoder-decoder's texts
"""
