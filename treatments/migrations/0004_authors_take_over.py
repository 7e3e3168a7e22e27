from django.db import migrations


class Migration(migrations.Migration):

    dependencies = [("treatments", "0003_clinicians_who_write")]

    operations = [
        migrations.RemoveField("article", "author_was"),
        migrations.RemoveField("article", "reviewer_was"),
    ]
