-- forget_job: drop the record of a job that is over, before its retention ends.
--
-- KEYS[1] {jobs}:events
-- ARGV[1] job id
--
-- Returns {"done"} | {"refused", state} | {"unknown"}
-- Event   forgotten. Cost as of `forget_one` in changing.lua.

local answer, state = forget_one(ARGV[1])
write_events()
return { answer, state }
