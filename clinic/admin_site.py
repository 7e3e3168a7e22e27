"""The admin site: the front desk's house. Apart from `admin.py`, which the site itself discovers."""

from functools import update_wrapper

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.shortcuts import redirect
from django.urls import path, reverse
from django.utils.http import urlencode
from django.utils.translation import gettext_lazy as _

from bookings import article_report
from bookings.desk import urls as desk_urls
from bookings.forms.finding import MOST_WORDS
from clinic.first_run import views
from clinic.staff import seats

# What lists and pickers are searched by. A database refuses a condition of thousands of words.
SEARCHES = ("q", "term")


class ClinicAdminSite(admin.AdminSite):
    site_header = _("Front desk")
    site_title = _("Front desk")
    index_title = _("Everything")
    enable_nav_sidebar = False

    def get_urls(self):
        report = path("reports/articles/", self.admin_view(article_report.page), name="article-report")
        setup = [
            path("setup/", self.admin_view(views.setup), name="setup"),
            path("setup/<slug:name>/", self.admin_view(views.deed), name="setup-deed"),
        ]
        return [*desk_urls.urls(self.admin_view), report, *setup, *super().get_urls()]

    def admin_view(self, view, cacheable=False):
        """Refuse staff without admin rights at the address itself: sending them to sign in again would go in circles."""
        inner = super().admin_view(view, cacheable)

        def checked(request, *args, **kwargs):
            if request.user.is_authenticated and not self.has_permission(request):
                raise PermissionDenied
            if any(len(request.GET.get(name, "").split()) > MOST_WORDS for name in SEARCHES):
                messages.warning(request, _("That is too much to search for. Please type fewer words."))
                return redirect(request.path)
            return inner(request, *args, **kwargs)

        return update_wrapper(checked, inner)

    def password_change(self, request, extra_context=None):
        """One page for everybody changes a password."""
        return redirect("account-password")

    def logout(self, request, extra_context=None):
        """Whoever signs out gives up their seat at this computer too."""
        if request.method == "POST" and request.user.is_authenticated:
            seats.leave(request, request.user)
        return super().logout(request, extra_context)

    def login(self, request, extra_context=None):
        """One sign-in page for everybody; the admin's own is not used."""
        if request.method == "GET" and self.has_permission(request):
            return redirect("after-sign-in")
        wanted = request.GET.get("next", "")
        if wanted in ("", reverse("admin:index")):
            return redirect("sign-in")  # which leads each to the page they work on
        return redirect(f"{reverse('sign-in')}?{urlencode({'next': wanted})}")
