"""winnow_train - trains winnow's models, and exports models that others trained (see export).

The modules carry the engine's names and do what the engine does, in plain Python:

    bytes -> normalize -> token_words | token_chars -> feature (counts, weights) -> score -> link

so that what is trained, what the probes expect and what the C library computes are one thing.
"""
