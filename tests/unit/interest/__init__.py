"""Tests of the interest arithmetic, with their own day-by-day reference."""
