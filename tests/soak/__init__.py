"""The long run: a clinic's weeks at speed, with everything that can break breaking, and the post checked letter by letter.

- `clock`: the one clock of all processes; `world`: the clinic; `fates`: what will happen to whom;
- `driver`: the process that calls the diary's verbs; `ledger`: what the drivers did;
- `machines`: the workers, beats and Redis that are killed; `letters`, `texts`: what arrives;
- `rules`: what must arrive for what was done; `oracle`: the judge of what did; `digests`: the same for clinicians;
- `soaking`: the run itself.
"""
