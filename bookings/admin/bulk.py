"""Several appointments at once: each by its verb, one after the other. A refusal is said with its patient, and the rest go on."""

from django.contrib import admin, messages
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from bookings import access, outbox, scheduling
from bookings.forms.desk import ReasonForm
from treatments.templatetags.hours import clock, plain_date

MOST_AT_ONCE = 100


class BulkReasonForm(ReasonForm):
    """One reason for all of them; each has its own version."""

    version = None


class BulkActions:
    """Mixed into the appointment's admin, which is read-only: `change` there means what the desk may do."""

    actions = ["confirm_all", "approve_all", "miss_all", "cancel_all"]

    def has_desk_permission(self, request):
        return request.user.has_perm("bookings.change_appointment")

    @admin.action(description=_("Mark as confirmed"), permissions=["desk"])
    def confirm_all(self, request, queryset):
        self._each(request, queryset, scheduling.confirm)

    @admin.action(description=_("Approve requests"), permissions=["desk"])
    def approve_all(self, request, queryset):
        self._each(request, queryset, scheduling.approve)

    @admin.action(description=_("Mark as missed"), permissions=["desk"])
    def miss_all(self, request, queryset):
        self._each(request, queryset, scheduling.miss)

    @admin.action(description=_("Cancel, with a reason"), permissions=["desk"])
    def cancel_all(self, request, queryset):
        """Ask for the reason first; the page posts back here with the version of each visit as it was shown."""
        visits = self._few_enough(request, queryset)
        if not visits:
            return None
        form = BulkReasonForm(request.POST if "cancel" in request.POST else None)
        if form.is_bound and form.is_valid():
            self._cancel(request, visits, **form.cleaned_data)
            return None
        access.shows_patients(request, [visit.patient_id for visit in visits])
        title = _("Cancel several appointments")
        template = "admin/bookings/appointment/cancel_all.html"
        return self._page(request, template, title=title, form=form, visits=visits)

    def _cancel(self, request, visits, **why):
        def cancel(visit, **who):
            return scheduling.cancel(visit, **who, **why)

        done = self._tell(request, visits, cancel, _shown_versions(request))
        if done and why["notify"]:
            due = clock(outbox.notice_due(timezone.now()).astimezone(visits[0].location.zone))
            said = _("They hear of it at %(time)s; until then “Undo” on a visit takes it back unheard.")
            messages.success(request, said % {"time": due})

    def _each(self, request, queryset, verb):
        self._tell(request, self._few_enough(request, queryset), verb, {})

    def _few_enough(self, request, queryset):
        """Return the visits, or none with a word when there are too many to answer for at once."""
        rows = queryset.select_related("patient", "treatment", "clinician", "location").order_by("start", "pk")
        visits = list(rows[: MOST_AT_ONCE + 1])
        if len(visits) <= MOST_AT_ONCE:
            return visits
        said = _("At most %(most)d appointments at once. Nothing was changed: choose fewer, such as one day.")
        messages.error(request, said % {"most": MOST_AT_ONCE})
        return []

    def _tell(self, request, visits, verb, versions):
        """Do the verb to each, and say what became of it. Returns how many were done."""
        now, by, done = timezone.now(), scheduling.By.staff(request.user), 0
        access.shows_patients(request, [visit.patient_id for visit in visits])
        for visit in visits:
            try:
                verb(visit, by=by, now=now, version=versions.get(visit.pk, visit.version))
            except scheduling.Refused as refusal:
                messages.error(request, f"{_named(visit)}: {refusal.message}")
            else:
                done += 1
        if done:
            said = ngettext("%(done)d appointment: done.", "%(done)d appointments: done.", done)
            messages.success(request, said % {"done": done})
        return done


def _shown_versions(request) -> dict[int, int]:
    """Return the version of each visit as the page of the reason showed it."""
    pairs = (text.partition(":")[::2] for text in request.POST.getlist("shown")[:MOST_AT_ONCE])
    return {int(pk): int(version) for pk, version in pairs if _is_number(pk) and _is_number(version)}


def _is_number(text: str) -> bool:
    return text.isascii() and text.isdecimal() and len(text) < 10


def _named(visit) -> str:
    return f"{visit.patient}, {plain_date(visit.local_start)}, {clock(visit.local_start)}"
