"""Staff accounts and what belongs to them. Patients have none."""

from clinic.models.accounts import User, UserManager
from clinic.models.setup import SetupMark
from clinic.models.staff import DeskSeat, Invitation, RecoveryCode, SignIn

__all__ = ["DeskSeat", "Invitation", "RecoveryCode", "SetupMark", "SignIn", "User", "UserManager"]
