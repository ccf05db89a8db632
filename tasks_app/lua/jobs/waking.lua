-- waking: wake-ups, messages that make a slot take a turn at a type (worker/jobs/turns.py); no more than there is work
-- for.
--
-- It comes between events.lua and unique.lua, before every script of a job.

local CHUNK_US = 50000 -- a slot claims as much as it does in this time
local USUAL_US = { jobs = CHUNK_US, reservations = 250, notifications = 1000 } -- us a job, until it is measured

local function from_now(key) return redis.call('ZCOUNT', key, '(' .. ms(now), ms(now + STEP)) end

local paces, paused = {}, {} -- type -> us, or false; type -> is it or its queue paused

-- How long a job of this type takes, us, as slots measured it; nil = not known yet.
local function pace_of(type)
  if paces[type] == nil then paces[type] = tonumber(redis.call('HGET', KEY.paces(), type) or nil) or false end
  return paces[type] or nil
end

local function is_paused(type)
  if paused[type] == nil then
    local found = redis.call('HMGET', KEY.pauses(), 'type:' .. type, 'queue:' .. lane_of(type))
    paused[type] = (found[1] or found[2]) and true or false
  end
  return paused[type]
end

local function slots(lane)
  local sum = 0
  for _, row in ipairs(redis.call('ZRANGE', KEY.slots(lane), '(' .. ms(now), ms(now + STEP), 'BYSCORE')) do
    sum = sum + tonumber(row:match('%d+$'))
  end
  return sum
end

local function waits_here(type, member) return member:match('^%S+ (.*)$') == type end

-- Turns that found no jobs linger for a moment: `members` do, in this lane. This calls one of this type, which is
-- faster than any message; and it tells as many of other types to end as wake-ups are sent, or the messages would wait
-- for them.
local function call_lingering(type, own, most, members)
  for _, member in ipairs(members) do
    local token = member:match('^%S+')
    if most > 0 and waits_here(type, member) == own then
      most = most - 1
      redis.call('ZREM', KEY.lingering(lane_of(type)), member)
      redis.call('RPUSH', KEY.call(token), own and 'come' or 'end')
      redis.call('PEXPIRE', KEY.call(token), 1000)
      if own then redis.call('ZADD', KEY.turns(type), ms(now + 200), token) end
    end
  end
end

-- How many jobs the keys in the ring have, at least: those of the first keys, and one of each other.
local function in_ring(type)
  local ring = KEY.ring(type)
  local count = redis.call('ZCARD', ring)
  for _, key in ipairs(redis.call('ZRANGE', ring, 0, 9)) do
    count = count + redis.call('ZCARD', KEY.key_backlog(type, key)) - 1
  end
  return count
end

-- How many jobs of a type could start now if there were enough slots, and the level of the first.
local function ready(type)
  local queued, count = KEY.index(type, 'queued'), 0
  local first = tonumber(redis.call('ZRANGE', queued, 0, 0, 'WITHSCORES')[2] or HELD_BACK)
  if first < HELD_BACK then count = redis.call('ZCOUNT', queued, '-inf', '(' .. ms(HELD_BACK)) end
  if not has_keys(type) then return count, math.floor(first / LEVEL) end
  first = math.min(first, HELD_BACK)
  rouse(type)
  local keys = redis.call('ZRANGE', KEY.ring(type), 0, 0, 'WITHSCORES')
  if keys[1] then
    local rule = rules_of(type)
    if rule.key_at_once or rule.key_rate then -- then each key in the ring may start at least one
      count = count + redis.call('ZCARD', KEY.ring(type))
    elseif redis.call('EXISTS', KEY.resting(type)) == 1 then -- some keys are paused
      count = count + in_ring(type)
    else
      count = count + redis.call('ZCOUNT', queued, ms(KEYED), '+inf')
    end
    first = math.min(first, tonumber(keys[2]))
  end
  return count, math.floor(first / LEVEL)
end

-- How many slots this many jobs could keep busy.
local function need_of(jobs, pace) return math.ceil(math.min(jobs, jobs * pace / CHUNK_US)) end

-- Note the wake-ups that a type lacks, one for each slot that jobs ready to start could keep busy, and add them to
-- `rows`. A wake-up counts until a turn starts with it, or maintenance finds it lost (wake.lua); a turn counts while it
-- will be back soon. The most urgent job gets a message of its level, or it would wait behind less urgent jobs of other
-- types. A slow type of weight 3 may have three messages per slot in the queue, so three turns while others have one;
-- fast types have longer turns instead (turns.py).
local function summon(type, rows)
  local queued = redis.call('ZCARD', KEY.index(type, 'queued')) -- no more can start
  if queued == 0 then return end
  local pace = pace_of(type) or USUAL_US[lane_of(type)]
  local at_work, sent = from_now(KEY.turns(type)), redis.call('ZRANGE', KEY.wake_ups(type), 0, -1)
  local lingering, is_called = KEY.lingering(lane_of(type)), false
  local members = redis.call('ZRANGE', lingering, '(' .. ms(now), ms(now + STEP), 'BYSCORE')
  for _, member in ipairs(members) do is_called = is_called or waits_here(type, member) end
  local urgent = at_work > 0
  if urgent and not is_called and need_of(queued, pace) <= #sent + at_work then return end
  if is_paused(type) or has_processor(type) then return end

  local waiting, level = ready(type)
  local left = waiting > 0 and room(type) or 0
  if left <= 0 then return end
  if is_called then call_lingering(type, true, 1, members) end
  local need = need_of(math.min(waiting, left), pace)
  for _, token in ipairs(sent) do urgent = urgent or tonumber(token:sub(1, 1)) <= level end
  local missing = need - #sent - at_work
  if missing > 0 then
    local most = math.max(slots(lane_of(type)), 1) * (pace >= CHUNK_US and rules_of(type).weight or 1)
    missing = math.min(missing, most - #sent - at_work)
  end
  if missing < 1 and not urgent then missing = 1 end
  if missing > 0 and members[1] then call_lingering(type, false, missing, members) end
  for _ = 1, missing do
    places = places + 1
    local token = string.format('%d-%d', level, clock[1] * 1000000 + clock[2] + places)
    redis.call('ZADD', KEY.wake_ups(type), ms(now), token)
    rows[#rows + 1] = { type, level, token }
  end
end

-- The end of a script that queues jobs: write the events, and return the wake-ups to publish, {type, level, token} of
-- each.
local function wakes()
  write_events()
  local rows = {}
  for type in pairs(stirred) do summon(type, rows) end
  return rows
end
