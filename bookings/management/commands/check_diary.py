"""Compare appointments, occupancy, events and messages, and say what does not add up."""

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from bookings.findings import findings

EXAMPLE = """
Each finding is one line on standard output: the appointment's reference (or the hold, or the guard), what is wrong, and
what to do about it. Nothing is changed. Looked for:

  guard      the database's own constraint against overlaps is in place
  overlaps   no resource is taken twice at one time, unless overbooked on purpose; rooms and devices never are
  time       a visit that keeps its time takes its clinician, and only its own rooms, for all of it; a cancelled or
             missed one takes nothing; a visit to come has everything its treatment needs today
  history    the last event of a visit says its status and its revision
  messages   nothing out of date is waiting to be sent; a visit to come has its reminder

The exit code is 1 when there are findings, 0 when there are none. Run it after a restored backup, an import or a repair by
hand; 100 000 visits take about half a minute. While people are booking, a visit that changes during the check may be listed
by mistake: run it again before you act on a line.
"""


class Command(BaseCommand):
    help = __doc__ + EXAMPLE

    def create_parser(self, *args, **kwargs):
        parser = super().create_parser(*args, **kwargs)
        parser.formatter_class = plain(parser.formatter_class)
        return parser

    def handle(self, *, verbosity, **options):
        self.checked, self.verbosity = 0, verbosity
        count = 0
        for finding in findings(now=timezone.now(), progress=self._say_how_far):
            self.stdout.write(str(finding))
            count += 1
        self.stderr.write(f"{self.checked} appointments compared, {count} findings.")
        if count:
            raise CommandError("The diary does not add up: see the lines above.")

    def _say_how_far(self, checked):
        if self.verbosity and checked // 10_000 > self.checked // 10_000:
            self.stderr.write(f"{checked} appointments compared ...")
        self.checked = checked


def plain(formatter):
    """Keep the lines of the help as they are written."""

    class Plain(formatter):
        def _fill_text(self, text, width, indent):
            return "\n".join(indent + line for line in text.strip().splitlines())

    return Plain
