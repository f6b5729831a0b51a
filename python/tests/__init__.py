"""Tests of the Python package, with nothing but the standard library: they run on each interpreter from 3.9 on."""
