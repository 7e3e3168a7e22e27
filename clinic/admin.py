"""Staff accounts in the admin: by invitation only, without a password that anybody else has chosen."""

from django import forms
from django.contrib import admin, messages
from django.contrib.auth.models import Group
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.urls import path
from django.utils import timezone
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _
from django_otp.plugins.otp_totp.models import TOTPDevice

from clinic import roles
from clinic.models import User
from clinic.staff import invitations, leaving, signing

# It would show the keys of people's apps.
admin.site.unregister(TOTPDevice)

WHY_STAY = {
    "self": _("This is your own account. Ask another manager."),
    "last manager": _("This is the last manager of the clinic. Make somebody else a manager first."),
}


class StaffForm(forms.ModelForm):
    groups = forms.ModelMultipleChoiceField(
        label=_("Roles"), queryset=Group.objects.filter(name__in=roles.ROLES), widget=forms.CheckboxSelectMultiple
    )
    by: User  # who fills it in; set by the admin

    class Meta:
        model = User
        fields = ["email", "name", "groups"]

    def clean_email(self):
        email = self.cleaned_data["email"].strip().lower()
        if User.objects.filter(email=email).exclude(pk=self.instance.pk).exists():
            raise ValidationError(_("There is an account with this address. Invite that person again from there."))
        return email

    def clean_groups(self):
        groups = self.cleaned_data["groups"]
        if self.instance.pk and not any(group.name == roles.MANAGER for group in groups):
            was_manager = self.instance.groups.filter(name=roles.MANAGER).exists()
            why_not = leaving.reason_to_stay(self.instance, by=self.by) if was_manager else ""
            if why_not:
                raise ValidationError(WHY_STAY[why_not])
        return groups


@admin.register(User)
class UserAdmin(admin.ModelAdmin):
    form = StaffForm
    list_display = ["name", "email", "is_active", "last_login"]
    list_filter = ["is_active", "groups"]
    search_fields = ["name", "email"]
    ordering = ["name"]
    readonly_fields = ["is_active", "last_login", "date_joined", "left_at"]
    fieldsets = [
        (None, {"fields": ["email", "name", "groups"]}),
        (_("Dates"), {"fields": ["is_active", "last_login", "date_joined", "left_at"]}),
    ]
    add_fieldsets = [(None, {"fields": ["email", "name", "groups"]})]

    def get_fieldsets(self, request, obj=None):
        return self.fieldsets if obj else self.add_fieldsets

    def get_form(self, request, obj=None, change=False, **kwargs):
        form = super().get_form(request, obj, change, **kwargs)
        form.by = request.user
        return form

    def has_change_permission(self, request, obj=None):
        """Whoever owns everything is changed by their like only: an invitation would hand all of it over."""
        is_above = obj is not None and obj.is_superuser and not request.user.is_superuser
        return super().has_change_permission(request, obj) and not is_above

    def has_delete_permission(self, request, obj=None):
        return False  # what somebody did stays, under their name; see "Has left"

    def get_urls(self):
        ours = [("invite", self.invite), ("sign_out", self.sign_out), ("leave", self.leave)]
        pages = [
            path(f"<int:pk>/{name.replace('_', '-')}/", self.admin_site.admin_view(view), name=f"clinic_user_{name}")
            for name, view in ours
        ]
        return [*pages, *super().get_urls()]

    # --- Adding and changing ---

    def save_model(self, request, obj, form, change):
        if not change:
            obj.is_active = False
            obj.set_unusable_password()
        super().save_model(request, obj, form, change)

    def save_related(self, request, form, formsets, change):
        """The admin opens to every role but the clinician's alone."""
        super().save_related(request, form, formsets, change)
        user = form.instance
        user.is_staff = user.is_superuser or user.groups.exclude(name=roles.CLINICIAN).exists()
        user.save(update_fields=["is_staff"])

    def response_add(self, request, obj, post_url_continue=None):
        return self._invited(request, obj)

    # --- The three presses ---

    def invite(self, request, pk):
        """Invite again: for a lost phone, a lost password, or somebody who comes back."""
        user = self._one(request, pk)
        if request.method != "POST" or user.pk == request.user.pk:
            refusal = WHY_STAY["self"] if user.pk == request.user.pk else ""
            return self._page(request, "admin/clinic/user/invite.html", user, refusal=refusal)
        self.log_change(request, user, _now("Invited again."))
        return self._invited(request, user)

    def sign_out(self, request, pk):
        user = self._one(request, pk)
        if request.method != "POST":
            return self._page(request, "admin/clinic/user/sign_out.html", user)
        signing.end_everywhere(user)
        self.log_change(request, user, _now("Signed out everywhere."))
        messages.success(request, _now("%(name)s is signed out everywhere.") % {"name": user.name})
        return redirect("admin:clinic_user_change", user.pk)

    def leave(self, request, pk):
        """ "Has left": shut the account."""
        user, now = self._one(request, pk), timezone.now()
        refusal = WHY_STAY.get(leaving.reason_to_stay(user, by=request.user), "")
        if request.method == "POST" and not refusal:
            try:
                leaving.leave(user, by=request.user, now=now)
            except leaving.MustStay as reason:
                refusal = WHY_STAY[str(reason)]
            else:
                self.log_change(request, user, _now("Has left."))
                messages.success(request, _now("%(name)s can no longer sign in.") % {"name": user.name})
                return redirect("admin:clinic_user_change", user.pk)
        visits = leaving.visits_ahead(user, now=now)
        return self._page(request, "admin/clinic/user/leave.html", user, refusal=refusal, visits=visits)

    def _one(self, request, pk):
        user = get_object_or_404(User, pk=pk)
        if not self.has_change_permission(request, user):
            raise PermissionDenied
        return user

    def _invited(self, request, user):
        """Invite, mail the link, and show it this once, for where mail does not reach the person."""
        token = invitations.invite(user, by=request.user, now=timezone.now())
        outcome = {}
        # The mail leaves when the invitation is there to be opened; the page, made after that, says whether a server took it.
        transaction.on_commit(lambda: outcome.update(sent=invitations.send(user, token)))
        address = invitations.address(token)
        return self._page(request, "admin/clinic/user/invited.html", user, address=address, outcome=outcome)

    def _page(self, request, template, user, **context):
        context |= {"person": user, "opts": self.opts, "title": user.name, **self.admin_site.each_context(request)}
        return TemplateResponse(request, template, context)
