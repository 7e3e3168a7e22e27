"""Benchmarks: `./run bench`. Every figure stands beside a baseline that was taken in the same run, in turns with it.

All of it happens in scratch databases that are made for the run and thrown away after it.
"""
