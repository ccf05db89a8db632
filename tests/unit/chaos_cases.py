"""Histories that each break one invariant of the chaos judge: the change to a sound one, and the judge's sentence."""

from tests.unit import chaos_job_cases, chaos_sale_cases, chaos_story_cases

CASES = {**chaos_job_cases.CASES, **chaos_sale_cases.CASES, **chaos_story_cases.CASES}
