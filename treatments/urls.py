from django.urls import path

from treatments import views

urlpatterns = [
    path("articles/", views.Articles.as_view(), name="articles"),
    path("articles/<slug:slug>/", views.ArticlePage.as_view(), name="article"),
    path("treatments/", views.Treatments.as_view(), name="treatments"),
    path("treatments/<slug:slug>/", views.TreatmentPage.as_view(), name="treatment"),
    path("clinicians/", views.Clinicians.as_view(), name="clinicians"),
    path("clinicians/<slug:slug>/", views.ClinicianPage.as_view(), name="clinician"),
    path("atlas/", views.Atlas.as_view(), name="atlas"),
    path("contact/", views.Contact.as_view(), name="contact"),
    path("privacy/", views.Privacy.as_view(), name="privacy"),
    path("accessibility/", views.Accessibility.as_view(), name="accessibility"),
]
