"""Signing in and permissions of staff."""

from axes.backends import AxesStandaloneBackend
from django.contrib.auth.backends import ModelBackend
from django.contrib.auth.models import Permission
from django.db.models import Q


class StaffBackend(AxesStandaloneBackend, ModelBackend):
    """Django's own, but refuses while there were too many wrong passwords, and reads permissions in one statement, not two."""

    def authenticate(self, request, username=None, password=None, **kwargs):
        """Return the account, or None. Raises where no request is given: tries are counted by account and address."""
        AxesStandaloneBackend.authenticate(self, request, username=username, password=password, **kwargs)
        return ModelBackend.authenticate(self, request, username=username, password=password, **kwargs)

    def get_all_permissions(self, user_obj, obj=None):
        if obj is not None or not user_obj.is_active or user_obj.is_anonymous or user_obj.is_superuser:
            return super().get_all_permissions(user_obj, obj)
        if not hasattr(user_obj, "_perm_cache"):  # the name Django's own backend keeps them by
            rows = Permission.objects.filter(Q(user=user_obj) | Q(group__user=user_obj)).order_by().distinct()
            names = rows.values_list("content_type__app_label", "codename")
            user_obj._perm_cache = {f"{app}.{codename}" for app, codename in names}  # noqa: SLF001
        return user_obj._perm_cache  # noqa: SLF001
