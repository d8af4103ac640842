"""App: the only place that constructs everything; command line, rehearsal, doctor, plugin loader.

May import every room below. Nothing imports ``app`` but ``__main__``. Heavy libraries are imported inside the command that
needs them, so that ``--help`` and ``push-worker`` start at once.
"""
