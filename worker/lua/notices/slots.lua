-- slots: the moments at which the next sends to one provider may happen, so that their rate is kept (GCRA).
--
-- KEYS[1] {notices}:rate:<scope>
-- ARGV[1] ms between two sends   ARGV[2] sends that may come at once   ARGV[3] how many are asked for
-- ARGV[4] how far ahead a moment may lie, ms
--
-- Returns {ms to wait for the first, for the second, ...}: those granted, which are then taken; then the ms until it
-- is worth asking for the rest, or -1 when all were granted. No event. Cost O(asked).
--
-- The key holds the theoretical arrival time: when the bucket is as it would be had all sends come evenly. Time is the
-- server's, so all workers share one rate. The key ends when the bucket is full again.

local clock = redis.call('TIME')
local now = clock[1] * 1000 + clock[2] / 1000
local interval, burst = tonumber(ARGV[1]), tonumber(ARGV[2])
local asked, horizon = tonumber(ARGV[3]), tonumber(ARGV[4])
local arrival = math.max(tonumber(redis.call('GET', KEYS[1]) or 0), now)
local answer, rest = {}, -1
for _ = 1, asked do
  local wait = math.max(arrival - now - (burst - 1) * interval, 0)
  if wait > horizon then
    rest = math.ceil(wait)
    break
  end
  answer[#answer + 1] = math.ceil(wait)
  arrival = arrival + interval
end
if #answer > 0 then
  redis.call('SET', KEYS[1], string.format('%.3f', arrival), 'PX', math.ceil(arrival - now) + 1000)
end
answer[#answer + 1] = rest
return answer
