"""The last line of ./run test."""

from tests import summary


def _junit(path, **numbers):
    attributes = " ".join(f'{name}="{number}"' for name, number in numbers.items())
    path.write_text(f"<testsuites><testsuite {attributes}></testsuite></testsuites>")
    return path


def test_counts_of_two_runs_are_added_and_errors_are_failures(tmp_path):
    first = _junit(tmp_path / "a.xml", tests=10, failures=1, errors=2, skipped=3)
    second = _junit(tmp_path / "b.xml", tests=5, failures=0, errors=0, skipped=0)

    assert summary.total([first, second]) == {"passed": 9, "failed": 3, "skipped": 3}


def test_a_run_that_wrote_nothing_is_a_failure(tmp_path):
    assert summary.counts(tmp_path / "none.xml") == {"passed": 0, "failed": 1, "skipped": 0}


def test_the_line_reads_the_same_for_people_and_machines(tmp_path, capsys):
    path = _junit(tmp_path / "a.xml", tests=2, failures=0, errors=0, skipped=1)

    assert summary.main([str(path)]) == 0
    assert capsys.readouterr().out == "1 passed, 0 failed, 1 skipped\n"


def test_no_test_at_all_is_not_success(tmp_path):
    assert summary.main([str(_junit(tmp_path / "a.xml", tests=0, failures=0, errors=0, skipped=0))]) == 1
