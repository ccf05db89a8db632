-- rule: give a type another weight and other limits, or the defaults again.
--
-- KEYS[1] {jobs}:events
-- ARGV[1] type   ARGV[2] its rules as type_rules.py writes them, "" = the defaults   ARGV[3] most types with rules
--
-- Returns {"done", wake-ups} | {"full"}. No event. Cost O(keys at rest * log keys).
--
-- Resting keys are checked again at once, 500 by this script and the others as turns end and maintenance ticks (`rouse`
-- in backlog.lua). A key that a lower limit keeps waiting is noticed at its turn.

local type, text = ARGV[1], ARGV[2]
if text == '' then
  redis.call('HDEL', KEY.rules(), type)
else
  local known = redis.call('HEXISTS', KEY.rules(), type) == 1
  if not known and redis.call('HLEN', KEY.rules()) >= tonumber(ARGV[3]) then return { 'full' } end
  redis.call('HSET', KEY.rules(), type, text)
end
if redis.call('EXISTS', KEY.resting(type)) == 1 then
  redis.call('ZUNIONSTORE', KEY.resting(type), 1, KEY.resting(type), 'WEIGHTS', 0)
end
stirred[type] = true
return { 'done', wakes() }
