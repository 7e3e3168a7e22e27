"""What belongs to a staff account: invitations, recovery codes, seats at a shared computer, sign-ins.

Secrets are kept as SHA-256 of random values of 80 bits and more, which nobody can guess back.
"""

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _


class Invitation(models.Model):
    """A link that lets one person choose a password and set up their codes, once and for 72 hours."""

    token_hash = models.CharField(max_length=64, unique=True)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="invitations")
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")
    created_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    used_at = models.DateTimeField(null=True)

    class Meta:
        verbose_name = _("invitation")
        verbose_name_plural = _("invitations")

    def __str__(self):
        return f"{self.user} {self.created_at:%Y-%m-%d}"


class RecoveryCode(models.Model):
    """One of ten codes for the day the phone is lost. Each works once."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="recovery_codes")
    code_hash = models.CharField(max_length=64)
    used_at = models.DateTimeField(null=True)

    class Meta:
        verbose_name = _("recovery code")
        verbose_name_plural = _("recovery codes")
        constraints = [models.UniqueConstraint(fields=["user", "code_hash"], name="clinic_recovery_code_once")]

    def __str__(self):
        return f"{self.user}"


class DeskSeat(models.Model):
    """Somebody who fully signed in on a browser today, and may take it over by PIN.

    `failures` counts wrong PINs since the last right one; at five the seat is over until the next full sign-in.
    """

    browser_hash = models.CharField(max_length=64)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="desk_seats")
    at = models.DateTimeField()
    failures = models.PositiveSmallIntegerField(default=0)

    class Meta:
        verbose_name = _("seat at a shared computer")
        verbose_name_plural = _("seats at shared computers")
        constraints = [models.UniqueConstraint(fields=["browser_hash", "user"], name="clinic_one_seat_a_browser")]

    def __str__(self):
        return f"{self.user} {self.at:%Y-%m-%d}"


class SignIn(models.Model):
    """That an account was signed in: when, how, and from which network address. Kept for 90 days."""

    class How(models.TextChoices):
        PASSWORD = "password", _("password")
        CODE = "code", _("password and code")
        RECOVERY = "recovery", _("password and recovery code")
        INVITATION = "invitation", _("invitation")
        PIN = "pin", _("PIN at a shared computer")

    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="sign_ins")
    at = models.DateTimeField()
    how = models.CharField(max_length=12, choices=How)
    address = models.GenericIPAddressField(null=True)

    class Meta:
        verbose_name = _("sign-in")
        verbose_name_plural = _("sign-ins")
        indexes = [models.Index(fields=["user", "-at"], name="clinic_sign_in_of_user")]

    def __str__(self):
        return f"{self.user} {self.at:%Y-%m-%d %H:%M}"
