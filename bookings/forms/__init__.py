"""The public forms. They read what people type; what may be done with it, `scheduling` decides."""

from bookings.forms.booking import AboutYouForm, UrgentSignsForm, WhatForForm
from bookings.forms.callback import CallbackForm
from bookings.forms.slots import ChosenTime

__all__ = ["AboutYouForm", "CallbackForm", "ChosenTime", "UrgentSignsForm", "WhatForForm"]
