-- wake: the wake-ups that types lack, because messages were lost or no script has counted them.
--
-- KEYS[1] {jobs}:events
-- ARGV[1] ms after which a wake-up is overdue   ARGV[2] number of lanes, then per lane: its name, messages that wait
-- in it   ARGV[..] types
--
-- Returns {wake-ups to be published, {type, level, token} of each; in how many ms a rate lets the next job start, -1 if
--         no rate keeps any waiting}. No event: no state changes. Cost O(types).
--
-- A lane that has a message for each wake-up has lost none: its slots are busy. Otherwise overdue wake-ups count as
-- lost. If one of them starts a turn nevertheless, the turn takes the jobs that there are, or none.

local lasting, lanes = tonumber(ARGV[1]), tonumber(ARGV[2])
local waiting, sent = {}, {}
for i = 3, 2 + 2 * lanes, 2 do waiting[ARGV[i]] = tonumber(ARGV[i + 1]) end
for i = 3 + 2 * lanes, #ARGV do
  local lane = lane_of(ARGV[i])
  sent[lane] = (sent[lane] or 0) + redis.call('ZCARD', KEY.wake_ups(ARGV[i]))
end
for i = 3 + 2 * lanes, #ARGV do
  local type, lane = ARGV[i], lane_of(ARGV[i])
  local overdue = redis.call('ZRANGE', KEY.wake_ups(type), '-inf', ms(now - lasting), 'BYSCORE')
  for _, token in ipairs(redis.call('ZRANGE', KEY.wake_ups(type), '(' .. ms(now + STEP), '+inf', 'BYSCORE')) do
    overdue[#overdue + 1] = token -- written before time stepped back
  end
  for _, token in ipairs(overdue) do
    if sent[lane] <= (waiting[lane] or 0) then
      redis.call('ZADD', KEY.wake_ups(type), ms(now), token)
    else
      redis.call('ZREM', KEY.wake_ups(type), token)
    end
  end
  stirred[type] = true
end

-- The first moment at which a rate that keeps jobs waiting lets one start.
local function opens(type)
  local _, at = room(type)
  local first = redis.call('ZRANGE', KEY.resting(type), '(' .. ms(now), '(' .. ms(WHEN_FREE), 'BYSCORE', 'LIMIT', 0, 1,
    'WITHSCORES')
  return math.min(ready(type) > 0 and at or WHEN_FREE, tonumber(first[2] or WHEN_FREE))
end

local soonest, rows = WHEN_FREE, wakes()
for i = 3 + 2 * lanes, #ARGV do
  if rules_of(ARGV[i]) ~= NONE then soonest = math.min(soonest, opens(ARGV[i])) end
end
return { rows, soonest < WHEN_FREE and math.max(soonest - now, 0) or -1 }
