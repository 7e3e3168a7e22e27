"""Words that should not wait for a list of results: a sign of an emergency, or of somebody in despair."""

from enum import StrEnum

from treatments.search.words import root, words


class Urgency(StrEnum):
    EMERGENCY = "emergency"
    CRISIS = "crisis"


# Each line is a sign when all its words are there, in any order and form.
CRISIS = """
suicide
suicidal
kill myself
killing myself
end my life
ending my life
want die
want dead
better dead
self harm
harm myself
hurt myself
dont want live
no reason live
"""
EMERGENCY = """
chest pain
chest hurts
chest tight
chest tightness
chest pressure
cant breathe
cannot breathe
can not breathe
trouble breathing
hard breathe
difficulty breathing
short breath
shortness breath
heart attack
stroke
face drooping
face droops
slurred speech
worst headache
thunderclap
sudden headache
sudden weakness
sudden numbness
sudden numb
numb groin
numb genitals
numb between legs
numbness between legs
numbness groin
saddle numbness
cauda equina
cant pee
cannot pee
cant urinate
cannot urinate
lost bladder
lost bowel
bladder control
bowel control
cant walk
cannot walk
cant move legs
paralyzed
overdose
unconscious
seizure
coughing blood
vomiting blood
fever injection
fever back pain
"""


def _signs(lines: str) -> list[frozenset[str]]:
    return [frozenset(map(root, words(line))) for line in lines.strip().splitlines()]


_SIGNS = [(Urgency.CRISIS, _signs(CRISIS)), (Urgency.EMERGENCY, _signs(EMERGENCY))]


def urgency(text: str) -> Urgency | None:
    """Say whether what somebody typed sounds like an emergency or a crisis. Rather once too often than once too seldom."""
    said = set(map(root, words(text)))
    return next((kind for kind, signs in _SIGNS if any(sign <= said for sign in signs)), None)
