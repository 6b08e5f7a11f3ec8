"""Recurrent models: ids in, logits and state out. Nothing here knows of vocabularies or files."""
