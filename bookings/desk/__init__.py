"""The front desk's own pages inside the admin. Each reads a form, calls one verb of `bookings.scheduling`, and renders."""
