-- backlogs: for each type with queued jobs: how many, since when the oldest waits, how long a new job would wait, since
-- when the oldest waits that no pause holds back, and whether somebody knows the type.
--
-- KEYS[1] {jobs}:events
--
-- Returns per type {type, queued, since when the oldest waits (unix ms), ms until a new job starts by its pace and
--         the slots of its lane, -1 when no slot is announced, since when the oldest waits that no pause holds back
--         (unix ms), -1 when there is none, 1 if a live worker or a processor knows the type, else 0}
-- No event: it only reads. Cost O(types * log queued).

local rows = {}
for _, type in ipairs(redis.call('SMEMBERS', KEY.types())) do
  local key = KEY.index(type, 'queued')
  local queued = redis.call('ZCARD', key)
  if queued > 0 then
    local pace = tonumber(redis.call('HGET', KEY.paces(), type) or USUAL_US[lane_of(type)])
    local count = slots(lane_of(type))
    local runnable, held_back = oldest_in(type)
    local first = math.min(runnable or held_back, held_back or runnable)
    local wait = count > 0 and math.ceil(queued * pace / 1000 / count) or -1
    rows[#rows + 1] = { type, queued, first, wait, is_paused(type) and -1 or runnable or -1, known(type) and 1 or 0 }
  end
end
return rows
