"""From an empty machine to a clinic that can be booked: one file of answers, and a check list until all is green."""
