"""Which message to look at, and under what kind of name."""

from django import forms
from django.utils.translation import gettext_lazy as _

from bookings.forms.desk import WithoutFormTag
from bookings.models import Message

# Names that have broken somebody's letters. Nobody real has them in this clinic.
NAMES = {
    "plain": "Ada",
    "long": "Wolfeschlegelsteinhausenbergerdorff Maximiliana Featherstonehaugh-Cholmondeley",
    "letter": "Q",
    "marks": "O'Brien-Núñez",
    "null": "Null",
    "html": "<b>Bo & Co",
    "emoji": "Zoë 🌻",
    "braces": "{{ name }}",
    "link": "www.example.com",
}


class PreviewForm(WithoutFormTag, forms.Form):
    kind = forms.ChoiceField(label=_("Message"), choices=Message.Kind.choices)
    name = forms.ChoiceField(
        label=_("First name"),
        choices=list(NAMES.items()),
        help_text=_(
            "The last one is a link: such a name is left out, so that nobody can send it to others by our hand."
        ),
    )
