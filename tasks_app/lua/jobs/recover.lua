-- recover: queue jobs again whose worker fell silent; jobs over their ttl or time limit have lost an attempt.
--
-- KEYS[1] {jobs}:events
-- ARGV[1] most jobs of one type   ARGV[2] leases a job may lose before it fails as poison   ARGV[3] lease, ms
-- ARGV[4..] types
--
-- Returns {jobs queued, wake-ups}. A job that lost its worker gets its place by its creation: it has waited.
-- Events  stalled | retrying | failed. Cost O(types + lost).
--
-- A lease that ends later than a lease that starts now was given before the server's time stepped back. If its worker
-- is alive, it renews the lease; otherwise the job comes back as soon as it would have without the step.

local queued = 0
local latest = now + tonumber(ARGV[3]) + STEP
for i = 4, #ARGV do
  local type = ARGV[i]
  local active = KEY.index(type, 'active')
  for _, id in ipairs(redis.call('ZRANGE', active, '(' .. ms(latest), '+inf', 'BYSCORE', 'LIMIT', 0, ARGV[1])) do
    redis.call('ZADD', active, ms(latest), id)
  end
  for _, id in ipairs(redis.call('ZRANGE', active, '-inf', now, 'BYSCORE', 'LIMIT', 0, ARGV[1])) do
    local job = running(id)
    -- The effect that it began may have happened, however the next attempts end.
    if redis.call('HEXISTS', KEY.job(id), 'begun') == 1 then redis.call('HSET', KEY.job(id), 'doubt', '1') end
    if job.ends > 0 and job.ends <= now then
      attempt_failed(id, job, '{"code":"ttl_exceeded","message":"TTL exceeded"}', false)
    elseif job.limit > 0 and job.limit <= now then
      attempt_failed(id, job, '{"code":"time_limit","message":"It took longer than its time limit"}', false)
    elseif job.stalls >= tonumber(ARGV[2]) then
      meter(type, 'poisoned', 1)
      attempt_failed(id, job, '{"code":"poison","message":"Its worker died or went silent too often"}', true)
    else
      redis.call('HSET', KEY.job(id), FIELD.state, 'queued', 'stalls', ms(job.stalls + 1), 'off', ms(job.off + 1))
      local f = redis.call('HMGET', KEY.job(id), 'priority', FIELD.created)
      move(id, type, job.batch, 'active', 'queued', place(f[1] or 0, f[2]), job.key)
      tell('stalled', id, type, job.batch, '{"stalls":' .. ms(job.stalls + 1) .. '}')
      queued = queued + 1
    end
  end
end
return { queued, wakes() }
