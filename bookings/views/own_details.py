"""What we hold to reach a patient: first to look at, then to change. Name and date of birth are changed by phone."""

from django.conf import settings
from django.contrib import messages
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from bookings import contacts, limits, outbox
from bookings.forms.own_details import OwnDetailsForm, as_shown, languages
from bookings.models import Patient
from bookings.views.own_visit import verified_only, with_appointment
from bookings.views.steps import posted

CHANGES_PER_HOUR = 10


@require_safe
@with_appointment
@verified_only
def details(request, appointment, *, now):
    return render(request, "bookings/manage/details.html", facts(appointment.patient, appointment.location))


@require_http_methods(["GET", "HEAD", "POST"])
@with_appointment
@verified_only
def change(request, appointment, *, now):
    """The form. What somebody else has changed meanwhile is shown beside it, and nothing typed is lost."""
    patient, stale = appointment.patient, False
    form = OwnDetailsForm(posted(request), initial=as_shown(patient))
    if form.is_bound and form.is_valid():
        try:
            saved = _save(request, form, patient, now=now)
        except contacts.Changed as changed:
            patient.refresh_from_db()
            form.look_again(changed.message, patient)
            stale = True
        else:
            if saved is not None:
                messages.success(request, _said(patient, saved))
                return redirect("appointments-details")
    context = facts(patient, appointment.location) | {"form": form, "stale": stale}
    return render(request, "bookings/manage/details_change.html", context)


def _save(request, form: OwnDetailsForm, patient: Patient, *, now) -> Patient | None:
    """Save what was typed; None when it is one time too many, which the form then says.

    Each new address is sent a link, and nobody shall have us write to one stranger after the other.
    """
    if limits.count("own-details", str(patient.pk), now=now) > CHANGES_PER_HOUR:
        form.add_error(None, _("These details were changed many times just now. Please call us."))
        return None
    seen = form.cleaned_data["seen"]
    return contacts.change(patient, now=now, seen=seen, keep=request.own_visit.link.pk, **form.details())


def facts(patient: Patient, location) -> dict[str, object]:
    """What the pages say."""
    return {
        "patient": patient,
        "location": location,
        "agreed": contacts.agreed(patient),
        "reachable": outbox.can_reach(patient),
        "by_text": bool(settings.CLINIC_SMS_URL),
        "language": patient.get_language_display() if len(languages()) > 1 else "",
    }


def _said(before: Patient, saved: Patient) -> str:
    if all(getattr(before, name) == getattr(saved, name) for name in contacts.ADDRESSES):
        return _("Saved.")
    if outbox.can_reach(saved):
        return _("Saved. The links in our earlier messages no longer work. We are sending you a new one.")
    return _("Saved. The links in our earlier messages no longer work.")
