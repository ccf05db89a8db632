-- replay: queue a failed or cancelled job again, with all its attempts.
--
-- KEYS[1] {jobs}:events
-- ARGV[1] job id   ARGV[2] who replays it   ARGV[3..] changes as in editing.lua
--
-- Returns {"done", wake-ups} | {"refused", state} | {"fixed"} | {"unknown"}
-- Events  edited, replayed. Cost O(log n).

local id = ARGV[1]
local job = running(id)
local answer, state = may_replay(id, job)
if answer ~= 'done' then return { answer, state } end
if not may_edit(job.type, 3) then return { 'fixed' } end
local names = edit(id, ARGV[2], 3)
if names then tell('edited', id, job.type, job.batch, '{"fields":' .. names .. '}') end
queue_again(id, job)
return { answer, wakes() }
