"""The admin site: the front desk's house. Apart from `admin.py`, which the site itself discovers."""

from django.contrib import admin
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext_lazy as _


class ClinicAdminSite(admin.AdminSite):
    site_header = _("Front desk")
    site_title = _("Front desk")
    index_title = _("Everything")
    enable_nav_sidebar = False

    def login(self, request, extra_context=None):
        """One sign-in page for everybody; the admin's own is not used."""
        if request.method == "GET" and self.has_permission(request):
            return redirect("after-sign-in")
        query = urlencode({"next": request.GET.get("next", reverse("admin:index"))})
        return redirect(f"{reverse('sign-in')}?{query}")
