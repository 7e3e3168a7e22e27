"""The sign-ins of the demo clinic: one for each role, with a password that is printed for everybody to read.

`clinic.checks` refuses to serve other hosts while one of these accounts can sign in.
"""

import datetime as dt

from django.contrib.auth.hashers import make_password
from django.contrib.auth.models import Group

from clinic import roles
from clinic.models import User
from treatments.models import Clinician

DEMO_PASSWORD = "open-the-demo-clinic"  # noqa: S105  (public on purpose)
# Email, name, role, the public clinician behind it (slug), and where the role works.
SIGN_INS = [
    ("desk@example.com", "Robin Castellanos", roles.FRONT_DESK, "", "/admin/day/"),
    ("clinician@example.com", "Elena Marchetti", roles.CLINICIAN, "elena-marchetti", "/schedule/"),
    ("covering@example.com", "Samuel Adeyemi", roles.COVERING, "samuel-adeyemi", "/schedule/"),
    ("editor@example.com", "Ines Abernathy", roles.EDITOR, "", "/admin/"),
    ("manager@example.com", "Theo Lindqvist", roles.MANAGER, "", "/admin/day/"),
]
DEMO_EMAILS = [email for email, *_rest in SIGN_INS]


def make_accounts(*, now: dt.datetime) -> list[User]:
    """Create the staff accounts, in the order of `SIGN_INS`. Their roles and clinicians must exist."""
    password = make_password(DEMO_PASSWORD)  # slow by design, so once for all of them
    return [_make_account(*sign_in, password=password, now=now) for sign_in in SIGN_INS]


def _make_account(
    email: str, name: str, role: str, clinician: str, _works_at: str, *, password: str, now: dt.datetime
) -> User:
    user = User.objects.create(
        email=email,
        name=name,
        password=password,
        is_staff=role not in (roles.CLINICIAN, roles.COVERING),
        date_joined=now - dt.timedelta(days=400),
    )
    user.groups.add(Group.objects.get(name=role))
    if clinician:
        Clinician.objects.filter(slug=clinician).update(user=user)
    return user


def sign_in_table() -> str:
    """Return the sign-ins as lines for a terminal."""
    rows = [("Role", "Email", "Password", "Works at")]
    rows += [(role, email, DEMO_PASSWORD, works_at) for email, _name, role, _clinician, works_at in SIGN_INS]
    widths = [max(len(row[column]) for row in rows) for column in range(4)]
    return "\n".join(
        "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows
    )
