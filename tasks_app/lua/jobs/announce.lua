-- announce: a worker says how many slots it has for which lanes, so that no more wake-ups are sent than it can take;
-- what each slot does; and which types it can do, so that a job of another type can say what it waits for.
--
-- KEYS[1] {jobs}:events
-- ARGV[1] worker   ARGV[2] ms for which this is valid   ARGV[3] what its slots do, JSON (keys.doing)
-- ARGV[4] number of lanes, then per lane: its name, slots   ARGV[..] types
--
-- Returns nothing. No event. Cost O(lanes * log workers + types).

local lanes = tonumber(ARGV[4])
local count = lanes > 0 and ARGV[6] or '0'
local text = count .. ' ' .. ARGV[3]
local before = redis.call('SET', KEY.doing(ARGV[1]), text, 'PX', math.max(1, tonumber(ARGV[2])), 'GET')
local count_before = (before or text):match('^%d+')
for i = 5, 4 + 2 * lanes, 2 do
  local key = KEY.slots(ARGV[i])
  redis.call('ZREMRANGEBYSCORE', key, '-inf', ms(now))
  redis.call('ZREMRANGEBYSCORE', key, '(' .. ms(now + STEP), '+inf')
  if count_before ~= ARGV[i + 1] then redis.call('ZREM', key, ARGV[1] .. ' ' .. count_before) end
  redis.call('ZADD', key, ms(now + tonumber(ARGV[2])), ARGV[1] .. ' ' .. ARGV[i + 1])
  redis.call('PEXPIRE', key, STEP)
end
local able, until_text = {}, ms(now + tonumber(ARGV[2]))
for i = 5 + 2 * lanes, #ARGV do
  able[#able + 1] = until_text
  able[#able + 1] = ARGV[i]
end
for at = 1, #able, 1000 do redis.call('ZADD', KEY.able(), unpack(able, at, math.min(at + 999, #able))) end
redis.call('PEXPIRE', KEY.able(), STEP)
