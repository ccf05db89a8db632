-- claim: take the shows and products that maintenance has to look at now, for as long as the look may take.
--
-- KEYS[1] the agenda, see tasks_app/state/inventory_keys.py
-- ARGV[1] how many at most   ARGV[2] how long they belong to the caller, ms
--
-- Returns the targets.   Event none.   Cost O(log n + taken).
--
-- The look itself schedules the next look. If the caller dies, or the look finds impossible numbers, the target is due
-- again after that time.

local NOW = now()
local due = redis.call('ZRANGE', KEYS[1], '-inf', NOW, 'BYSCORE', 'LIMIT', 0, ARGV[1])
for _, target in ipairs(due) do redis.call('ZADD', KEYS[1], string.format('%d', NOW + tonumber(ARGV[2])), target) end
return due
