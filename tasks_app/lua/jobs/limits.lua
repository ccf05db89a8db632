-- limits: how many jobs of a type, and of each key in it, may start now, by its rules (type_rules.py) and pauses.

local WHEN_FREE = 2 ^ 52 -- a key rests until one of its jobs ends or it is resumed, not until a time
local NONE, rules = {}, {}

local function rules_of(type)
  if not rules[type] then
    local text = redis.call('HGET', KEY.rules(), type)
    rules[type] = text and cjson.decode(text) or NONE
  end
  return rules[type]
end

-- How many more jobs may start now by a rate {jobs, ms}; if none, when the next may, unix ms.
local function left_of(rate, key)
  local since, now_text = '(' .. ms(now - rate[2]), ms(now)
  local left = rate[1] - redis.call('ZCOUNT', key, since, now_text)
  if left > 0 then return left end
  local first = redis.call('ZRANGE', key, since, now_text, 'BYSCORE', 'LIMIT', 0, 1, 'WITHSCORES')
  return 0, tonumber(first[2]) + rate[2]
end

-- How many jobs of a type may start now by its own limits; if a rate allows none, when the next may.
local function room(type)
  local rule, most, opens = rules_of(type), math.huge, nil
  if rule.at_once then most = rule.at_once - redis.call('ZCARD', KEY.index(type, 'active')) end
  if rule.rate and most > 0 then
    local left
    left, opens = left_of(rule.rate, KEY.starts(type))
    most = math.min(most, left)
  end
  return most, opens
end

local any_key_is_paused = nil -- nil = this script has not looked

-- However many keys are paused, this looks at one.
local function is_key_paused(type, key)
  if any_key_is_paused == nil then any_key_is_paused = redis.call('EXISTS', KEY.paused_keys()) == 1 end
  return any_key_is_paused and redis.call('HEXISTS', KEY.paused_keys(), 'key:' .. type .. '/' .. key) == 1
end

-- Until when a key may start no job: nil = it may start now, WHEN_FREE, or unix ms. A paused key rests until somebody
-- resumes it, which `stand` (backlog.lua) then notices.
local function rests_until(type, key)
  local rule = rules_of(type)
  if is_key_paused(type, key) then return WHEN_FREE end
  if rule.key_at_once and redis.call('SCARD', KEY.under_way(type, key)) >= rule.key_at_once then return WHEN_FREE end
  if rule.key_rate then return select(2, left_of(rule.key_rate, KEY.key_starts(type, key))) end
end

local function note_start(key, rate, id, fence)
  redis.call('ZREMRANGEBYSCORE', key, '-inf', ms(now - rate[2]))
  redis.call('ZADD', key, ms(now), id .. ' ' .. fence)
  redis.call('PEXPIRE', key, rate[2])
end
