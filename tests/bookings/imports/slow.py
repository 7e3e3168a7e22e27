"""Lists long enough to be interrupted."""

from tests.bookings.imports.lists import write_csv

PATIENTS, VISITS = 3000, 400


def write_long_lists(folder):
    """Write a list of patients, and one of visits: on working days of 2026 from March 9 on, two each half hour."""
    people = [["Patient ID", "First Name", "Last Name", "Email"]]
    people += [[str(n), f"First{n}", f"Last{n}", f"p{n}@example.com"] for n in range(PATIENTS)]
    days = [f"2026-{month:02}-{day:02}" for month, day in WORKING_DAYS]
    times = [f"{hour:02}:{minute:02}" for hour in range(9, 17) for minute in (0, 30)]
    slots = [(day, time, who) for day in days for time in times for who in ("Ortiz", "Sato")]
    visits = [["Visit ID", "Patient ID", "Date", "Time", "Provider", "Type"]]
    visits += [[f"V{n}", str(n), *slots[n][:2], slots[n][2], "Consultation"] for n in range(VISITS)]
    return write_csv(folder / "patients.csv", people), write_csv(folder / "visits.csv", visits)


WORKING_DAYS = [(3, day) for day in (9, 10, 11, 12, 13, 16, 17, 18, 19, 20, 23, 24, 25, 26, 27)]
