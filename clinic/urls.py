from django.contrib import admin
from django.urls import include, path

from clinic import security_txt, views

urlpatterns = [
    path("", views.home, name="home"),
    path("", include("treatments.urls")),
    path("", include("bookings.urls")),
    path("admin/", admin.site.urls),
    path("sign-in/", views.SignIn.as_view(), name="sign-in"),
    path("sign-out/", views.SignOut.as_view(), name="sign-out"),
    path("after-sign-in/", views.after_sign_in, name="after-sign-in"),
    path("", include("clinic.staff.urls")),
    path(".well-known/security.txt", security_txt.security_txt, name="security-txt"),
    path("security.txt", security_txt.old_address, name="security-txt-old"),
    path("livez", views.livez, name="livez"),
    path("healthz", views.healthz, name="healthz"),
]

handler400 = "clinic.views.bad_request"
handler403 = "clinic.views.forbidden"
handler404 = "clinic.views.not_found"
handler500 = "clinic.views.server_error"
