-- claim: take those shows and products that the clock has to look at now, for as long as the look may take.
--
-- KEYS[1] the agenda, see tasks_app/keys.py
-- ARGV[1] how many at most   ARGV[2] for how long they are the caller's, ms
--
-- Returns {now in unix ms, the score that stands for this claim, target, its score before, target, ...}
-- Event   none.   Cost O(log n + taken).
--
-- Should the caller die, they are due again after that time. No two claims have the same score: below half a ms it
-- counts microseconds, so `book` sees whether it is still the one that it knows.

local NOW = now()
local claimed = string.format('%.17g', NOW + tonumber(ARGV[2]) + (1 + redis.call('TIME')[2] % 1000) / 2048)
local due = redis.call('ZRANGE', KEYS[1], '-inf', NOW, 'BYSCORE', 'LIMIT', 0, ARGV[1], 'WITHSCORES')
for i = 1, #due, 2 do redis.call('ZADD', KEYS[1], claimed, due[i]) end
return {NOW, claimed, unpack(due)}
