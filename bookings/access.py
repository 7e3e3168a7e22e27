"""Who read what: a view says which patients its page shows, the middleware writes it down."""

from bookings.models import AccessEntry


def shows_patients(request, patient_ids) -> None:
    """Note on the request that its page shows these patients (ids)."""
    shown = getattr(request, "patients_shown", set())
    request.patients_shown = shown | {pk for pk in patient_ids if pk is not None}


def write(request, *, allowed: bool, now) -> None:
    """Append one row for a page that showed patients, or that was refused."""
    shown = getattr(request, "patients_shown", None)
    if not shown and allowed:
        return
    match = request.resolver_match
    AccessEntry.objects.create(
        user=request.user,
        at=now,
        view=(match.view_name if match else "-")[:80],
        patients=sorted(shown or ()),
        allowed=allowed,
    )
