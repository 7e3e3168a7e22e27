"""Appointments as a CSV file: safe to open in a spreadsheet, streamed, and written down."""

import csv
import datetime as dt
from collections.abc import Iterable, Iterator

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import StreamingHttpResponse
from django.template.response import TemplateResponse
from django.utils import timezone
from django.utils.http import content_disposition_header
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from bookings import access, scheduling
from bookings.cells import harmless
from bookings.forms.exporting import ExportForm
from bookings.models import Appointment, Patient

# Without it a spreadsheet reads UTF-8 as something else.
BOM = "\ufeff"
ROWS_AT_ONCE = 500


@require_http_methods(["GET", "POST", "HEAD"])
def appointments(request):
    """Ask which; a POST answers with the file. The patients in it, not their names, go into the access log."""
    if not request.user.has_perm("bookings.export_appointment"):
        raise PermissionDenied
    if request.method != "POST":
        today = timezone.localdate()
        return _page(request, ExportForm(initial={"first": today.replace(day=1), "last": today}))
    form = ExportForm(request.POST)
    if not form.is_valid():
        return _page(request, form)
    asked = form.cleaned_data
    rows = _rows(**{name: asked[name] for name in ("first", "last", "location", "status")})
    access.shows_patients(request, rows.order_by().values_list("patient_id", flat=True).distinct())
    lines = csv_lines(rows.iterator(chunk_size=ROWS_AT_ONCE), with_names=asked["names"])
    return StreamingHttpResponse(lines, content_type="text/csv; charset=utf-8", headers=_as_file(asked))


def csv_lines(visits: Iterable[Appointment], *, with_names: bool) -> Iterator[str]:
    """Yield the file piece by piece: the BOM, the head, and a line for each visit."""
    writer = csv.writer(_Echo(), quoting=csv.QUOTE_ALL)
    yield BOM + writer.writerow([*_head(), *(_head_of_patient() if with_names else [])])
    for visit in visits:
        cells = [*_cells(visit), *(_cells_of_patient(visit.patient) if with_names else [])]
        yield writer.writerow([harmless(cell) for cell in cells])


class _Echo:
    """A file that gives back what is written, for csv to write into."""

    def write(self, line: str) -> str:
        return line


def _rows(*, first: dt.date, last: dt.date, location, status: str) -> QuerySet[Appointment]:
    rows = Appointment.objects.on_dates(first, (last - first).days + 1)
    if location:
        rows = rows.filter(location=location)
    if status:
        rows = rows.filter(status=status)
    return rows.select_related("patient", "treatment", "clinician", "location").order_by("start", "pk")


def _head() -> list[str]:
    return [
        *(_("Reference"), _("Date"), _("Start"), _("End"), _("Time zone"), _("Location"), _("Clinician")),
        *(_("Treatment"), _("Side"), _("Status"), _("Confirmed"), _("Source"), _("Made on"), _("Why it was canceled")),
    ]


def _cells(visit: Appointment) -> list[str]:
    """Return a visit as text: dates and times as a spreadsheet sorts them, on the clock of the place."""
    zone = visit.location.zone
    start = visit.local_start
    return [
        *(visit.reference, f"{start:%Y-%m-%d}", f"{start:%H:%M}", f"{visit.local_end:%H:%M}", visit.location.time_zone),
        *(str(visit.location), visit.clinician.name, str(visit.treatment), str(visit.get_side_display())),
        str(visit.get_status_display()),
        f"{visit.confirmed_at.astimezone(zone):%Y-%m-%d %H:%M}" if visit.confirmed_at else "",
        str(visit.get_source_display()),
        f"{visit.created_at.astimezone(zone):%Y-%m-%d}",
        str(scheduling.CANCEL_REASONS.get(visit.cancel_reason, visit.cancel_reason)),
    ]


def _head_of_patient() -> list[str]:
    return [_("Patient's number"), _("First name"), _("Last name"), _("Date of birth"), _("Phone")]


def _cells_of_patient(patient: Patient) -> list[str]:
    born = patient.date_of_birth
    phone = patient.phone.as_national if patient.phone else ""
    return [str(patient.pk), patient.first_name, patient.last_name, f"{born:%Y-%m-%d}" if born else "", phone]


def _as_file(asked: dict) -> dict[str, str]:
    """Return the header that names the file, by its days alone (RFC 6266)."""
    name = f"appointments-{asked['first']:%Y-%m-%d}-to-{asked['last']:%Y-%m-%d}.csv"
    return {"Content-Disposition": content_disposition_header(as_attachment=True, filename=name)}


def _page(request, form: ExportForm):
    context = {"title": _("Export appointments"), "form": form}
    return TemplateResponse(request, "admin/export.html", admin.site.each_context(request) | context)
