"""An image or a vector in, words out."""
