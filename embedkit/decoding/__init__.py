"""Text out of any decoder: beam search. What only one task decodes, such as samples of a language model, lies in it."""
