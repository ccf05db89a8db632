-- log: add a line to the log of a running job; the log keeps the last hundred lines.
--
-- KEYS[1] {jobs}:events
-- ARGV[1] job id   ARGV[2] fence   ARGV[3] line   ARGV[4] the line as JSON
--
-- Returns 1, or 0 when the fence is stale. Event logged. Cost O(1).

local id = ARGV[1]
local job = running(id)
if not ours(job, ARGV[2]) then return 0 end
redis.call('RPUSH', KEY.log(id), ARGV[3])
redis.call('LTRIM', KEY.log(id), -100, -1)
tell('logged', id, job.type, job.batch, '{"line":' .. ARGV[4] .. '}')
write_events()
return 1
