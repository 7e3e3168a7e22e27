"""Stop and release the messenger from a terminal, as after restoring a backup."""

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from bookings import outbox
from bookings.management.commands.check_diary import plain
from bookings.models import Appointment


class Command(BaseCommand):
    help = """Say whether messages go out, stop them, or let them go again.

  messages state              what waits, and whether anything holds it back
  messages pause "moving"     send nothing until it is released; nothing is lost, what comes too late is withdrawn
  messages release            send what is due and still of use, the oldest first"""

    def create_parser(self, *args, **kwargs):
        parser = super().create_parser(*args, **kwargs)
        parser.formatter_class = plain(parser.formatter_class)
        return parser

    def add_arguments(self, parser):
        deeds = parser.add_subparsers(dest="deed", required=True, metavar="state | pause | release")
        deeds.add_parser("state", help="say what waits and whether anything holds it back")
        pause = deeds.add_parser("pause", help="send nothing until it is released")
        pause.add_argument("reason", help="why, for whoever finds it paused")
        deeds.add_parser("release", help="send again, the oldest first")

    def handle(self, *args, deed, **options):
        now = timezone.now()
        if deed == "pause":
            if not options["reason"].strip():
                raise CommandError("Say why: somebody else will find the messenger paused and wonder.")
            outbox.pause(options["reason"], now=now)
        if deed == "release":
            self._release(now=now)
        self._say(outbox.state(now=now), now=now)

    def _release(self, *, now):
        try:
            outbox.release(now=now)
        except outbox.Rehearsing as error:
            raise CommandError(str(error)) from error

    def _say(self, outlook, *, now):
        messenger = outlook.messenger
        if messenger.paused_at is not None:
            self.stdout.write(f"Paused since {messenger.paused_at:%Y-%m-%d %H:%M} UTC: {messenger.pause_reason}")
        elif messenger.shut_until is not None:
            self.stdout.write(
                f"The mail server refuses everything ({messenger.shut_reason}); it is asked again at "
                f"{messenger.shut_until:%H:%M} UTC. Look at its account."
            )
        else:
            self.stdout.write("Messages go out.")
        held = outbox.count_held(Appointment.objects.filter(start__gt=now))
        if held:
            self.stdout.write(
                f"{held} imported visits are held: nobody is told of them before import_clinic --release."
            )
        self.stdout.write(f"{outlook.due} due, and {outlook.too_late} too late to be of use: those will be withdrawn.")
