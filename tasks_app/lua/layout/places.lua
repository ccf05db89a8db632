-- places: queued jobs of layout 0 get their places: their level, and the moment of their arrival.
--
-- ARGV[1] type   ARGV[2] most jobs
-- Returns how many. Jobs of the same moment keep their order: each gets a microsecond more than the job before it.
--
-- An old score was the unix ms at which to send the job's message again, or the year 9999 for a job that was
-- held back. A place is larger than the first, which read as a place would be a day in January 2025, and never equals
-- the second, which would be level 0 in 2033.

local LEVEL, SINCE_US = 2 ^ 50, 1735689600000000
local TIMES, NEVER, HELD_BACK = '4000000000000', '253402300799000', 5 * LEVEL
local index, most = '{jobs}:index:' .. ARGV[1] .. ':queued', ARGV[2]

local function level_of(priority)
  return priority <= -15 and 0 or priority <= -10 and 1 or priority <= -5 and 2 or priority <= 0 and 3 or 4
end

local held_back = false
local ids = redis.call('ZRANGE', index, '-inf', TIMES, 'BYSCORE', 'LIMIT', 0, most)
if #ids == 0 then
  held_back = true
  ids = redis.call('ZRANGE', index, NEVER, NEVER, 'BYSCORE', 'LIMIT', 0, most)
end
local count = #ids > 0 and redis.call('HINCRBY', '{jobs}:layout', 'count', #ids) - #ids
for n, id in ipairs(ids) do
  local f = redis.call('HMGET', '{jobs}:job:' .. id, 'state', 'priority', 'created')
  if f[1] == 'queued' then
    local came = math.max((tonumber(f[3]) or 0) * 1000 - SINCE_US, 0) + count + n
    local level = held_back and HELD_BACK or level_of(tonumber(f[2] or 0)) * LEVEL
    redis.call('ZADD', index, string.format('%d', level + came), id)
  else
    redis.call('ZREM', index, id) -- it does not belong here; nothing wrote such an entry
  end
end
return #ids
