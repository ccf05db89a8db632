-- waiting: what queued jobs wait for.
--
-- KEYS[1] {jobs}:events
-- ARGV    ids of jobs
--
-- Returns per job a JSON object, "" if it is not queued; the first of these that is true:
--         {what: "pause", group, since_ms, by, reason, until_ms}   its type, queue, key, batch, show, product or channel
--         is paused; what is not known of it is missing
--         {what: "worker"}                  no live worker and no processor knows its type
--         {what: "limit", limit: "at_once" | "rate", key, until_ms}   of its key, or of its type (then without `key`)
--         {what: "turn", place, expected_ms}   place 1 is next; expected_ms by the type's pace and its slots
-- No event: it only reads. Cost O(jobs * log n).

local any_pause = redis.call('EXISTS', KEY.pauses(), KEY.paused_keys()) > 0

local function paused_group(id, type, batch, target, key)
  local channel = type == 'push_notification' and channel_of(type, redis.call('HGET', KEY.job(id), FIELD.data))
  for _, group in ipairs({ 'type:' .. type, 'queue:' .. lane_of(type), key and 'key:' .. type .. '/' .. key or '',
    batch and 'batch:' .. batch or '', target or '', channel and 'channel:' .. channel or '' }) do
    local since = group ~= '' and redis.call('HGET', pauses_with(group), group)
    if since then
      local note = cjson.decode(redis.call('HGET', KEY.pause_notes(), group) or '{}')
      if note.since ~= since then note = {} end
      local function said(text) return text and text ~= '' and text or nil end
      return { what = 'pause', group = group, since_ms = tonumber(since), by = said(note.by), reason = said(note.reason),
        until_ms = tonumber(note['until'] or '') }
    end
  end
end

-- The limit that keeps a job waiting, if any.
local function limit_of(type, key)
  local rule = rules_of(type)
  local until_ms = key and rests_until(type, key)
  if until_ms then
    local timed = until_ms < WHEN_FREE
    return { what = 'limit', limit = timed and 'rate' or 'at_once', key = key, until_ms = timed and until_ms or nil }
  end
  local left, opens = room(type)
  if left > 0 then return end
  return { what = 'limit', limit = opens and 'rate' or 'at_once', until_ms = opens }
end

-- How many jobs are done before this job. In one round of the ring, each key has one job done.
local function ahead_of(id, type, key)
  local queued, before = KEY.index(type, 'queued'), redis.call('ZRANK', KEY.index(type, 'queued'), id)
  if not key then
    local score = redis.call('ZSCORE', queued, id)
    return before + redis.call('ZCOUNT', KEY.ring(type), '-inf', '(' .. score)
  end
  local own, turn = redis.call('ZRANK', KEY.key_backlog(type, key), id), redis.call('ZSCORE', KEY.ring(type), key)
  if not own then return before end
  local others = turn and redis.call('ZRANK', KEY.ring(type), key) or redis.call('ZCARD', KEY.ring(type))
  local plain = redis.call('ZCOUNT', queued, '-inf', '(' .. (turn or ms(HELD_BACK)))
  return others + plain + own * math.max(redis.call('ZCARD', KEY.ring(type)), 1)
end

local answers = {}
for i, id in ipairs(ARGV) do
  local f = redis.call('HMGET', KEY.job(id), FIELD.state, FIELD.type, FIELD.batch, FIELD.target, 'key')
  local told
  if f[1] == 'queued' then
    local type, key = f[2], f[5]
    told = any_pause and paused_group(ARGV[i], type, f[3], f[4], key)
    if told then -- nothing else counts
    elseif not known(type) then
      told = { what = 'worker' }
    else
      local ahead = ahead_of(id, type, key)
      local pace = tonumber(redis.call('HGET', KEY.paces(), type) or USUAL_US[lane_of(type)])
      local expected = now + math.floor(ahead * pace / 1000 / math.max(slots(lane_of(type)), 1))
      told = limit_of(type, key) or { what = 'turn', place = ahead + 1, expected_ms = expected }
    end
  end
  answers[i] = told and cjson.encode(told) or ''
end
return answers
