"""Core: money, clock, goods, events, registry, errors, i18n, paths, settings.

May import the standard library only. Everything here is small, pure or frozen, and known to every other room.
Add a thing here only when at least two rooms of the trade need it and none of them owns it.
"""
