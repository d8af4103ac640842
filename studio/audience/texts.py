"""Comments as people type them, made alike before anything is recognised."""

from __future__ import annotations

import re
import unicodedata

LONGEST = 200

_TRADITIONAL = str.maketrans(
    "錢號鏈連結嗎還優發貨紅時貴幾麼郵問講買賣斤種顏樣", "钱号链连结吗还优发货红时贵几么邮问讲买卖斤种颜样"
)
_EMOTE = re.compile(r"\[[^\[\]]{1,8}\]")
_NEEDLESS_SPACE = re.compile(r"(?<![a-z0-9]) | (?![a-z0-9])|(?<=[a-z]) (?=[0-9])|(?<=[0-9]) (?=[a-z])")
_DIGITS = {digit: value for value, digit in enumerate("零一二三四五六七八九")} | {"两": 2}
_NUMERAL = re.compile(r"[零一二两三四五六七八九十百]{1,6}(?=号|链接)")


def normalise(text: str) -> str:
    """NFKC, lower case, simplified, without controls, zero-width marks and emotes; spaces only between two numbers or
    two Latin words, Chinese numerals before 号 and 链接 as digits."""
    flat = unicodedata.normalize("NFKC", text[: LONGEST * 2])
    flat = _EMOTE.sub(" ", flat).lower().translate(_TRADITIONAL)
    kept = "".join(_letter(char) for char in flat)[:LONGEST]
    kept = _NEEDLESS_SPACE.sub("", " ".join(kept.split()))
    return _NUMERAL.sub(lambda match: str(numeral(match.group())), kept)


def _letter(char: str) -> str:
    group = unicodedata.category(char)
    if group[0] in "LN":
        return char
    return "" if group in ("Cc", "Cf", "Cs", "Mn", "Me") and not char.isspace() else " "


def numeral(text: str) -> int:
    """A Chinese numeral below a thousand: 十二 is 12, 一百零三 is 103, 二三 is 23."""
    if "十" not in text and "百" not in text:
        return int("".join(str(_DIGITS[char]) for char in text))
    total, digit = 0, -1
    for char in text:
        if char == "百" or char == "十":
            total += (1 if digit < 0 else digit) * (100 if char == "百" else 10)
            digit = -1
        else:
            digit = _DIGITS[char]
    return total + max(0, digit)
