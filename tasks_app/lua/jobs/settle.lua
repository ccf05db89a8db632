-- settle: record how claimed jobs ended.
--
-- KEYS[1] {jobs}:events
-- ARGV    as in settling.lua
--
-- Returns {per job 1, or 0 when the fence is stale, wake-ups}.
-- Events  complete | retrying | failed | snoozed | queued. Cost O(jobs).

return { settle_from(1), wakes() }
