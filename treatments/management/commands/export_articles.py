"""Write articles as files that `import_articles` reads."""

from pathlib import Path

from django.core.management.base import BaseCommand, CommandError

from treatments.exports import exported
from treatments.models import Article


class Command(BaseCommand):
    help = (
        "Write every article as FOLDER/<slug>.md: Markdown with YAML front matter, the format import_articles reads. "
        "The same article always makes the same bytes. Other files in the folder are left alone."
    )

    def add_arguments(self, parser):
        parser.add_argument("folder", metavar="FOLDER", help="where to; it is made if it is not there")
        parser.add_argument("--only", nargs="+", metavar="SLUG", help="these articles, not all")

    def handle(self, *args, **options):
        articles = Article.objects.all()
        if options["only"]:
            articles = articles.filter(slug__in=options["only"])
            missing = sorted(set(options["only"]) - set(articles.values_list("slug", flat=True)))
            if missing:
                raise CommandError(f"There is no article {', '.join(missing)}.")
        folder = Path(options["folder"])
        try:
            folder.mkdir(parents=True, exist_ok=True)
            for number, (name, text) in enumerate(exported(articles), start=1):
                (folder / name).write_text(text, encoding="utf-8", newline="\n")
                self.stdout.write(f"[{number}/{articles.count()}] {folder / name}")
        except OSError as error:
            raise CommandError(f"{folder} cannot be written: {error.strerror}.") from error
