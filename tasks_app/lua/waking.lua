-- waking: wake-ups, messages that make a slot take a turn at a type (worker/turns.py); as many as there is work for.
--
-- It is put between events.lua and prelude.lua before every script of a job.

local CHUNK_US = 50000 -- a slot claims as much as it does in this time
local USUAL_US = { jobs = CHUNK_US, reservations = 250, notifications = 1000 } -- a job takes, until it is measured

local function wake_ups(type) return FAMILY .. 'wakes:' .. type end
local function turns(type) return FAMILY .. 'turns:' .. type end
local function lingering(type) return FAMILY .. 'lingering:' .. lane_of(type) end -- members: token and type
local function from_now(key) return redis.call('ZCOUNT', key, '(' .. ms(now), ms(now + STEP)) end

local function slots(lane)
  local sum = 0
  for _, row in ipairs(redis.call('ZRANGE', FAMILY .. 'slots:' .. lane, '(' .. ms(now), ms(now + STEP), 'BYSCORE')) do
    sum = sum + tonumber(row:match('%d+$'))
  end
  return sum
end

-- A turn that found nothing stays a moment. One of this type is called, sooner than any message arrives; of others as many
-- as wake-ups are sent are told to end, or the message would wait for them.
local function call_lingering(type, own, most)
  for _, member in ipairs(redis.call('ZRANGE', lingering(type), '(' .. ms(now), ms(now + STEP), 'BYSCORE')) do
    local token, its_type = member:match('^(%S+) (.*)$')
    if most > 0 and (its_type == type) == own then
      most = most - 1
      redis.call('ZREM', lingering(type), member)
      redis.call('RPUSH', FAMILY .. 'call:' .. token, own and 'come' or 'end')
      redis.call('PEXPIRE', FAMILY .. 'call:' .. token, 1000)
      if own then redis.call('ZADD', turns(type), ms(now + 200), token) end
    end
  end
end

-- How many jobs of a type could begin at this moment if there were slots enough, and the level of the first of them.
local function ready(type)
  local queued, first = index(type, 'queued'), PARKED
  local count = redis.call('ZCOUNT', queued, '-inf', '(' .. ms(PARKED))
  if count > 0 then first = tonumber(redis.call('ZRANGE', queued, 0, 0, 'WITHSCORES')[2]) end
  if redis.call('EXISTS', ring(type), resting(type)) == 0 then return count, math.floor(first / LEVEL) end
  rouse(type)
  local keys = redis.call('ZRANGE', ring(type), 0, 0, 'WITHSCORES')
  if keys[1] then
    local rule = rules_of(type)
    local limited = rule.key_at_once or rule.key_rate -- then each key may begin at least one
    count = count + (limited and redis.call('ZCARD', ring(type)) or redis.call('ZCOUNT', queued, ms(KEYED), '+inf'))
    first = math.min(first, tonumber(keys[2]))
  end
  return count, math.floor(first / LEVEL)
end

-- Note the wake-ups that a type lacks, as many as slots could be busy with what may begin, and add them to `rows`.
-- One that was sent counts until a turn begins with it, or the clock finds it lost (wake.lua); a turn while it is
-- known to be back soon. The most urgent job has a message of its level, or it would wait behind other types' less
-- urgent ones. A slow type of weight 3 may have three messages a slot in the queue, so three turns while others have one;
-- quick ones have longer turns instead (turns.py).
local function summon(type, rows)
  local waiting, level = ready(type)
  local left = waiting > 0 and room(type) or 0
  if left <= 0 then return end
  waiting = math.min(waiting, left)
  call_lingering(type, true, 1)
  local pace = tonumber(redis.call('HGET', FAMILY .. 'pace', type) or USUAL_US[lane_of(type)])
  local need, running = math.ceil(math.min(waiting, waiting * pace / CHUNK_US)), from_now(turns(type))
  local sent = redis.call('ZRANGE', wake_ups(type), 0, -1)
  local urgent = running > 0
  for _, token in ipairs(sent) do urgent = urgent or tonumber(token:sub(1, 1)) <= level end
  local missing = need - #sent - running
  if missing > 0 then
    local most = math.max(slots(lane_of(type)), 1) * (pace >= CHUNK_US and rules_of(type).weight or 1)
    missing = math.min(missing, most - #sent - running)
  end
  if missing < 1 and not urgent then missing = 1 end
  if missing > 0 then call_lingering(type, false, missing) end
  for _ = 1, missing do
    places = places + 1
    local token = string.format('%d-%d', level, clock[1] * 1000000 + clock[2] + places)
    redis.call('ZADD', wake_ups(type), ms(now), token)
    rows[#rows + 1] = { type, level, token }
  end
end

-- The end of a script that queues jobs: write the events, and return the wake-ups that are to be published, {type, level,
-- token} of each.
local function wakes()
  write_events()
  local rows = {}
  for type in pairs(stirred) do
    if redis.call('HEXISTS', FAMILY .. 'closed', 'type:' .. type) == 0 and not has_processor(type) then
      summon(type, rows)
    end
  end
  return rows
end
