from django.urls import path

from clinic.staff.views import account, invitation, second_factor, switch

urlpatterns = [
    path("invitation/app/", invitation.set_up_app, name="invitation-app"),
    path("invitation/<str:token>/", invitation.choose_password, name="invitation"),
    path("second-factor/", second_factor.ask, name="second-factor"),
    path("second-factor/set-up/", second_factor.set_up, name="second-factor-set-up"),
    path("account/", account.overview, name="account"),
    path("account/password/", account.password, name="account-password"),
    path("account/recovery-codes/", account.recovery_codes, name="account-codes"),
    path("account/pin/", account.pin, name="account-pin"),
    path("account/sign-out-everywhere/", account.sign_out_everywhere, name="account-sign-out"),
    path("switch/", switch.switch, name="switch"),
    path("switch/lock/", switch.lock, name="switch-lock"),
]
