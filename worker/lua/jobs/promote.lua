-- promote: delayed jobs that are due become queued.
--
-- KEYS[1] {jobs}:events
-- ARGV[1] most jobs of one type   ARGV[2] ms after which a queued job is published again   ARGV[3..] types
--
-- Returns {id, type, priority} of each, for the clock to publish. Event queued. Cost O(types + due).

local due = {}
for i = 3, #ARGV do
  local type = ARGV[i]
  for _, id in ipairs(redis.call('ZRANGE', index(type, 'delayed'), '-inf', now, 'BYSCORE', 'LIMIT', 0, ARGV[1])) do
    local f = redis.call('HMGET', record(id), 'batch', 'priority')
    redis.call('HSET', record(id), 'state', 'queued')
    move(id, type, f[1], 'delayed', 'queued', now + tonumber(ARGV[2]))
    tell('queued', id, type, f[1])
    due[#due + 1] = { id, type, f[2] or '0' }
  end
end
return due
