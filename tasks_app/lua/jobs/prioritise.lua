-- prioritise: change the priority of a job that has not started.
--
-- KEYS[1] {jobs}:events
-- ARGV[1] job id   ARGV[2] priority
--
-- Returns {"done", wake-ups} | {"refused", state} | {"unknown"}
-- Event   prioritised. Cost O(log n).

local answer, state = prioritise_one(ARGV[1], ARGV[2])
if answer ~= 'done' then return { answer, state } end
return { answer, wakes() }
