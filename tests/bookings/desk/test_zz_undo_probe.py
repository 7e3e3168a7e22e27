import datetime as dt, pytest
from bookings import scheduling
from bookings.findings import findings
from bookings.models import Message
from bookings.scheduling import By
from tests import factories
from tests.bookings.scheduling.asking import *
from tests.cast import NOW, at, open_clinic
pytestmark=[pytest.mark.django_db, pytest.mark.engine]
M=dt.timedelta(minutes=1)
@pytest.fixture
def clinic(): return open_clinic()
def sent(a): Message.objects.filter(appointment=a,state="due").exclude(kind="reminder").update(state="sent")
def show(tag, v):
    v.refresh_from_db()
    print("PROBE",tag, v.status, v.start, "conf",bool(v.confirmed_at),"off",bool(v.offered_at),"decide",bool(v.decide_by),"phone",v.phone_to_confirm,"undo",bool(v.undo_until),"allowed", scheduling.allowed(v), messages_of(v), verbs_of(v), [str(f) for f in findings(now=NOW)])
def attempt(tag,f,v):
    try: r=f(); 
    except Exception as e: print("PROBE",tag,"EXC",type(e).__name__,getattr(e,'message',e)); show(tag,v); return None
    show(tag,r); return r
def test_accept(clinic):
    v=scheduling.request(slot(clinic),patient=clinic.ada,by=PATIENT,now=NOW,source="web"); sent(v)
    v=scheduling.offer(v,slot(clinic,"13:00"),by=desk(),now=NOW); sent(v); show("offered",v)
    v=scheduling.accept(v,by=desk(),now=NOW+M); show("accepted",v)
    v=attempt("undo accept", lambda: scheduling.undo(v,by=desk(),now=NOW+2*M), v)
    v=attempt("undo again", lambda: scheduling.undo(v,by=desk(),now=NOW+2*M), v)
def test_accept_by_patient_undone_by_staff(clinic):
    v=scheduling.request(slot(clinic),patient=clinic.ada,by=PATIENT,now=NOW,source="web"); sent(v)
    v=scheduling.offer(v,slot(clinic,"13:00"),by=desk(),now=NOW); sent(v)
    v=scheduling.accept(v,by=PATIENT,now=NOW+M); show("acceptedP",v)
    attempt("undo patient accept", lambda: scheduling.undo(v,by=desk(),now=NOW+2*M), v)
def test_patient_cancel_undone(clinic):
    v=book(clinic); sent(v)
    v=scheduling.cancel(v,by=PATIENT,now=NOW,reason="time"); sent(v)
    attempt("undo patient cancel a day later", lambda: scheduling.undo(v,by=desk(),now=NOW+dt.timedelta(days=1)), v)
def test_booking_undone_undone(clinic):
    v=book(clinic,by=desk())
    v=attempt("u1",lambda: scheduling.undo(v,by=desk(),now=NOW+M),v)
    v=attempt("u2",lambda: scheduling.undo(v,by=desk(),now=NOW+2*M),v)
    attempt("u3",lambda: scheduling.undo(v,by=desk(),now=NOW+2*M),v)
def test_booking_told_undone_undone(clinic):
    v=book(clinic,by=desk()); sent(v)
    v=attempt("t1",lambda: scheduling.undo(v,by=desk(),now=NOW+3*M),v)
    v=attempt("t2",lambda: scheduling.undo(v,by=desk(),now=NOW+4*M),v)
def test_move_room_gone(clinic):
    v=book(clinic,treatment=clinic.consultation,clinician=clinic.ortiz); sent(v)
    v=scheduling.move(v,slot(clinic,"13:00",clinic.consultation,clinic.ortiz),by=desk(),now=NOW)
    for r in (clinic.room_one,clinic.room_two): r.active=False; r.save()
    attempt("room gone",lambda: scheduling.undo(v,by=desk(),now=NOW+M),v)
def test_cancel_clinician_blocked(clinic):
    v=book(clinic,treatment=clinic.consultation,clinician=clinic.ortiz); sent(v)
    v=scheduling.cancel(v,by=desk(),now=NOW,reason="other")
    scheduling.block(resource=clinic.ortiz.resource,start=at("2026-03-04","08:00"),end=at("2026-03-04","18:00"),kind="sick",by=desk(),now=NOW)
    attempt("cancel, blocked",lambda: scheduling.undo(v,by=desk(),now=NOW+M),v)
