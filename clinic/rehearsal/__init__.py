"""Rehearsal: staff practise on a copy of the diary, from which nothing is ever sent.

Two things make it safe, each alone: the settings (CLINIC_REHEARSAL) have no way out, and the copy itself is marked: the
outbox of a marked diary sends nothing under any settings. `docs/decisions/0020-a-rehearsal-is-a-marked-copy.md` says why.
"""
