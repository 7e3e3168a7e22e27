from django.urls import path

from treatments.feeds import feed
from treatments.sitemaps import robots, sitemap
from treatments.views import articles, atlas, finding, offer, pictures

urlpatterns = [
    path("articles/", articles.Articles.as_view(), name="articles"),
    path("articles/feed/", feed, name="feed"),
    path("articles/<slug:slug>/", articles.ArticlePage.as_view(), name="article"),
    path("articles/<slug:slug>/preview/", articles.ArticlePreview.as_view(), name="article-preview"),
    path("series/<slug:slug>/", articles.SeriesPage.as_view(), name="series"),
    path("authors/<slug:slug>/", articles.AuthorPage.as_view(), name="author"),
    path("atlas/", atlas.Atlas.as_view(), name="atlas"),
    path("atlas/<slug:slug>/", atlas.SpotPage.as_view(), name="spot"),
    path("topics/<slug:slug>/", atlas.TopicPage.as_view(), name="topic"),
    path("treatments/", offer.Treatments.as_view(), name="treatments"),
    path("treatments/<slug:slug>/", offer.TreatmentPage.as_view(), name="treatment"),
    path("clinicians/", offer.Clinicians.as_view(), name="clinicians"),
    path("clinicians/<slug:slug>/", offer.ClinicianPage.as_view(), name="clinician"),
    path("search/", finding.Search.as_view(), name="search"),
    path("contact/", offer.Contact.as_view(), name="contact"),
    path("privacy/", offer.Privacy.as_view(), name="privacy"),
    path("accessibility/", offer.Accessibility.as_view(), name="accessibility"),
    path("media/pictures/<slug:name>.webp", pictures.picture, name="picture"),
    path("sitemap.xml", sitemap, name="sitemap"),
    path("robots.txt", robots, name="robots"),
]
