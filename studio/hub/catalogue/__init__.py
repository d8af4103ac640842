"""Catalogue: believable products from grammars in ``resources/hub/*.toml``, the same for the same seed.

May import core and the hub's database. Add a category: a ``[[category]]`` table in one of the files; its ``glyph`` is one
of ``studio.hub.picture.GLYPHS``.
"""
