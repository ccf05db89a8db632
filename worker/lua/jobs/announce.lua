-- announce: a worker says how many slots it has for which lanes, so that no more wake-ups are sent than can be heard.
--
-- KEYS[1] {jobs}:events
-- ARGV[1] worker   ARGV[2] ms for which this is good   ARGV[3..] per lane: its name, slots
--
-- Returns nothing. No event. Cost O(lanes * log workers).

for i = 3, #ARGV, 2 do
  local key = FAMILY .. 'slots:' .. ARGV[i]
  redis.call('ZREMRANGEBYSCORE', key, '-inf', ms(now))
  redis.call('ZREMRANGEBYSCORE', key, '(' .. ms(now + STEP), '+inf')
  redis.call('ZADD', key, ms(now + tonumber(ARGV[2])), ARGV[1] .. ' ' .. ARGV[i + 1])
  redis.call('PEXPIRE', key, STEP)
end
