"""What must be known before a visit: chips for the eye, questions for the mouth, answers in the database.

A new chip is one function in `questions`; a new question one entry in its list.
"""

from bookings.readiness.answers import NotOfVisit, answer, chips_of
from bookings.readiness.questions import CHIPS, QUESTIONS, Chip, Known, Question, questions_of
from bookings.readiness.words import side_words, where_words

__all__ = [
    "CHIPS",
    "QUESTIONS",
    "Chip",
    "Known",
    "NotOfVisit",
    "Question",
    "answer",
    "chips_of",
    "questions_of",
    "side_words",
    "where_words",
]
