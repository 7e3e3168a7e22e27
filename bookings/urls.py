from django.urls import path

from bookings.views import slots

urlpatterns = [
    path("api/slots", slots.slots, name="api-slots"),
]
