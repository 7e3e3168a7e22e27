from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("bookings", "0001_initial")]
    operations = [
        migrations.RunSQL("DELETE FROM bookings_message"),
        migrations.RunSQL("UPDATE bookings_patient SET last_name = 'Nobody'"),
        migrations.RunSQL("ALTER TABLE bookings_tick ADD COLUMN harm integer NULL"),
    ]
