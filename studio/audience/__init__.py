"""Audience (观众): comments, requests counted from them, and the word check (违禁词) of titles, cards and scripts.

May import ``core`` only; pure, no I/O but its own word list in ``resources/words/``.
A new kind of request is one ``Phrase`` in ``phrases.py`` and its text in ``[audience.request]``;
a new word of the advertising law is one entry in ``resources/words/ad_law.toml``.
"""
