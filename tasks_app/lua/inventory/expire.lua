-- expire: free holds past their deadline. Only what people see depends on it: reserve itself looks for due holds.
--
-- KEYS    see names.lua
-- ARGV[1] how many holds at most
--
-- Returns {how many were freed, the next deadline in unix ms or -1}. A deadline in the past: more are due. The agenda
--         has that deadline then, or nothing if there is none.
-- Event   expired {lines, was}.   Cost O(1) when nothing is due, otherwise O(due holds * lines + pools).

local function next_deadline()
  local first = redis.call('ZRANGE', EXP, 0, 0, 'WITHSCORES')
  return first[2] and tonumber(first[2]) or -1
end

local function look_next(deadline)
  if deadline < 0 then
    redis.call('ZREM', LOOKS, TARGET)
  else
    redis.call('ZADD', LOOKS, deadline, TARGET)
  end
end

local deadline, freed = next_deadline(), 0
if deadline >= 0 and deadline <= NOW then
  if not open() then impossible('deadlines without an inventory') end
  freed = reap(tonumber(ARGV[1]))
  finish()
  deadline = next_deadline()
end
look_next(deadline)
return {freed, deadline}
