"""The last word on a run: the oracle's on the post, the diary's on itself, the outbox's on what it has given up."""

import datetime as dt
from collections.abc import Sequence

from bookings.findings import findings
from bookings.models import Message
from bookings.outbox.upkeep import UNKNOWN
from tests.soak.digests import judge_digests
from tests.soak.ledger import Visit
from tests.soak.letters import Letter
from tests.soak.oracle import Post, Verdict, judge
from tests.soak.rules import Scene
from treatments.models import Clinician

State = Message.State


def judge_all(
    visits: Sequence[Visit], post: list[Letter], kills: list[float], scene: Scene, *, now: dt.datetime
) -> Verdict:
    """Ask all three. `kills`: when a worker was killed, in real seconds; `now`: by the run's clock."""
    kinds = {str(number): kind for number, kind in Message.objects.values_list("message_id", "kind")}
    given_up = Message.objects.filter(state__in=[State.DEAD, State.FAILED]).select_related("patient")
    of_texts = [row for row in given_up if row.channel == Message.Channel.SMS and row.last_error == UNKNOWN]
    phoned = {(row.patient.phone.as_e164, row.kind) for row in of_texts}
    clinicians = set(Clinician.objects.values_list("user__email", flat=True))
    everything = Post(post, kinds, kills, phoned, clinicians)
    verdict = judge(visits, everything, scene)
    judge_digests(visits, everything, scene, verdict)
    verdict.wrong += [str(finding) for finding in findings(now=now)]
    verdict.lost += [f"{row}: {row.state}, {row.last_error}" for row in given_up if row not in of_texts]
    forgotten = Message.objects.unsent().filter(due_at__lt=scene.end - 2 * scene.patience)
    resting = forgotten.filter(lease_until__gt=now, state=State.DUE)
    verdict.lost += [f"{row}: still {row.state}" for row in forgotten.exclude(pk__in=resting)]
    return verdict
