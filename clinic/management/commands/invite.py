"""Invites the first manager, or somebody whom no manager can invite any more."""

from django.contrib.auth.models import Group
from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError
from django.core.validators import validate_email
from django.db import transaction
from django.utils import timezone

from clinic import roles
from clinic.models import User
from clinic.staff import invitations


class Command(BaseCommand):
    help = "Print an invitation for a staff account: a new one with --name, else one that exists. What it has stays until accepted."

    def add_arguments(self, parser):
        parser.add_argument("email")
        parser.add_argument("--name", help="whose new account it is")
        parser.add_argument("--role", choices=list(roles.ROLES), default=roles.MANAGER, help="of a new account")

    def handle(self, *, email, name, role, **options):
        with transaction.atomic():
            user = self._new(email, name, role) if name else self._known(email)
            token = invitations.invite(user, by=None, now=timezone.now())
        self.stdout.write(invitations.address(token))

    def _known(self, email):
        try:
            return User.objects.get_by_natural_key(email)
        except User.DoesNotExist:
            raise CommandError(f"There is no account {email}. For a new one, add --name 'First Last'.") from None

    def _new(self, email, name, role):
        try:
            validate_email(email)
        except ValidationError:
            raise CommandError(f"{email} is no email address.") from None
        if User.objects.filter(email=email.strip().lower()).exists():
            raise CommandError(f"There is an account {email}. Leave --name out to invite that person again.")
        user = User.objects.create_user(email, None, name=name, is_active=False, is_staff=role != roles.CLINICIAN)
        user.groups.add(Group.objects.get(name=role))
        return user
