from django.db import migrations


def fail(apps, schema_editor):
    raise RuntimeError("the new version has a mistake")


class Migration(migrations.Migration):
    dependencies = [("axes", "0001_harm")]
    operations = [migrations.RunSQL("DELETE FROM bookings_occupancy"), migrations.RunPython(fail)]
