-- unpark: jobs parked behind a gate that is open again go back in line, to be published at once.
--
-- KEYS[1] {jobs}:events
-- ARGV[1] most jobs of one gate
--
-- Returns how many. No event: they were queued all the time. Cost O(gates + jobs).

local moved = 0
for _, gate in ipairs(redis.call('SMEMBERS', '{jobs}:parked')) do
  if redis.call('HEXISTS', '{jobs}:closed', gate) == 0 then
    for place, id in ipairs(redis.call('LPOP', '{jobs}:parked:' .. gate, ARGV[1]) or {}) do
      local f = redis.call('HMGET', record(id), 'state', 'type')
      -- Long overdue, and in the order in which they were parked.
      if f[1] == 'queued' then redis.call('ZADD', index(f[2], 'queued'), 'XX', place, id) end
      moved = moved + 1
    end
    if redis.call('EXISTS', '{jobs}:parked:' .. gate) == 0 then redis.call('SREM', '{jobs}:parked', gate) end
  end
end
return moved
