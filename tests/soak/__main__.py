"""A driver process: Django first, then what needs it."""

from importlib import import_module

import django

django.setup()
import_module("tests.soak.driver").main()
