-- resume: let the jobs of a group go on. Maintenance gives those held back their places, and wakes workers.
--
-- KEYS[1] {jobs}:events
-- ARGV[1] group
--
-- Returns {"done"}. No event. Cost O(log pauses).

lift(ARGV[1])
return { 'done' }