def test_midnight(clinic):
    night=at("2026-03-03","23:58")
    v=book(clinic,by=desk(),now=night,treatment=clinic.consultation,clinician=clinic.ortiz,date="2026-03-06")
    attempt("midnight book",lambda: scheduling.undo(v,by=desk(),now=at("2026-03-04","00:01")),v)
    w=book(clinic,"15:00",treatment=clinic.consultation,clinician=clinic.ortiz,date="2026-03-03")
    w=scheduling.cancel(w,by=desk(),now=night,reason="other")
    attempt("past cancel same night",lambda: scheduling.undo(w,by=desk(),now=night+M),w)
    attempt("past cancel over midnight",lambda: scheduling.undo(w,by=desk(),now=at("2026-03-04","00:01")),w)
    x=book(clinic,"16:00",treatment=clinic.consultation,clinician=clinic.ortiz,date="2026-03-03",patient=clinic.ben)
    x=scheduling.check_in(x,by=desk(),now=night)
    attempt("arrived over midnight",lambda: scheduling.undo(x,by=desk(),now=at("2026-03-04","00:01")),x)
    y=book(clinic,"14:00",treatment=clinic.consultation,clinician=clinic.ortiz,date="2026-03-03",patient=factories.PatientFactory())
    y=scheduling.miss(y,by=desk(),now=night)
    attempt("missed year later",lambda: scheduling.undo(y,by=desk(),now=night+dt.timedelta(days=300)),y)
def test_second_moves_then_undo_by_second(clinic):
    a,b=desk(name="A"),desk(name="B")
    v=book(clinic); sent(v)
    v=scheduling.move(v,slot(clinic,"13:00"),by=a,now=NOW)
    seen=v.version
    scheduling.confirm(v,by=PATIENT,now=NOW+M)
    attempt("undo stale after patient confirm",lambda: scheduling.undo(v,by=b,now=NOW+2*M,version=seen),v)
    v.refresh_from_db()
    attempt("undo fresh after patient confirm",lambda: scheduling.undo(v,by=b,now=NOW+2*M,version=v.version),v)
def test_confirm_by_patient_on_staff_booking(clinic):
    v=book(clinic,by=desk()); v=scheduling.confirm(v,by=desk(),now=NOW+M)
    v=attempt("undo confirm",lambda: scheduling.undo(v,by=desk(),now=NOW+2*M),v)
def test_half_sent(clinic):
    v=book(clinic,by=desk()); v.messages.filter(kind="confirmation").update(state="sending",lease_until=NOW+3*M)
    attempt("undo while sending",lambda: scheduling.undo(v,by=desk(),now=NOW+3*M),v)
def test_two_moves(clinic):
    v=book(clinic); sent(v)
    v=scheduling.move(v,slot(clinic,"13:00"),by=desk(),now=NOW); sent(v)
    v=scheduling.move(v,slot(clinic,"14:00"),by=desk(),now=NOW+M)
    v=attempt("undo 2nd move unsent",lambda: scheduling.undo(v,by=desk(),now=NOW+2*M),v)
    attempt("undo 1st too",lambda: scheduling.undo(v,by=desk(),now=NOW+2*M),v)
def test_two_moves_none_sent(clinic):
    v=book(clinic); sent(v)
    v=scheduling.move(v,slot(clinic,"13:00"),by=desk(),now=NOW)
    v=scheduling.move(v,slot(clinic,"14:00"),by=desk(),now=NOW+M)
    v=attempt("undo 2nd move, 1st unsent",lambda: scheduling.undo(v,by=desk(),now=NOW+M),v)
def test_approve_undo(clinic):
    v=scheduling.request(slot(clinic),patient=clinic.ada,by=PATIENT,now=NOW,source="web"); sent(v)
    v=scheduling.approve(v,by=desk(),now=NOW)
    w=attempt("undo approve unsent",lambda: scheduling.undo(v,by=desk(),now=NOW+M),v)
    w=scheduling.approve(w,by=desk(),now=NOW+M); sent(w)
    w=attempt("undo approve sent",lambda: scheduling.undo(w,by=desk(),now=NOW+3*M),w)
    w=scheduling.decline(w,by=desk(),now=NOW+3*M); sent(w)
    attempt("undo decline sent",lambda: scheduling.undo(w,by=desk(),now=NOW+5*M),w)
