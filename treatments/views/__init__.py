"""The public pages about what we offer. Nothing here knows a patient."""
