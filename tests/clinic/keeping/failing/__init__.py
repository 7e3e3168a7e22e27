"""Migrations of `sessions` as a bad version might bring them: one does harm and is kept, the next one fails."""
