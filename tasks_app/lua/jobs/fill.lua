-- fill: record the next part of a request that commit.lua took.
--
-- KEYS[1] {jobs}:events
-- ARGV[1] token of the request   ARGV[2] ms after which maintenance goes on if the caller does not
--
-- Returns {parts that are left, answers as in submit.lua, wake-ups}; {-1} = nothing was left.
-- Events  queued | delayed | failed. Cost O(jobs of the part).
--
-- One step removes the part and writes the records, so any number of processes may fill.

local list = KEY.staged(ARGV[1])
local text = redis.call('LINDEX', list, 0)
if not text then
  redis.call('ZREM', KEY.filling(), ARGV[1])
  return { -1 }
end
local part, answers = cjson.decode(text), {}
look(part)
for i = 3, #part do answers[#answers + 1] = take(part[i], part[2]) end
write_taken()
redis.call('LPOP', list)
local left = redis.call('LLEN', list) - 1
if left > 0 then
  redis.call('ZADD', KEY.filling(), ms(now + tonumber(ARGV[2])), ARGV[1])
else
  for _, batch in ipairs(cjson.decode(redis.call('LPOP', list))) do
    if redis.call('HINCRBY', KEY.batch(batch), 'filling', -1) <= 0 then redis.call('HDEL', KEY.batch(batch), 'filling') end
  end
  redis.call('ZREM', KEY.filling(), ARGV[1])
end
return { left, answers, wakes() }
