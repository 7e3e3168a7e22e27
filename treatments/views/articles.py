"""Articles: the list, one article and its preview, a series, who writes."""

import datetime as dt
from http import HTTPStatus

from django.contrib.auth.mixins import PermissionRequiredMixin
from django.db.models import Q
from django.http import Http404
from django.shortcuts import get_object_or_404, redirect
from django.utils import timezone
from django.utils.decorators import method_decorator
from django.views.decorators.cache import never_cache
from django.views.generic import DetailView, ListView

from treatments.models import Article, Author, BodyRegion, Series
from treatments.pictures import wanted_by
from treatments.public import PublicPage, published
from treatments.rendering import render
from treatments.views.article_facts import offered, read_facts

ARTICLES_ON_A_PAGE = 24
ARTICLES_OF_A_PERSON = 12
WHOLE_PEOPLE = [f"{who}__{what}" for who in ("author", "reviewer") for what in ("portrait", "clinician__portrait")]


class Articles(PublicPage, ListView):
    """The articles, newest first, and the topics they are about."""

    template_name = "treatments/articles.html"
    context_object_name = "articles"
    paginate_by = ARTICLES_ON_A_PAGE

    def get_queryset(self):
        return published()

    def get_context_data(self, **kwargs):
        public = Article.objects.published(now=timezone.now())
        topics = BodyRegion.objects.filter(pk__in=public.values("regions")).order_by("position", "name")
        return super().get_context_data(topics=topics, **kwargs)


class ArticleView(DetailView):
    """One article with all that hangs on it."""

    template_name = "treatments/article.html"
    context_object_name = "article"

    def get_queryset(self):
        return Article.objects.select_related("series", *WHOLE_PEOPLE)

    def get_context_data(self, **kwargs):
        article, now = self.object, timezone.now()
        treatments, consultation = offered(article)
        pictures = wanted_by(article.body, article.evidence_note, article.references)
        return super().get_context_data(
            prose=render(article.body, pictures=pictures),
            pictures=pictures.values(),
            evidence=render(article.evidence_note, prefix="evidence", pictures=pictures),
            references=render(article.references, prefix="references", pictures=pictures),
            facts=read_facts(article, now=now),
            related=published().related_to(article)[:3],
            treatments=treatments,
            consultation=consultation,
            review_is_overdue=article.review_is_overdue(today=timezone.localdate(now)),
            **kwargs,
        )


class ArticlePage(PublicPage, ArticleView):
    """What readers see: a public article, or word that it has been withdrawn."""

    def get(self, request, *args, **kwargs):
        self.object = self.get_object()
        if self.object.status == Article.Status.RETIRED:
            return self.say_gone()
        if not self.object.is_public(now=timezone.now()):
            raise Http404
        return self.render_to_response(self.get_context_data(object=self.object))

    def say_gone(self):
        self.template_name = "treatments/article_gone.html"
        related = published().related_to(self.object)[:3]
        context = DetailView.get_context_data(self, related=related, messages=())
        return self.render_to_response(context, status=HTTPStatus.GONE)


@method_decorator(never_cache, name="dispatch")
class ArticlePreview(PermissionRequiredMixin, ArticleView):
    """An article as readers will see it, whatever its state: for those who may see it in the admin."""

    permission_required = "treatments.view_article"

    def get_context_data(self, **kwargs):
        return super().get_context_data(preview=_state(self.object, now=timezone.now()), **kwargs)

    def render_to_response(self, context, **kwargs):
        return super().render_to_response(context, headers={"X-Robots-Tag": "noindex"}, **kwargs)


def _state(article: Article, *, now: dt.datetime) -> str:
    return "scheduled" if article.is_scheduled(now=now) else article.status


class SeriesPage(PublicPage, DetailView):
    """The introduction of a series and its public parts; without one the series is not public."""

    template_name = "treatments/series.html"
    context_object_name = "series"
    queryset = Series.objects.all()

    def get_context_data(self, **kwargs):
        parts = list(published().filter(series=self.object).order_by("part"))
        if not parts:
            raise Http404
        return super().get_context_data(parts=parts, **kwargs)


class AuthorPage(PublicPage, DetailView):
    """Somebody who writes or reviews and is not on staff; a clinician of the house has a page of their own."""

    template_name = "treatments/author.html"
    context_object_name = "author"
    queryset = Author.objects.select_related("portrait", "clinician__portrait")

    def get(self, request, *args, **kwargs):
        self.object = get_object_or_404(self.get_queryset(), slug=kwargs["slug"])
        if self.object.is_on_staff:
            return redirect(self.object, permanent=True)
        return self.render_to_response(self.get_context_data(object=self.object))

    def get_context_data(self, **kwargs):
        written, reviewed = articles_of(Q(pk=self.object.pk))
        if not (written or self.object.is_confirmed):
            raise Http404
        return super().get_context_data(written=written, reviewed=reviewed, **kwargs)


def articles_of(who: Q) -> tuple[list[Article], list[Article]]:
    """Return the newest public articles those authors wrote, and those they are shown to have reviewed."""
    people = Author.objects.filter(who)
    written = published().filter(author__in=people)
    reviewed = published().filter(reviewer__in=people.confirmed(), reviewed_on__isnull=False)
    return list(written[:ARTICLES_OF_A_PERSON]), list(reviewed[:ARTICLES_OF_A_PERSON])
