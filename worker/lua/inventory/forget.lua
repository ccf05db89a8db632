-- forget: remove what is past its retention, ended holds and remembered operations. Sales and the ledger stay.
--
-- KEYS    see prelude.lua
-- ARGV[1] how long they are kept, ms   ARGV[2] how many entries of the ledger to look at, at most
-- ARGV[3] when nothing more is old enough: until the next look, ms. The agenda has it then; 0 = at once
--
-- Returns {how many were removed, 1 when nothing more is old enough}.
-- Event   none.   Cost O(ARGV[2]).
--
-- The ledger lists in order of time what ended, so no index is kept for this: `forgotten` in meta is the entry up to
-- which it was followed. A hold that expired, was taken again and then released, is met twice; while its second end
-- is young, those after its first one wait with it. A message that comes after its hold was forgotten finds no job
-- record either (those live shorter), so nothing is taken twice.

local ENDED = {released = true, expired = true}
local REMEMBERED = {restocked = true, capacity_changed = true, opened = true, closed = true, extended = true}
local too_young = NOW - tonumber(ARGV[1])

local from = redis.call('HGET', META, 'forgotten')
local entries = redis.call('XRANGE', LOG, from and '(' .. from or '-', '+', 'COUNT', ARGV[2])
local last, done, removed = from, #entries < tonumber(ARGV[2]), 0
for _, entry in ipairs(entries) do
  local event, id = entry[2][4], entry[2][6]
  if ENDED[event] then
    local text = redis.call('HGET', HOLDS, id)
    local hold = text and cjson.decode(text)
    if hold and ENDED[hold[STATE]] then
      if hold[FINISHED] >= too_young then done = true break end
      removed = removed + redis.call('HDEL', HOLDS, id)
    end
  elseif REMEMBERED[event] then
    local operation = event == 'extended' and cjson.decode(entry[2][8]).job or id
    local reply = redis.call('HGET', OPS, operation)
    if reply then
      if cjson.decode(reply).at_ms >= too_young then done = true break end
      removed = removed + redis.call('HDEL', OPS, operation)
    end
  end
  last = entry[1]
end
if last and last ~= from then redis.call('HSET', META, 'forgotten', last) end
redis.call('ZADD', FAMILY .. 'agenda:forget', string.format('%d', done and NOW + tonumber(ARGV[3]) or 0), TARGET)
return {removed, done and 1 or 0}
