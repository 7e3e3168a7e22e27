"""A clinic of its own for each test. Imported late: pytest reads this file before Django is set up."""

import pytest


@pytest.fixture(scope="session")
def template(django_db_setup, django_db_blocker, tmp_path_factory):
    from tests.clinic.keeping import machines

    with pytest.MonkeyPatch.context() as patch:
        machines.find_programs(patch)
        with machines.making_template(django_db_blocker, tmp_path_factory.mktemp("template")) as template:
            yield template


@pytest.fixture
def machine(template, django_db_blocker, tmp_path):
    from tests.clinic.keeping import machines

    with machines.making(template, django_db_blocker, tmp_path) as machine:
        yield machine
