-- recover: jobs whose worker was not heard of in time are queued again; those over their ttl or time limit lost an attempt.
--
-- KEYS[1] {jobs}:events
-- ARGV[1] most jobs of one type   ARGV[2] ms after which a queued job is published again
-- ARGV[3] leases a job may lose before it fails as poison   ARGV[4] lease, ms   ARGV[5..] types
--
-- Returns {id, type, priority} of those queued, for the clock to publish.
-- Events  stalled | retrying | failed. Cost O(types + lost).
--
-- A lease that ends later than one that starts now would, was given before the server's time stepped back. If its worker
-- lives it renews it; else the job comes back as soon as it would have without the step.

local queued = {}
local latest = now + tonumber(ARGV[4]) + STEP
for i = 5, #ARGV do
  local type = ARGV[i]
  for _, id in ipairs(redis.call('ZRANGE', index(type, 'active'), '(' .. ms(latest), '+inf', 'BYSCORE', 'LIMIT', 0, ARGV[1])) do
    redis.call('ZADD', index(type, 'active'), ms(latest), id)
  end
  for _, id in ipairs(redis.call('ZRANGE', index(type, 'active'), '-inf', now, 'BYSCORE', 'LIMIT', 0, ARGV[1])) do
    local job = running(id)
    -- What it began may have happened, whatever the next attempts come to.
    if redis.call('HEXISTS', record(id), 'begun') == 1 then redis.call('HSET', record(id), 'doubt', '1') end
    if job.ends > 0 and job.ends <= now then
      attempt_failed(id, job, '{"code":"ttl_exceeded","message":"TTL exceeded"}', false)
    elseif job.limit > 0 and job.limit <= now then
      attempt_failed(id, job, '{"code":"time_limit","message":"It took longer than its time limit"}', false)
    elseif job.stalls >= tonumber(ARGV[3]) then
      attempt_failed(id, job, '{"code":"poison","message":"Its worker died or went silent too often"}', true)
    else
      redis.call('HSET', record(id), 'state', 'queued', 'stalls', ms(job.stalls + 1), 'off', ms(job.off + 1))
      move(id, type, job.batch, 'active', 'queued', now + tonumber(ARGV[2]))
      tell('stalled', id, type, job.batch, '{"stalls":' .. ms(job.stalls + 1) .. '}')
      queued[#queued + 1] = { id, type, redis.call('HGET', record(id), 'priority') or '0' }
    end
  end
end
return queued
