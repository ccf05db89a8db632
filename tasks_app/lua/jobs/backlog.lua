-- backlog: the queued jobs of a type, in the order in which they are done. Keys take turns.
--
-- The score of a job without a key is its place (places.lua). Jobs with a key wait in the backlog of their key, by the
-- same places. Keys that may start a job are in the ring, each by the level of its first job and the moment at which
-- its turn came; whenever one of its jobs is claimed, the key goes to the end of its level. A key that its limits keep
-- waiting is at rest instead, where no turn meets it, however many jobs it has; and so is a paused key. The stored name
-- of a key's backlog, `line`, is older than the word.

local keyless = {} -- type -> whether no job in its backlog has a key, as far as this script has looked

local function has_keys(type)
  if keyless[type] == nil then keyless[type] = redis.call('EXISTS', KEY.ring(type), KEY.resting(type)) == 0 end
  return not keyless[type]
end

-- Put a key where it belongs: into the ring, at rest, or nowhere if none of its jobs is queued. A key that enters the
-- ring goes to its end, or to `score` if given, the place of a job that has just come.
local function stand(type, key, score)
  keyless[type] = nil
  local first = redis.call('ZRANGE', KEY.key_backlog(type, key), 0, 0, 'WITHSCORES')
  local rests = first[1] and rests_until(type, key)
  if not first[1] or rests then redis.call('ZREM', KEY.ring(type), key) end
  if rests then
    redis.call('ZADD', KEY.resting(type), ms(rests), key)
    return
  end
  redis.call('ZREM', KEY.resting(type), key)
  if not first[1] then return end
  local level, since = math.floor(tonumber(first[2]) / LEVEL), redis.call('ZSCORE', KEY.ring(type), key)
  if not since then
    redis.call('ZADD', KEY.ring(type), ms(score and level * LEVEL + score % LEVEL or place_in(level)), key)
  elseif math.floor(tonumber(since) / LEVEL) ~= level then -- a more urgent job came or went
    redis.call('ZADD', KEY.ring(type), ms(level * LEVEL + tonumber(since) % LEVEL), key)
  end
  stirred[type] = true
end

-- Bring keys back whose rest is over.
local function rouse(type)
  local due = redis.call('ZRANGE', KEY.resting(type), '-inf', ms(now), 'BYSCORE', 'LIMIT', 0, 500)
  local longest = (rules_of(type).key_rate or { 0, 0 })[2] -- a later moment was written before time stepped back
  local from, below = '(' .. ms(now + longest), '(' .. ms(WHEN_FREE)
  for _, key in ipairs(longest > 0 and redis.call('ZRANGE', KEY.resting(type), from, below,
    'BYSCORE', 'LIMIT', 0, 500) or {}) do due[#due + 1] = key end
  for _, key in ipairs(due) do stand(type, key) end
end

-- A job takes its place in the backlog. `key` is nil or false for a job without a key.
local function enter(type, id, key, score)
  if key then
    redis.call('ZADD', KEY.index(type, 'queued'), ms(KEYED + score % LEVEL), id)
    redis.call('ZADD', KEY.key_backlog(type, key), ms(score), id)
    stand(type, key, score)
  else
    redis.call('ZADD', KEY.index(type, 'queued'), ms(score), id)
  end
  stirred[type] = true
end

-- A queued job leaves the backlog.
local function leave(type, id, key)
  redis.call('ZREM', KEY.index(type, 'queued'), id)
  if key then
    redis.call('ZREM', KEY.key_backlog(type, key), id)
    stand(type, key)
  end
end

-- A job is no longer active: others may start.
local function free(type, id, key)
  if key then
    redis.call('SREM', KEY.under_way(type, key), id)
    stand(type, key)
  end
  if rules_of(type).at_once then stirred[type] = true end
end
