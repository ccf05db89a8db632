-- progress: note how far a job is; a sign of life, so lease and ttl start anew.
--
-- KEYS[1] {jobs}:events
-- ARGV[1] job id   ARGV[2] fence   ARGV[3] per cent 0..100   ARGV[4] data (JSON)   ARGV[5] lease, ms
--
-- Returns 1, or 0 when the fence is stale. Event progress. Cost O(log n).

local id = ARGV[1]
local job = running(id)
if not ours(job, ARGV[2]) then return 0 end
redis.call('HSET', record(id), 'progress', ARGV[3], 'progress_data', ARGV[4])
if job.ttl > 0 then
  job.ends = now + job.ttl
  redis.call('HSET', record(id), 'ends', ms(job.ends))
end
redis.call('ZADD', index(job.type, 'active'), ms(heard_by(job, tonumber(ARGV[5]))), id)
tell('progress', id, job.type, job.batch, '{"progress":' .. ARGV[3] .. ',"data":' .. ARGV[4] .. '}')
return 1
