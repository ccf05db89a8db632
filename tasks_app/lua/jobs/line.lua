-- line: queued jobs, in the order in which they are done. Keys take turns, and limits keep jobs waiting.
--
-- The score of a queued job without a key is its place: the level of its priority and the microseconds of its arrival
-- since 2025. So the order is fixed when a job comes, whatever happens to messages. A level has room for 35 years, and
-- all levels stay below 2^53: exact in a double. Jobs with a key wait in the line of their key, by the same places.
-- Keys that may begin a job are in the ring, each by the level of its first job and the moment at which its turn came;
-- whenever one of its jobs is claimed, the key goes to the end of its level. A key that its limits keep waiting is at
-- rest instead, where no turn meets it, however many jobs it has.

local LEVEL, SINCE_US = 2 ^ 50, 1735689600000000
local HELD_BACK = 5 * LEVEL -- from here on: held back, as their batch, show or product is paused (turn.lua)
local KEYED = 6 * LEVEL -- from here on: in the line of its key
local WHEN_FREE = 2 ^ 52 -- a key rests until one of its jobs ends, not until a time
local places = 0
local stirred = {} -- types for which this script queued a job, freed a limit, or ended a turn

local function ring(type) return FAMILY .. 'ring:' .. type end
local function resting(type) return FAMILY .. 'resting:' .. type end
local function line_of(type, key) return FAMILY .. 'line:' .. type .. ':' .. key end
local function under_way(type, key) return FAMILY .. 'under-way:' .. type .. ':' .. key end
local function starts(type, key) return FAMILY .. 'starts:' .. type .. (key and ':' .. key or '') end

local function level_of(priority) -- messages.py has the same
  priority = tonumber(priority or 0)
  return priority <= -15 and 0 or priority <= -10 and 1 or priority <= -5 and 2 or priority <= 0 and 3 or 4
end

-- A place of this level for a job that came at `at_ms`, nil = now: after all that this script has placed so far.
local function place_in(level, at_ms)
  local us = at_ms and tonumber(at_ms) * 1000 or clock[1] * 1000000 + clock[2]
  places = places + 1
  return level * LEVEL + math.max(us - SINCE_US, 0) + places
end

local function place(priority, at_ms) return place_in(level_of(priority), at_ms) end

-- ---- Limits (type_rules.py) ----
local NONE, rules = {}, {}

local function rules_of(type)
  if not rules[type] then
    local text = redis.call('HGET', FAMILY .. 'rules', type)
    rules[type] = text and cjson.decode(text) or NONE
  end
  return rules[type]
end

-- How many more jobs may begin now by a rate {jobs, ms}; if none, when the next may, unix ms.
local function left_of(rate, key)
  local since, now_text = '(' .. ms(now - rate[2]), ms(now)
  local left = rate[1] - redis.call('ZCOUNT', key, since, now_text)
  if left > 0 then return left end
  local first = redis.call('ZRANGE', key, since, now_text, 'BYSCORE', 'LIMIT', 0, 1, 'WITHSCORES')
  return 0, tonumber(first[2]) + rate[2]
end

-- How many jobs of a type may begin now by its own limits; if a rate allows none, when the next may.
local function room(type)
  local rule, most, opens = rules_of(type), math.huge, nil
  if rule.at_once then most = rule.at_once - redis.call('ZCARD', index(type, 'active')) end
  if rule.rate and most > 0 then
    local left
    left, opens = left_of(rule.rate, starts(type))
    most = math.min(most, left)
  end
  return most, opens
end

-- Until when a key may begin no job: nil = it may begin now, WHEN_FREE, or unix ms.
local function rests_until(type, key)
  local rule = rules_of(type)
  if rule.key_at_once and redis.call('SCARD', under_way(type, key)) >= rule.key_at_once then return WHEN_FREE end
  if rule.key_rate then return select(2, left_of(rule.key_rate, starts(type, key))) end
end

local function note_start(key, rate, id, fence)
  redis.call('ZREMRANGEBYSCORE', key, '-inf', ms(now - rate[2]))
  redis.call('ZADD', key, ms(now), id .. ' ' .. fence)
  redis.call('PEXPIRE', key, rate[2])
end

-- ---- Keys ----

local keyless = {} -- type -> whether no job in its line has a key, as far as this script has looked

local function has_keys(type)
  if keyless[type] == nil then keyless[type] = redis.call('EXISTS', ring(type), resting(type)) == 0 end
  return not keyless[type]
end

-- Put a key where it belongs: into the ring, at rest, or nowhere if it has no job in line. A key that enters the ring
-- goes to its end, or to `score` if given, the place of a job that has just come.
local function stand(type, key, score)
  keyless[type] = nil
  local first = redis.call('ZRANGE', line_of(type, key), 0, 0, 'WITHSCORES')
  local rests = first[1] and rests_until(type, key)
  if not first[1] or rests then redis.call('ZREM', ring(type), key) end
  if rests then
    redis.call('ZADD', resting(type), ms(rests), key)
    return
  end
  redis.call('ZREM', resting(type), key)
  if not first[1] then return end
  local level, since = math.floor(tonumber(first[2]) / LEVEL), redis.call('ZSCORE', ring(type), key)
  if not since then
    redis.call('ZADD', ring(type), ms(score and level * LEVEL + score % LEVEL or place_in(level)), key)
  elseif math.floor(tonumber(since) / LEVEL) ~= level then -- a more urgent job came or went
    redis.call('ZADD', ring(type), ms(level * LEVEL + tonumber(since) % LEVEL), key)
  end
  stirred[type] = true
end

-- Bring keys back whose rest is over.
local function rouse(type)
  local due = redis.call('ZRANGE', resting(type), '-inf', ms(now), 'BYSCORE', 'LIMIT', 0, 500)
  local longest = (rules_of(type).key_rate or { 0, 0 })[2] -- a later moment was written before time stepped back
  for _, key in ipairs(longest > 0 and redis.call('ZRANGE', resting(type), '(' .. ms(now + longest), '(' .. ms(WHEN_FREE),
    'BYSCORE', 'LIMIT', 0, 500) or {}) do due[#due + 1] = key end
  for _, key in ipairs(due) do stand(type, key) end
end

-- A job takes its place in line. `key` is nil or false for a job without a key.
local function enter(type, id, key, score)
  if key then
    redis.call('ZADD', index(type, 'queued'), ms(KEYED + score % LEVEL), id)
    redis.call('ZADD', line_of(type, key), ms(score), id)
    stand(type, key, score)
  else
    redis.call('ZADD', index(type, 'queued'), ms(score), id)
  end
  stirred[type] = true
end

-- A queued job leaves the line.
local function leave(type, id, key)
  redis.call('ZREM', index(type, 'queued'), id)
  if key then
    redis.call('ZREM', line_of(type, key), id)
    stand(type, key)
  end
end

-- A job is no longer active: others may begin.
local function free(type, id, key)
  if key then
    redis.call('SREM', under_way(type, key), id)
    stand(type, key)
  end
  if rules_of(type).at_once then stirred[type] = true end
end
