-- promote: queue delayed jobs that are due, after the waiting jobs of their level.
--
-- KEYS[1] {jobs}:events
-- ARGV[1] most jobs of one type   ARGV[2..] types
--
-- Returns {jobs queued, wake-ups}. Event queued. Cost O(types + due).

local queued = 0
for i = 2, #ARGV do
  local type = ARGV[i]
  for _, id in ipairs(redis.call('ZRANGE', KEY.index(type, 'delayed'), '-inf', now, 'BYSCORE', 'LIMIT', 0, ARGV[1])) do
    local f = redis.call('HMGET', KEY.job(id), FIELD.batch, 'priority', 'key')
    redis.call('HSET', KEY.job(id), FIELD.state, 'queued')
    move(id, type, f[1], 'delayed', 'queued', place(f[2] or 0), f[3])
    tell('queued', id, type, f[1])
    queued = queued + 1
  end
end
return { queued, wakes() }
