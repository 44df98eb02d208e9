"""Look-alikes: a copy of a text in which every character that a reader takes for a Latin letter or a digit is that one.

Digits of all scripts, full-width, circled and other styled letters become plain by Unicode's own tables; letters of
other scripts that look the same by the lists below. What nobody sees is left out. The copy is only searched: each of
its characters knows its place in the text.
"""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Final

DIGIT: Final = "d"
LATIN: Final = "l"
ACCENTED: Final = "a"  # a Latin letter with accents, or of a form that words of some languages have
OTHER: Final = "o"  # a letter of another script, whether it looks like a Latin one or not
_NOTHING: Final = "."

# Letters that look like a Latin one or a digit, each above what it is taken for: Cyrillic, then Greek.
_SAME: Final = dict(zip("АВЕЗКМНОРСТУХЧІЈЅҺԌԚԜӀ", "ABE3KMHOPCTYX4IJSHGQWI", strict=True))
_SAME.update(zip("авезкмнорстухчбіјѕһԁԛԝ", "abe3kmhopctyx46ijshdqw", strict=True))
_SAME.update(zip("ΑΒΕΖΗΙΚΜΝΟΡΤΥΧϹαεικνορτχϲ", "ABEZHIKMNOPTYXCaeikvoptxc", strict=True))
# Small capitals and other Latin letters without a decomposition.
_LATIN: Final = dict(zip("ᴀʙᴄᴅᴇꜰɢʜɪᴊᴋʟᴍɴᴏᴘꞯʀꜱᴛᴠᴡʏᴢıɡØø", "ABCDEFGHIJKLMNOPQRSTVWYZigOo", strict=True))
# Letters in squares and circles that Unicode counts as symbols, each range from A to Z.
_SYMBOLS: Final = (0x1F150, 0x1F170, 0x1F1E6)
_BLANKS: Final = frozenset("\u115f\u1160\u2800\u3164\uffa0")  # letters and symbols that show nothing but room
_DASHES: Final = frozenset("\u2043\u2212")  # beside those of the category


@dataclass(frozen=True, slots=True)
class Copy:
    """`kinds` says of each character of `text` whether it is a digit, a Latin letter, an accented or another one.

    `places` are those in the text that was copied, with its length at the end.
    """

    text: str
    kinds: str
    places: tuple[int, ...]

    def place(self, position: int) -> int:
        """Where in the copied text a character stands; what nobody sees belongs to the character before it."""
        return self.places[position]

    def without(self, first: int, last: int) -> Copy:
        """The same with nothing to be found from `first` to `last`."""
        blank = last - first
        return replace(
            self,
            text=self.text[:first] + "•" * blank + self.text[last:],
            kinds=self.kinds[:first] + _NOTHING * blank + self.kinds[last:],
        )


def copy_of(text: str) -> Copy:
    seen = [_seen(character) for character in text]
    places = [place for place, (shown, _) in enumerate(seen) for _ in shown]
    shown = "".join(shown for shown, _ in seen)
    kinds = "".join(kind * len(shown) for shown, kind in seen)
    return Copy(shown, kinds, (*places, len(text)))


@lru_cache(maxsize=4096)  # more than the letters of the scripts that people use
def _seen(character: str) -> tuple[str, str]:
    """What a reader sees of one character, and of which kind it is; nothing of what is invisible."""
    if character.isascii():
        return character, _kind(character)
    if (digit := unicodedata.digit(character, None)) is not None:
        return str(digit), DIGIT
    category = unicodedata.category(character)
    if category in ("Cf", "Cc", "Mn", "Me") and not character.isspace():
        return "", _NOTHING
    if character in _BLANKS:
        return " ", _NOTHING
    if category == "Pd" or character in _DASHES:
        return "-", _NOTHING
    if character in _SAME:
        return _SAME[character], OTHER
    if character in _LATIN:
        return _LATIN[character], ACCENTED
    for start in _SYMBOLS:
        if start <= ord(character) < start + 26:
            return chr(ord("A") + ord(character) - start), LATIN
    return _plain(character)


def _plain(character: str) -> tuple[str, str]:
    """A character without its style and its accents, if a letter or digit is left."""
    bare = "".join(
        each for each in unicodedata.normalize("NFKD", character) if not unicodedata.category(each).startswith("M")
    )
    if bare != character and len(bare) == 1:
        seen, kind = _seen(bare)
        accented = kind == LATIN and unicodedata.normalize("NFKC", character) != bare
        return seen, ACCENTED if accented else kind
    # A sign such as № is no word, and stays a sign; a number in a circle or a ligature is read as what it consists of.
    if bare.isascii() and bare.isalnum() and character.isalnum():
        return bare, DIGIT if bare.isdigit() else LATIN
    return character, _kind(character)


def _kind(character: str) -> str:
    if character.isdigit():
        return DIGIT
    if not character.isalpha():
        return _NOTHING
    return LATIN if character.isascii() else OTHER
