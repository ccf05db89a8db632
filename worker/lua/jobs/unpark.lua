-- unpark: jobs parked behind a gate that is open again go back in line.
--
-- KEYS[1] {jobs}:events
-- ARGV[1] most jobs of one gate   ARGV[2] ms after which a queued job is published again
--
-- Returns {id, type, priority} of each, in the order in which they were parked, for the clock to publish at once,
-- however long the queue is: they have waited. No event: they were queued all the time. Cost O(gates + jobs).

local waiting = {}
for _, gate in ipairs(redis.call('SMEMBERS', '{jobs}:parked')) do
  if redis.call('HEXISTS', '{jobs}:closed', gate) == 0 then
    for _, id in ipairs(redis.call('LPOP', '{jobs}:parked:' .. gate, ARGV[1]) or {}) do
      local f = redis.call('HMGET', record(id), 'state', 'type', 'priority')
      if f[1] == 'queued' then
        redis.call('ZADD', index(f[2], 'queued'), 'XX', ms(now + tonumber(ARGV[2])), id)
        waiting[#waiting + 1] = { id, f[2], f[3] or '0' }
      end
    end
    if redis.call('EXISTS', '{jobs}:parked:' .. gate) == 0 then redis.call('SREM', '{jobs}:parked', gate) end
  end
end
return waiting
