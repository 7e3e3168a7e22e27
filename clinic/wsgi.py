import os
from importlib import import_module

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "clinic.settings")

application = get_wsgi_application()
# Models exist only now. Staff who practise must not find real patients, nor patients a practice copy.
import_module("clinic.rehearsal.checks").refuse_the_wrong_database()
