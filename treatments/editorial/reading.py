"""How hard a text is to read."""

import re


def grade(sentences: str) -> float:
    """Return the Flesch-Kincaid grade (US school years) of plain text, in which every line ends a sentence too; 0 for none.

    0.39 words a sentence + 11.8 syllables a word - 15.59 (Kincaid and others, 1975). English only; syllables are groups of
    vowels, which is right for most words and even over a text.
    """
    ends = [part for part in re.split(r"[.!?:](?:[\s”\"’)]|$)|\n", sentences) if re.search(r"\w", part)]
    words = re.findall(r"[A-Za-z’']+", sentences)
    if not words or not ends:
        return 0.0
    return 0.39 * len(words) / len(ends) + 11.8 * sum(map(syllables, words)) / len(words) - 15.59


def syllables(word: str) -> int:
    groups = len(re.findall(r"[aeiouy]+", word.lower()))
    silent = word.lower().endswith("e") and not word.lower().endswith(("le", "ee"))
    return max(1, groups - silent)
