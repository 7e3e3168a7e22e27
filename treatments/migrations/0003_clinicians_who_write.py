"""Every clinician who wrote or reviewed an article becomes an author, confirmed: the house knows its own people."""

from django.db import migrations
from django.db.models import F
from django.utils import timezone


def make_authors(apps, schema_editor):
    article, author, clinician = (apps.get_model("treatments", name) for name in ("Article", "Author", "Clinician"))
    for role in ("author", "reviewer"):
        for pk in article.objects.exclude(**{f"{role}_was": None}).values_list(f"{role}_was", flat=True).distinct():
            who = clinician.objects.get(pk=pk)
            defaults = {"slug": who.slug, "confirmed_at": timezone.now()}
            made, _created = author.objects.get_or_create(clinician=who, defaults=defaults)
            article.objects.filter(**{f"{role}_was": pk}).update(**{role: made})


def back_to_clinicians(apps, schema_editor):
    article = apps.get_model("treatments", "Article")
    for role in ("author", "reviewer"):
        for each in article.objects.exclude(**{f"{role}__clinician": None}).annotate(who=F(f"{role}__clinician")):
            article.objects.filter(pk=each.pk).update(**{f"{role}_was": each.who})


class Migration(migrations.Migration):

    dependencies = [("treatments", "0002_the_atlas_and_authors")]

    operations = [migrations.RunPython(make_authors, back_to_clinicians)]
