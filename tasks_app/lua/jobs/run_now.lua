-- run_now: queue a delayed job before its time, after the waiting jobs of its level; a queued job stays as it is.
--
-- KEYS[1] {jobs}:events
-- ARGV[1] job id
--
-- Returns {"done", wake-ups} | {"refused", state} | {"unknown"}
-- Event   queued. Cost O(log n).

local answer, state = queue_now(ARGV[1])
if answer ~= 'done' then return { answer, state } end
return { answer, wakes() }
