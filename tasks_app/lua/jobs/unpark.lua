-- unpark: jobs that were parked behind a gate go back to their places in line when it is open again.
--
-- KEYS[1] {jobs}:events
-- ARGV[1] most jobs of one gate
--
-- Returns {jobs put back, wake-ups}. No event: they were queued all the time. Cost O(gates + jobs).

local back = 0
for _, gate in ipairs(redis.call('SMEMBERS', FAMILY .. 'parked')) do
  if redis.call('HEXISTS', FAMILY .. 'closed', gate) == 0 then
    for _, id in ipairs(redis.call('LPOP', FAMILY .. 'parked:' .. gate, ARGV[1]) or {}) do
      local f = redis.call('HMGET', record(id), FIELD.state, FIELD.type, 'priority', 'key')
      local score = f[1] == 'queued' and tonumber(redis.call('ZSCORE', index(f[2], 'queued'), id) or 0)
      if score and score >= PARKED then
        enter(f[2], id, f[4], level_of(f[3] or 0) * LEVEL + score % LEVEL)
        back = back + 1
      end
    end
    if redis.call('EXISTS', FAMILY .. 'parked:' .. gate) == 0 then redis.call('SREM', FAMILY .. 'parked', gate) end
  end
end
return { back, wakes() }
