-- replay: queue a failed job again, with all its attempts.
--
-- KEYS[1] {jobs}:events
-- ARGV[1] job id
--
-- Returns {"done", wake-ups} | {"refused", state} | {"unknown"}
-- Event   replayed. Cost O(log n).

local id = ARGV[1]
local job = running(id)
if not job then return { 'unknown' } end
if job.state ~= 'failed' then return { 'refused', job.state } end
queue_again(id, job)
return { 'done', wakes() }
