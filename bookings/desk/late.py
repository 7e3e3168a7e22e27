"""Running late: one press, minutes, who is told."""

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods

from bookings import access, outbox, scheduling
from bookings.forms.lateness import LateForm
from treatments.models import Location
from treatments.templatetags.hours import clock

OFTEN = (10, 15, 20, 30, 45, 60)


@require_http_methods(["GET", "HEAD", "POST"])
def running_late(request):
    """Show whom a delay concerns; a press of some minutes says it. A GET changes nothing."""
    if not request.user.has_perm("bookings.change_appointment"):
        raise PermissionDenied
    now = timezone.now()
    if request.method == "POST":
        form = LateForm(_with_quick(request.POST))
        if form.is_valid():
            try:
                return _say(request, form.cleaned_data, now=now)
            except scheduling.Refused as refusal:  # such as a lock that somebody else kept for too long
                form.add_error(None, str(refusal.message))
    else:
        form = LateForm(initial=_asked_for(request.GET))
    return _page(request, form, now=now)


def _asked_for(query) -> dict:
    initial = {name: query[name] for name in ("clinician", "location", "minutes") if name in query}
    if "location" not in initial:
        initial["location"] = Location.objects.active().values_list("slug", flat=True).first()
    return initial


def _with_quick(data):
    """Return the posted data with the minutes of the button that was pressed; the typed ones count for nothing then."""
    if "quick" not in data:
        return data
    data = data.copy()
    data["minutes"] = data["quick"]
    return data


def _say(request, asked: dict, *, now):
    """Write it down, say to whom it goes and when, and name those who must be phoned."""
    said = scheduling.run_late(**asked, by=scheduling.By.staff(request.user), now=now)
    zone, clinician = asked["location"].zone, asked["clinician"].name
    if not asked["minutes"]:
        messages.success(request, _("%(clinician)s is on time again.") % {"clinician": clinician})
    else:
        late = {"clinician": clinician, "minutes": asked["minutes"]}
        messages.success(request, _("%(clinician)s runs %(minutes)s minutes late.") % late)
    if said.told:
        due = clock(outbox.notice_due(now).astimezone(zone))
        told = ngettext("%(n)s patient hears of it at %(at)s.", "%(n)s patients hear of it at %(at)s.", len(said.told))
        messages.success(request, told % {"n": len(said.told), "at": due})
    for visit in said.not_told:
        phone = visit.patient.phone.as_national if visit.patient.phone else _("no phone")
        words = {"who": visit.patient, "time": clock(visit.local_start), "phone": phone}
        messages.warning(request, _("Not told: %(who)s, %(time)s, %(phone)s.") % words)
    access.shows_patients(request, [visit.patient_id for visit in said.not_told])
    response = redirect(f"{reverse('admin:day')}?location={asked['location'].slug}")
    if request.htmx:
        response.headers["HX-Redirect"] = response.url
    return response


def _page(request, form: LateForm, *, now):
    chosen = (
        form.fields["clinician"].queryset.filter(slug=str(form["clinician"].value() or "").replace("\x00", "")).first()
    )
    place = (
        form.fields["location"].queryset.filter(slug=str(form["location"].value() or "").replace("\x00", "")).first()
    )
    visits = scheduling.late_audience(chosen, place, now=now) if chosen and place else []
    access.shows_patients(request, [visit.patient_id for visit in visits])
    context = {
        "title": _("Running late"),
        "form": form,
        "clinician": chosen,
        "place": place,
        "visits": [(visit, outbox.can_tell(visit)) for visit in visits],
        "often": OFTEN,
        "late_now": scheduling.delays_of(place, now.astimezone(place.zone).date()).get(chosen.pk)
        if chosen and place
        else None,
    }
    template = "admin/bookings/late/panel.html" if request.htmx else "admin/bookings/late/page.html"
    return TemplateResponse(request, template, admin.site.each_context(request) | context)
