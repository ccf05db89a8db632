"""Histories that each break one invariant of the chaos judge: what is done to a sound one, and what is said of it."""

from tests.unit import chaos_job_cases, chaos_sale_cases, chaos_story_cases

CASES = {**chaos_job_cases.CASES, **chaos_sale_cases.CASES, **chaos_story_cases.CASES}
