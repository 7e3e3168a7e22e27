"""Backups of the whole clinic, their way back, and upgrades that can be undone. What is where: docs/backups.md."""

from clinic.keeping.folder import last_backup
from clinic.keeping.refusals import Refused

__all__ = ["Refused", "last_backup"]
