-- rate_limit: when the next sends to one provider may happen, to keep their rate (GCRA); for sends that are far away,
-- when to ask again.
--
-- KEYS[1] {notices}:rate:<scope>   KEYS[2] {notices}:line:<scope>
-- ARGV[1] ms between two sends   ARGV[2] sends that may happen at once   ARGV[3] how many are asked for
-- ARGV[4] how far ahead a moment may be granted, ms   ARGV[5] how far ahead a moment to ask again may lie, ms
--
-- Returns {{ms to wait for the first, for the second, ...}, {ms after which to ask again, for each of the others}}.
-- Granted moments are taken. No event. Cost O(asked).
--
-- KEYS[1] is the theoretical arrival time: the moment at which all sends so far would end if they came evenly. Time is
-- the server's, so all workers share one rate. The key expires when the bucket is full again. A time that this rate and
-- burst cannot reach was written under a slower rate: it may delay the next sends by at most ARGV[4].
--
-- KEYS[2] is the tail: when the last of the sends that must wait asks again. They come back one after the other, at the
-- rate, half of ARGV[4] early, so that each asks about once more and no moment is missed. A moment to ask is no grant,
-- so cancelled jobs cost time but never break the rate. They cost little: once nobody asks, the tail is soon forgotten,
-- and it is never further away than ARGV[5] or ten sends. A send that comes later asks again at some moment in the
-- second half of that time.

local clock = redis.call('TIME')
local now = clock[1] * 1000 + clock[2] / 1000
local interval, burst, asked = tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[3])
local horizon, longest = tonumber(ARGV[4]), math.max(tonumber(ARGV[5]), 10 * interval)

local kept = tonumber(redis.call('GET', KEYS[1]) or 0)
local arrival = math.min(math.max(kept, now), now + horizon + burst * interval)
local idle, raised = arrival == now, kept > arrival + 1
local granted, later = {}, {}
local function wait() return math.max(arrival - now - (burst - 1) * interval, 0) end
while #granted < asked and wait() <= horizon do
  granted[#granted + 1] = math.ceil(wait())
  arrival = arrival + interval
end
if #granted > 0 or raised then
  redis.call('SET', KEYS[1], string.format('%.3f', arrival), 'PX', math.ceil(arrival - now) + 1000)
end

local rest = asked - #granted
if rest > 0 then
  local last = not idle and not raised and tonumber(redis.call('GET', KEYS[2])) or 0
  local tail = math.max(math.min(last, now + longest + interval), now + wait())
  while #later < rest and tail - now <= longest do
    later[#later + 1] = math.ceil(math.max(tail - now - horizon / 2, 0))
    tail = tail + interval
  end
  local full = rest - #later
  for i = 1, full do later[#later + 1] = math.ceil(longest * (0.5 + 0.5 * i / full)) end
  redis.call('SET', KEYS[2], string.format('%.3f', tail), 'PX', math.ceil(tail - now) + 1000)
end
return { granted, later }
