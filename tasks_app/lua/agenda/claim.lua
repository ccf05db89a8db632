-- claim: take those shows and products that the clock has to look at now, for as long as the look may take.
--
-- KEYS[1] the agenda, see tasks_app/state/keys.py
-- ARGV[1] how many at most   ARGV[2] for how long they are the caller's, ms
--
-- Returns the targets.   Event none.   Cost O(log n + taken).
--
-- The look itself books the next one. Should the caller die, or the look find an inventory that cannot be true, the
-- target is due again after that time.

local NOW = now()
local due = redis.call('ZRANGE', KEYS[1], '-inf', NOW, 'BYSCORE', 'LIMIT', 0, ARGV[1])
for _, target in ipairs(due) do redis.call('ZADD', KEYS[1], string.format('%d', NOW + tonumber(ARGV[2])), target) end
return due
