-- ages: since when queued jobs wait. It comes between places.lua and limits.lua; scripts that only look use it.

-- When the oldest of the queued jobs of an index came that nothing holds back, and the oldest of those that are held
-- back, unix ms; nil = there are none. A place tells when its job came, so this looks at the first job of each level
-- that has any. A job that was replayed or retried has been there since then.
local function oldest_in(queued)
  local runnable, held_back, level = nil, nil, -1
  while true do
    local row = redis.call('ZRANGE', queued, ms((level + 1) * LEVEL), '+inf', 'BYSCORE', 'LIMIT', 0, 1, 'WITHSCORES')
    if not row[1] then return runnable, held_back end
    level = math.floor(tonumber(row[2]) / LEVEL)
    local came = math.floor((tonumber(row[2]) % LEVEL + SINCE_US) / 1000)
    if level * LEVEL == HELD_BACK then held_back = came else runnable = math.min(runnable or came, came) end
  end
end
