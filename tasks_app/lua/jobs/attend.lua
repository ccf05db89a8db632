-- attend: a processor says that it does the jobs of a type, so that workers leave the type alone; or that it stops.
--
-- KEYS[1] {jobs}:events
-- ARGV[1] type   ARGV[2] processor   ARGV[3] ms for which this is valid, 0 = it stops
--
-- Returns nothing. Each processor has its own entry, so it removes only that when it leaves. No event.
-- Cost O(log processors).

local marks, lasting = KEY.attended(ARGV[1]), tonumber(ARGV[3])
redis.call('ZREMRANGEBYSCORE', marks, '-inf', ms(now))
if lasting == 0 then
  redis.call('ZREM', marks, ARGV[2])
else
  redis.call('ZADD', marks, ms(now + lasting), ARGV[2])
  redis.call('PEXPIRE', marks, ARGV[3])
end
