"""The one error that users see."""

from __future__ import annotations


class UserError(Exception):
    """What went wrong and what to do, as an i18n key and its arguments; every face translates it."""

    def __init__(self, key: str, /, **args: object) -> None:
        super().__init__(key, args)
        self.key = key
        self.args_by_name = args

    def __str__(self) -> str:
        from studio.core.i18n import tr  # late: i18n reads files, an error must be importable before them

        return tr(self.key, **self.args_by_name)
