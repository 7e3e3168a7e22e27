"""Forms of staff accounts."""

from django import forms
from django.contrib.auth import authenticate
from django.contrib.auth.forms import SetPasswordForm
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from clinic.staff import seats


class CodeForm(forms.Form):
    code = forms.CharField(
        label=_("Code"),
        max_length=40,
        help_text=_("The six digits your authenticator app shows now, or one of your recovery codes."),
        widget=forms.TextInput(attrs={"autocomplete": "one-time-code", "spellcheck": "false"}),
    )


class FirstCodeForm(forms.Form):
    code = forms.CharField(
        label=_("Code"),
        max_length=20,
        help_text=_("The six digits the app shows now."),
        widget=forms.TextInput(attrs={"autocomplete": "one-time-code", "inputmode": "numeric"}),
    )


class _WithPassword(forms.Form):
    """Asks for the password again: a screen left open must not be enough to change how one signs in."""

    password = forms.CharField(
        label=_("Your password now"),
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "current-password"}),
    )

    def __init__(self, request, *args, **kwargs):
        self.request = request
        super().__init__(*args, **kwargs)

    def clean_password(self):
        typed = self.cleaned_data["password"]
        # By the backends, which count wrong ones.
        if authenticate(self.request, username=self.request.user.email, password=typed) != self.request.user:
            raise ValidationError(_("That is not your password."))
        return typed


class ConfirmForm(_WithPassword):
    pass


class PasswordForm(_WithPassword, SetPasswordForm):
    """A new password, which asks for the old one. What shares a page with it is Django's."""

    field_order = ["password", "new_password1", "new_password2"]

    def __init__(self, request, *args, **kwargs):
        self.request = request
        SetPasswordForm.__init__(self, request.user, *args, **kwargs)


class PinForm(_WithPassword):
    pin = forms.CharField(
        label=_("PIN"),
        required=False,
        strip=False,
        help_text=_("4 to 8 digits. Leave both empty to have none."),
        widget=forms.PasswordInput(attrs={"autocomplete": "off", "inputmode": "numeric"}),
    )
    pin_again = forms.CharField(
        label=_("PIN again"),
        required=False,
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "off", "inputmode": "numeric"}),
    )
    field_order = ["pin", "pin_again", "password"]

    def clean_pin(self):
        pin = self.cleaned_data["pin"]
        if pin:
            seats.check_pin(pin)
        return pin

    def clean(self):
        if "pin" in self.cleaned_data and self.cleaned_data["pin"] != self.cleaned_data.get("pin_again", ""):
            self.add_error("pin_again", _("The two PINs differ."))


class SwitchForm(forms.Form):
    seat = forms.ModelChoiceField(label=_("Who are you?"), queryset=None, widget=forms.RadioSelect, empty_label=None)
    pin = forms.CharField(
        label=_("PIN"),
        max_length=seats.LONGEST,
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "off", "inputmode": "numeric"}),
    )

    def __init__(self, here, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["seat"].queryset = here
        self.fields["seat"].label_from_instance = lambda seat: seat.user.name
        self.fields["seat"].error_messages["invalid_choice"] = _(
            "That seat is over. Please sign in with your password."
        )
