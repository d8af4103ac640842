"""Promo (优惠与红包): promotions, their states, budget, split and kinds.

May import ``core`` only; pure, no I/O. A new kind is one file in ``kinds/``: settings, worst-case cost, checks, wire key.
"""
