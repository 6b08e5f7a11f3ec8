"""What a language model knows, told by minimal pairs: does it find the good one of two sentences likelier?"""
