-- allow: how many requests of a key one web process may let in without asking again, at the key's rate (GCRA).
--
-- KEYS[1] {jobs}:api-rate:<who>:<rate>
-- ARGV[1] ms between two requests at this rate   ARGV[2] how many may come at once   ARGV[3] how many it asks for, 0 = none
-- ARGV[4] how many a batch owes that was let in
--
-- Returns {how many it may let in, ms until another may ask, how many are left}. No event. Cost O(1).
--
-- KEYS[1] is the moment at which all requests so far would end if they came evenly, and when that was written. Time is
-- the server's, so all processes share one rate; what was written later than now was written before its clock stepped
-- back. What is granted is taken, used or not. A process gets half of what is left at most, so that the others are not
-- refused while it keeps what it may not need. The key expires when all is left again.

local clock = redis.call('TIME')
local now = clock[1] * 1000 + clock[2] / 1000
local interval, burst, asked, owed = tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[3]), tonumber(ARGV[4])

local kept, written = (redis.call('GET', KEYS[1]) or '0:0'):match('^(.+):(.+)$')
local arrival = math.max(kept - math.max(0, written - now), now) + owed * interval
local function left() return math.floor((now - arrival) / interval + burst + 0.001) end

local granted = math.max(0, math.min(asked, math.max(math.floor(left() / 2), math.min(left(), 1))))
arrival = arrival + granted * interval
if granted + owed > 0 then
  redis.call('SET', KEYS[1], string.format('%.3f:%.3f', arrival, now), 'PX', math.ceil(arrival - now) + 1000)
end
return { granted, math.ceil(math.max(0, arrival - now - (burst - 1) * interval)), math.max(0, left()) }
