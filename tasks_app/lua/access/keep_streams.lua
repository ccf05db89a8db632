-- keep_streams: how many event streams of a key one web process has open, if all processes may have so many together.
--
-- KEYS[1] {jobs}:api-streams:<who>
-- ARGV[1] the process   ARGV[2] how many it has open   ARGV[3] how many all may have; "" = any number
-- ARGV[4] ms for which this counts, unless it is said again
--
-- Returns 1, or 0 if there would be too many: then nothing has changed. No event. Cost O(processes).
--
-- KEYS[1] has a field for each process, `<streams>:<until when it counts, ms>`. So a process that was killed stops
-- counting by itself.

local clock = redis.call('TIME')
local now = clock[1] * 1000 + math.floor(clock[2] / 1000)
local mine, lease = tonumber(ARGV[2]), tonumber(ARGV[4])

local sum, fields = mine, redis.call('HGETALL', KEYS[1])
for i = 1, #fields, 2 do
  local count, ends = fields[i + 1]:match('^(%d+):(%d+)$')
  local left = tonumber(ends) - now
  if left <= 0 or left > 2 * lease then -- it was killed, or the server's clock stepped back
    redis.call('HDEL', KEYS[1], fields[i])
  elseif fields[i] ~= ARGV[1] then
    sum = sum + tonumber(count)
  end
end
if ARGV[3] ~= '' and sum > tonumber(ARGV[3]) then return 0 end
if mine == 0 then
  redis.call('HDEL', KEYS[1], ARGV[1])
else
  redis.call('HSET', KEYS[1], ARGV[1], string.format('%d:%d', mine, now + lease))
  redis.call('PEXPIRE', KEYS[1], lease)
end
return 1
