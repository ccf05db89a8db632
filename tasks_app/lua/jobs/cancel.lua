-- cancel: cancel a job, if its state allows it.
--
-- KEYS[1] {jobs}:events
-- ARGV[1] job id
--
-- Returns {"done", wake-ups} | {"refused", state} | {"unknown"}
-- Event   cancelled. Cost O(log n).

local answer, state = cancel_one(ARGV[1])
if answer ~= 'done' then return { answer, state } end
return { answer, wakes() }
