-- replay: queue a failed job again, with all its attempts.
--
-- KEYS[1] {jobs}:events
-- ARGV[1] job id   ARGV[2] ms after which a queued job is published again
--
-- Returns {"queued", type, priority} | {"refused", state} | {"unknown"}
-- Event   replayed. Cost O(log n).
--
-- The fence never goes back, so the attempts made so far are written off instead.

local id = ARGV[1]
local job = running(id)
if not job then return { 'unknown' } end
if job.state ~= 'failed' then return { 'refused', job.state } end
redis.call('HSET', record(id), 'state', 'queued', 'off', ms(job.claims))
redis.call('HDEL', record(id), 'error', 'finished', 'progress', 'progress_data', 'ends', 'stalls')
move(id, job.type, job.batch, 'failed', 'queued', now + tonumber(ARGV[2]))
tell('replayed', id, job.type, job.batch)
return { 'queued', job.type, redis.call('HGET', record(id), 'priority') or '0' }
