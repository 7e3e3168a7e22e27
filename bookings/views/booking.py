"""The public flow: urgent signs, what for, place and time (`times`), about you, then check (`confirmation`).

One thing a page, JavaScript never needed. A GET never changes the diary.
No address names a treatment, an article or a person.
"""

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.core.validators import validate_slug
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from bookings import limits, scheduling
from bookings.forms import AboutYouForm, UrgentSignsForm, WhatForForm
from bookings.forms.booking import NOT_SURE, as_initial
from bookings.forms.slots import read_start
from bookings.views.draft import PUBLIC_WORDS, Draft
from bookings.views.steps import carry_on, posted, show, step
from treatments.models import Article, Clinician, Location, Treatment

FORM_MEMORY = 2000  # characters of one answer that is kept before it was checked


@require_safe
def entry(request):
    """Move what a public link names into the session, and on to the first question."""
    draft = Draft(request, now=timezone.now())
    words = {name: request.GET[name] for name in PUBLIC_WORDS if request.GET.get(name)}
    if words or draft.finished:
        known = {name: word for name, word in words.items() if _is_known(name, word, now=draft.now)}
        if known.keys() != words.keys():
            messages.info(request, _("We could not find what that link was for. You can choose it here."))
        draft.begin(known)
    return redirect(draft.open_step)


def _is_known(name, word, *, now):
    if name == "start":
        return read_start(word, now=now) is not None
    try:
        validate_slug(word)
    except ValidationError:
        return False
    rows = {
        "article": Article.objects.published(now=now),
        "treatment": Treatment.objects.active(),
        "clinician": Clinician.objects.active(),
        "location": Location.objects.active(),
    }[name]
    return rows.filter(slug=word).exists() or (name == "treatment" and word == NOT_SURE)


# --- 1: urgent signs --------------------------------------------------------------------------------------------------


@step("book-signs")
def signs(request, draft):
    form = UrgentSignsForm(posted(request))
    if not form.is_valid():
        return show(request, draft, "signs", at="book-signs", form=form)
    if form.cleaned_data["urgent"] == UrgentSignsForm.SOME:
        limits.count_urgent_stop(now=draft.now)
        scheduling.release(draft.holder, now=draft.now)
        draft.forget(all_but=PUBLIC_WORDS)
        return redirect("book-urgent")
    draft.keep(signs=True)
    return carry_on(request, draft)


@require_safe
def urgent(request):
    """The card that ends the journey. Which sign it was, and whose, was never kept."""
    draft = Draft(request, now=timezone.now())
    return render(request, "bookings/book/urgent.html", {"draft": draft})


# --- 2: what for ------------------------------------------------------------------------------------------------------


@step("book-treatment")
def what_for(request, draft):
    groups = _treatments_in_order(draft)
    offered = [each for group in groups for each in group["treatments"]]
    form = WhatForForm(posted(request), treatments=offered, initial={"treatment": draft.answers.get("treatment")})
    if not form.is_valid():
        return show(request, draft, "treatment", at="book-treatment", form=form, groups=groups, not_sure=NOT_SURE)
    if form.cleaned_data["treatment"] != draft.answers.get("treatment"):
        scheduling.release(draft.holder, now=draft.now)
        draft.keep(treatment=form.cleaned_data["treatment"], slot=None, lost=None)
    return carry_on(request, draft)


def _treatments_in_order(draft):
    """What the article or the clinician offers comes first."""
    treatments = list(Treatment.objects.active())
    named = set()
    for source in (draft.article, draft.clinician):
        named |= set(source.treatments.values_list("pk", flat=True)) if source else set()
    first = [each for each in treatments if each.pk in named]
    rest = [each for each in treatments if each.pk not in named]
    return [
        group
        for group in ({"named": True, "treatments": first}, {"named": False, "treatments": rest})
        if group["treatments"]
    ]


# --- 4: about you -----------------------------------------------------------------------------------------------------


@step("book-details")
def about_you(request, draft):
    told = draft.answers.get("typed") or draft.answers.get("about") or {}
    shown_at = draft.answers.get("shown_at") or int(draft.now.timestamp())
    form = AboutYouForm(posted(request), now=draft.now, shown_at=shown_at, initial=as_initial(told))
    if "shown_at" not in draft.answers:
        draft.keep(shown_at=shown_at)
    if form.is_valid():
        draft.keep(about=form.answers(), typed=None)
        return redirect("book-check")
    return show(request, draft, "details", at="book-details", form=form)


@require_POST
def keep_longer(request):
    """Extend the hold, once. What is typed so far comes along and is kept unchecked."""
    draft = Draft(request, now=timezone.now())
    if "first_name" in request.POST:
        draft.keep(typed=_typed(request.POST))
    try:
        if draft.hold:
            scheduling.extend(draft.hold, now=draft.now)
            messages.success(request, _("We keep this time for you a little longer."))
    except scheduling.Refused as refusal:
        messages.info(request, refusal.message)
    return redirect("book-check" if "at_check" in request.POST else "book-details")


def _typed(told) -> dict:
    names = AboutYouForm.base_fields.keys() - {"website", "asked"}
    parts = [told.get(f"date_of_birth_{place}", "")[:4] for place in range(3)]
    return {name: told[name][:FORM_MEMORY] for name in names if name in told} | {"date_of_birth": parts}


@require_POST
def clear(request):
    """Forget everything this session was told, for a screen that others use."""
    draft = Draft(request, now=timezone.now())
    scheduling.release(draft.holder, now=draft.now)
    draft.forget()
    messages.success(request, _("Your answers are cleared."))
    return redirect("book-signs")
