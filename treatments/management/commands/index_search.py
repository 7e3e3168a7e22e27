from django.core.management.base import BaseCommand
from django.utils import timezone

from treatments import search


class Command(BaseCommand):
    help = "Write the search index anew: articles, spots, treatments and clinicians."

    def handle(self, *args, **options):
        found = search.rebuild(now=timezone.now(), say=self.stdout.write)
        self.stdout.write(f"{found} pages can be found.")
