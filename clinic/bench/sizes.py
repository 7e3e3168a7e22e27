"""How much is measured: as the published figures have it, or just enough to see that it runs."""

import dataclasses


@dataclasses.dataclass(frozen=True)
class Sizes:
    clinicians: int = 10
    days: int = 30
    rows: tuple[int, int] = (20_000, 100_000)  # of occupancy: a young diary and an old one
    turns: int = 30  # how often each side of a comparison is timed
    warm_ups: int = 3
    racers: int = 20  # processes that want one time
    races: int = 6
    writers: int = 16
    slots: int = 100  # times that all the writers want
    letters: int = 200  # sent in a turn
    letter_turns: int = 7
    ahead: tuple[int, int] = (1_000, 100_000)  # visits to come, beside which nothing is due
    import_patients: int = 50_000  # brought from files by a clinic that moves in
    import_visits: int = 100_000
    demo: bool = True  # pages are read on a database with the whole demo clinic


FULL = Sizes()
QUICK = Sizes(
    clinicians=2,
    days=5,
    rows=(800, 1000),
    turns=2,
    warm_ups=1,
    racers=3,
    races=1,
    writers=2,
    slots=4,
    demo=False,
    letters=20,
    letter_turns=1,
    ahead=(20, 60),
    import_patients=100,
    import_visits=150,
)
