-- reinstate: jobs that were held back return to their places once their group is resumed.
--
-- KEYS[1] {jobs}:events
-- ARGV[1] most jobs of one group
--
-- Returns {jobs put back, wake-ups}. No event: they were queued all the time. Cost O(groups + jobs).

local back = 0
for _, group in ipairs(redis.call('SMEMBERS', FAMILY .. 'parked')) do
  if redis.call('HEXISTS', FAMILY .. 'closed', group) == 0 then
    for _, id in ipairs(redis.call('LPOP', FAMILY .. 'parked:' .. group, ARGV[1]) or {}) do
      local f = redis.call('HMGET', record(id), FIELD.state, FIELD.type, 'priority', 'key')
      local score = f[1] == 'queued' and tonumber(redis.call('ZSCORE', index(f[2], 'queued'), id) or 0)
      if score and score >= HELD_BACK then
        enter(f[2], id, f[4], level_of(f[3] or 0) * LEVEL + score % LEVEL)
        back = back + 1
      end
    end
    if redis.call('EXISTS', FAMILY .. 'parked:' .. group) == 0 then redis.call('SREM', FAMILY .. 'parked', group) end
  end
end
return { back, wakes() }
