"""Migrations as a bad version might bring them, for an app the first version had not: one does harm, the next one fails."""
