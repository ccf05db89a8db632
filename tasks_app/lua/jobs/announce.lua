-- announce: a worker says how many slots it has for which lanes, so that no more wake-ups are sent than it can take;
-- what each slot does; which types it can do, so that a job of another type can say what it waits for; and what it is,
-- so that operators see it. It is told what they wish.
--
-- KEYS[1] {jobs}:events
-- ARGV[1] worker   ARGV[2] ms for which this is valid   ARGV[3] what its slots do, JSON (keys.doing)
-- ARGV[4] word of its process, "" = it is not listed   ARGV[5] what it is, JSON (keys.worker)
-- ARGV[6] number of lanes, then per lane: its name, slots   ARGV[..] types
--
-- Returns {"1" while it is to start no job, "" = it may; "1" when it is to end, "" = not}. No event.
-- Cost O(lanes * log workers + types).
--
-- Wishes are for one process: the next of the same name has another word, and begins without any.

local KEPT = 600000 -- ms for which a worker that is silent stays in the list
local name, boot = ARGV[1], ARGV[4]
local wishes = { false, false }
if boot ~= '' then
  local own = KEY.worker(name)
  if redis.call('HGET', own, 'boot') ~= boot then redis.call('DEL', own) end
  redis.call('HSET', own, 'boot', boot, 'facts', ARGV[5])
  redis.call('PEXPIRE', own, 86400000)
  redis.call('ZREMRANGEBYSCORE', KEY.workers(), '-inf', ms(now - KEPT))
  redis.call('ZREMRANGEBYSCORE', KEY.workers(), '(' .. ms(now + KEPT), '+inf') -- written before time stepped back
  redis.call('ZADD', KEY.workers(), ms(now), name)
  wishes = redis.call('HMGET', own, 'quiet', 'stop')
end

local lanes = tonumber(ARGV[6])
local count = lanes > 0 and not wishes[1] and ARGV[8] or '0'
local text = count .. ' ' .. ARGV[3]
local before = redis.call('SET', KEY.doing(name), text, 'PX', math.max(1, tonumber(ARGV[2])), 'GET')
local count_before = (before or text):match('^%d+')
for i = 7, 6 + 2 * lanes, 2 do
  local key = KEY.slots(ARGV[i])
  redis.call('ZREMRANGEBYSCORE', key, '-inf', ms(now))
  redis.call('ZREMRANGEBYSCORE', key, '(' .. ms(now + STEP), '+inf')
  if count_before ~= count then redis.call('ZREM', key, name .. ' ' .. count_before) end
  redis.call('ZADD', key, ms(now + tonumber(ARGV[2])), name .. ' ' .. count)
  redis.call('PEXPIRE', key, STEP)
end
local able, until_text = {}, ms(now + tonumber(ARGV[2]))
for i = 7 + 2 * lanes, #ARGV do
  able[#able + 1] = until_text
  able[#able + 1] = ARGV[i]
end
for at = 1, #able, 1000 do redis.call('ZADD', KEY.able(), unpack(able, at, math.min(at + 999, #able))) end
redis.call('PEXPIRE', KEY.able(), STEP)
return { wishes[1] and '1' or '', wishes[2] and '1' or '' }
