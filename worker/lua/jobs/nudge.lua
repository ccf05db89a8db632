-- nudge: find queued jobs that nobody claimed although their message is long out; it may be lost.
--
-- KEYS[1] {jobs}:events
-- ARGV[1] most jobs of one type   ARGV[2] ms until the next look   ARGV[3..] types
--
-- Returns {id, type, priority} of each, for the clock to publish again. No event: no state changes.
-- Cost O(types + found).
--
-- A processor needs no message, and workers would leave these jobs to it. So while one attends a type, its jobs are
-- passed over; they are overdue at once when it is gone.

-- A look booked later than one that is booked now is of a time before the server's stepped back; but not the year 9999
-- of a parked job, see claim.lua.

local PARKED = '(253402300799000'
local waiting = {}
local latest = now + tonumber(ARGV[2]) + STEP
for i = 3, #ARGV do
  local key, most = index(ARGV[i], 'queued'), has_processor(ARGV[i]) and 0 or ARGV[1]
  for _, id in ipairs(redis.call('ZRANGE', key, '(' .. ms(latest), PARKED, 'BYSCORE', 'LIMIT', 0, most)) do
    redis.call('ZADD', key, ms(latest), id)
  end
  for _, id in ipairs(redis.call('ZRANGE', key, '-inf', now, 'BYSCORE', 'LIMIT', 0, most)) do
    redis.call('ZADD', key, ms(now + tonumber(ARGV[2])), id)
    waiting[#waiting + 1] = { id, ARGV[i], redis.call('HGET', record(id), 'priority') or '0' }
  end
end
return waiting
