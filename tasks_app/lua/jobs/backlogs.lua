-- backlogs: for each type with queued jobs: how many, since when the oldest waits, how long a new job would wait, since
-- when the oldest waits that no pause holds back, and whether somebody knows the type.
--
-- KEYS[1] {jobs}:events
--
-- Returns per type {type, queued, since when the oldest waits (unix ms), ms until a new job starts by its pace and
--         the slots of its lane, -1 when no slot is announced, since when the oldest waits that no pause holds back
--         (unix ms), -1 when there is none, 1 if a live worker or a processor knows the type, else 0}
-- No event: it only reads. Cost O(types * log queued).
--
-- A place tells when the job came into the backlog: so this looks at the first job of each level, of the jobs
-- held back, and of those with keys. A job that was replayed or retried has been there since then.

local function oldest(key, floors)
  local first
  for _, floor in ipairs(floors) do
    local row = redis.call('ZRANGE', key, ms(floor), '(' .. ms(floor + LEVEL), 'BYSCORE', 'LIMIT', 0, 1, 'WITHSCORES')
    local us = row[2] and tonumber(row[2]) % LEVEL
    if us and (not first or us < first) then first = us end
  end
  return first and math.floor((first + SINCE_US) / 1000) or -1
end

local rows = {}
for _, type in ipairs(redis.call('SMEMBERS', KEY.types())) do
  local key = KEY.index(type, 'queued')
  local queued = redis.call('ZCARD', key)
  if queued > 0 then
    local pace = tonumber(redis.call('HGET', KEY.paces(), type) or USUAL_US[lane_of(type)])
    local count = slots(lane_of(type))
    local unpaused = oldest(key, { 0, LEVEL, 2 * LEVEL, 3 * LEVEL, 4 * LEVEL, KEYED })
    local held = oldest(key, { HELD_BACK })
    local first = math.min(unpaused < 0 and held or unpaused, held < 0 and unpaused or held)
    local wait = count > 0 and math.ceil(queued * pace / 1000 / count) or -1
    rows[#rows + 1] = { type, queued, first, wait, is_paused(type) and -1 or unpaused, known(type) and 1 or 0 }
  end
end
return rows
