-- ages: since when queued jobs wait. It comes after backlog.lua; scripts that only look use it.

local function came_at(score) return math.floor((tonumber(score) % LEVEL + SINCE_US) / 1000) end

local function earlier(one, other) return one and other and math.min(one, other) or one or other end

-- As `oldest_in`, of the jobs with a key, while keys may be paused: of the first job of each key, for at most LOOK keys
-- in the ring and as many at rest.
local LOOK = 100
local function oldest_of_keys(type)
  local runnable, held_back = nil, nil
  for _, place in ipairs({ KEY.ring(type), KEY.resting(type) }) do
    for _, key in ipairs(redis.call('ZRANGE', place, 0, LOOK - 1)) do
      local first = redis.call('ZRANGE', KEY.key_backlog(type, key), 0, 0, 'WITHSCORES')
      if first[1] and is_key_paused(type, key) then
        held_back = earlier(held_back, came_at(first[2]))
      elseif first[1] then
        runnable = earlier(runnable, came_at(first[2]))
      end
    end
  end
  return runnable, held_back
end

-- When the oldest of the queued jobs of a type came that nothing holds back, and the oldest of those that are held
-- back, unix ms; nil = there are none. A place tells when its job came, so this looks at the first job of each level
-- that has any. A job that was replayed or retried has been there since then.
local function oldest_in(type)
  local runnable, held_back, level = nil, nil, -1
  while true do
    local row = redis.call('ZRANGE', KEY.index(type, 'queued'), ms((level + 1) * LEVEL), '+inf', 'BYSCORE', 'LIMIT', 0, 1,
      'WITHSCORES')
    if not row[1] then return runnable, held_back end
    level = math.floor(tonumber(row[2]) / LEVEL)
    if level * LEVEL == HELD_BACK then
      held_back = earlier(held_back, came_at(row[2]))
    elseif level * LEVEL == KEYED and redis.call('EXISTS', KEY.paused_keys(), KEY.resting(type)) == 2 then
      local unpaused, paused = oldest_of_keys(type)
      if not paused then unpaused = came_at(row[2]) end
      runnable, held_back = earlier(runnable, unpaused), earlier(held_back, paused)
    else
      runnable = earlier(runnable, came_at(row[2]))
    end
  end
end
