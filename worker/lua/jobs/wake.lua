-- wake: the wake-ups that types lack, as messages were lost, or nobody was there to count them.
--
-- KEYS[1] {jobs}:events
-- ARGV[1] ms for which a wake-up is waited for   ARGV[2] number of lanes, then per lane: its name, messages that wait
-- in it   ARGV[..] types
--
-- Returns wake-ups to be published, {type, level, token} of each. No event: no state changes. Cost O(types).
--
-- A lane that has a message for each wake-up has lost none: its slots are busy. Else those that are due are taken for
-- lost. A turn that one of them begins all the same finds what there is, or nothing.

local lasting, lanes = tonumber(ARGV[1]), tonumber(ARGV[2])
local waiting, sent = {}, {}
for i = 3, 2 + 2 * lanes, 2 do waiting[ARGV[i]] = tonumber(ARGV[i + 1]) end
for i = 3 + 2 * lanes, #ARGV do
  local lane = lane_of(ARGV[i])
  sent[lane] = (sent[lane] or 0) + redis.call('ZCARD', wake_ups(ARGV[i]))
end
for i = 3 + 2 * lanes, #ARGV do
  local type, lane = ARGV[i], lane_of(ARGV[i])
  local overdue = redis.call('ZRANGE', wake_ups(type), '-inf', ms(now - lasting), 'BYSCORE')
  for _, token in ipairs(redis.call('ZRANGE', wake_ups(type), '(' .. ms(now + STEP), '+inf', 'BYSCORE')) do
    overdue[#overdue + 1] = token -- of before a step back of the time
  end
  for _, token in ipairs(overdue) do
    if sent[lane] <= (waiting[lane] or 0) then
      redis.call('ZADD', wake_ups(type), ms(now), token)
    else
      redis.call('ZREM', wake_ups(type), token)
    end
  end
  stirred[type] = true
end
return wakes()
