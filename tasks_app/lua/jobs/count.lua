-- count: add what a process counted since its last call, and note what it has open.
--
-- KEYS[1] {jobs}:events
-- ARGV[1] process   ARGV[2] ms for which its own numbers are valid   ARGV[3] its own numbers, JSON; "" = none
-- ARGV[4..] per count: type ("" = of no type), field, how much
--
-- Returns nothing. No event. Cost O(counts + processes).
--
-- A type that has no jobs and no handler any more counts nothing, or its numbers would never go (forget.lua). The other
-- counts are limited in number, whatever a process sends.

local MOST = 20000
local types = {}

local function is_known(type)
  if types[type] == nil then
    types[type] = redis.call('SISMEMBER', KEY.types(), type) == 1
      or redis.call('SISMEMBER', KEY.handled(), type) == 1
  end
  return types[type]
end

local all = KEY.meters()
local left = MOST - redis.call('HLEN', all)
for i = 4, #ARGV, 3 do
  local type, field, by = ARGV[i], ARGV[i + 1], ARGV[i + 2]
  if type ~= '' then
    if is_known(type) then redis.call('HINCRBY', all .. ':' .. type, field, by) end
  elseif left > 0 or redis.call('HEXISTS', all, field) == 1 then
    redis.call('HINCRBY', all, field, by)
    left = left - 1
  else
    redis.call('HINCRBY', all, 'left_out', 1)
  end
end

if ARGV[3] ~= '' then redis.call('HSET', KEY.open_now(), ARGV[1], ms(now + tonumber(ARGV[2])) .. ' ' .. ARGV[3]) end
local rows = redis.call('HGETALL', KEY.open_now())
for i = 1, #rows, 2 do
  local until_ms = tonumber(rows[i + 1]:match('^%d+'))
  if until_ms < now or until_ms > now + STEP then redis.call('HDEL', KEY.open_now(), rows[i]) end
end
