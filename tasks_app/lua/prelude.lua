-- prelude: what every script of a job shares. It is put before each of them.
--
-- All keys of jobs carry the same hash tag, {jobs}, so they live in one slot, and a script may build their names from
-- the ids that it finds in an index (tasks_app/keys.py has the list). KEYS[1] is always the event stream, and says which
-- family of keys it is.
-- The score of a queued job is its place in line; of any other the time at which the clock has to look at it
-- (keys.py, `index`).

local clock = redis.call('TIME')
local now = clock[1] * 1000 + math.floor(clock[2] / 1000)
math.randomseed(clock[2])

local FAMILY = KEYS[1]:match('^{.-}:')

local function ms(value) return string.format('%d', value) end
local function record(id) return FAMILY .. 'job:' .. id end
local function index(type, state) return FAMILY .. 'index:' .. type .. ':' .. state end
local function attended(type) return FAMILY .. 'attended:' .. type end

-- Time may step back. A moment further ahead than anybody writes was written before such a step, and does not count.
local STEP = 60000 -- ms of allowance, for processes whose settings differ for a while

-- The queue of a type; users' own share one (messages.py).
local LANES = { reserve_seat = 'reservations', reserve_stock = 'reservations', confirm = 'reservations',
  extend = 'reservations', release = 'reservations', create_inventory = 'reservations', restock = 'reservations',
  set_capacity = 'reservations', set_status = 'reservations', push_notification = 'notifications' }

local function lane_of(type) return LANES[type] or 'jobs' end

-- Is there a processor that does the jobs of this type, a user's own? Then workers leave them to it.
local function has_processor(type)
  return lane_of(type) == 'jobs' and redis.call('ZCOUNT', attended(type), '(' .. ms(now), ms(now + STEP)) > 0
end

-- ---- The line: what is queued, in the order in which it is done ----
-- A score is the level of priority and the microseconds of the arrival since 2025. So the order is fixed when a job
-- comes, whatever happens to messages. A level has room for 35 years, and all six stay below 2^53: exact in a double.
local LEVEL, SINCE_US = 2 ^ 50, 1735689600000000
local PARKED = 5 * LEVEL -- from here on: behind a closed gate
local places = 0

local function level_of(priority) -- messages.py has the same
  priority = tonumber(priority or 0)
  return priority <= -15 and 0 or priority <= -10 and 1 or priority <= -5 and 2 or priority <= 0 and 3 or 4
end

-- Where a job of this priority stands that came at `at_ms`, or nil for now: behind all that this script placed so far.
local function place(priority, at_ms)
  local us = at_ms and tonumber(at_ms) * 1000 or clock[1] * 1000000 + clock[2]
  places = places + 1
  return level_of(priority) * LEVEL + math.max(us - SINCE_US, 0) + places
end

-- ---- Wake-ups: messages that make a slot take a turn at a type (worker/turns.py) ----
local CHUNK_US = 50000 -- a slot claims as much as it does in this time
local USUAL_US = { jobs = CHUNK_US, reservations = 250, notifications = 1000 } -- a job takes, until it is measured
local stirred = {} -- types of which this script queued a job, or a turn ended

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

-- Note the wake-ups that a type lacks, as many as slots could be busy with what waits, and add them to `rows`.
-- One that was sent counts until a turn begins with it, or the clock finds it lost (wake.lua); a turn while it is
-- known to be back soon. The most urgent job has a message of its level, or it would wait behind other types' less
-- urgent ones.
local function summon(type, rows)
  local waiting = redis.call('ZCOUNT', index(type, 'queued'), '-inf', '(' .. ms(PARKED))
  if waiting == 0 then return end
  call_lingering(type, true, 1)
  local pace = tonumber(redis.call('HGET', FAMILY .. 'pace', type) or USUAL_US[lane_of(type)])
  local need, running = math.ceil(math.min(waiting, waiting * pace / CHUNK_US)), from_now(turns(type))
  local sent = redis.call('ZRANGE', wake_ups(type), 0, -1)
  local first = redis.call('ZRANGE', index(type, 'queued'), 0, 0, 'WITHSCORES')
  local level, urgent = math.floor(tonumber(first[2]) / LEVEL), running > 0
  for _, token in ipairs(sent) do urgent = urgent or tonumber(token:sub(1, 1)) <= level end
  local missing = need - #sent - running
  if missing > 0 then missing = math.min(missing, math.max(slots(lane_of(type)), 1) - #sent - running) end
  if missing < 1 and not urgent then missing = 1 end
  if missing > 0 then call_lingering(type, false, missing) end
  for _ = 1, missing do
    places = places + 1
    local token = string.format('%d-%d', level, clock[1] * 1000000 + clock[2] + places)
    redis.call('ZADD', wake_ups(type), ms(now), token)
    rows[#rows + 1] = { type, level, token }
  end
end

-- ---- Events: what is told of many jobs of one type and batch is one entry of the stream ----
-- Its fields are always the same and in this order: a stream stores their names once. `job` has the ids, with blanks
-- between, `data` one JSON text for all of them, or one for each with newlines between (tasks_app/events.py, `Entry`).
-- An entry has at most EVENTS, and ends with the one that takes it beyond EVENT_BYTES: readers take 250 at a time.
local EVENTS, EVENT_BYTES = 256, 16384
local entries, open_entries, last_entry, told_in = {}, {}, nil, {} -- told_in: job -> the last entry that tells of it

local function tell(event, id, type, batch, data)
  batch, data = batch or '', data or '{}'
  local entry = last_entry
  if not entry or entry.event ~= event or entry.type ~= type or entry.batch ~= batch then
    entry = open_entries[event .. '\n' .. type .. '\n' .. batch]
  end
  local count = entry and #entry.ids
  -- A job's events keep their order: none goes into an entry before the one that has its last.
  if not entry or count >= EVENTS or entry.bytes >= EVENT_BYTES or (told_in[id] or 0) > entry.at then
    entry = { at = #entries + 1, event = event, type = type, batch = batch, ids = {}, texts = {}, bytes = 0, same = true }
    entries[entry.at], open_entries[event .. '\n' .. type .. '\n' .. batch], count = entry, entry, 0
  end
  entry.ids[count + 1], entry.texts[count + 1] = id, data
  entry.bytes, entry.same = entry.bytes + #data, entry.same and data == entry.texts[1]
  last_entry, told_in[id] = entry, entry.at
end

-- Write what was told. Every script that tells something ends with this, or with wakes(). Beside the stream a number
-- says how many events it holds beyond one an entry: forget.lua keeps so many events, not entries.
local function write_events()
  local beyond = 0
  for _, entry in ipairs(entries) do
    redis.call('XADD', KEYS[1], '*', 'event', entry.event, 'job', table.concat(entry.ids, ' '), 'type', entry.type,
      'batch', entry.batch, 'data', entry.same and entry.texts[1] or table.concat(entry.texts, '\n'))
    beyond = beyond + #entry.ids - 1
  end
  if beyond > 0 then redis.call('INCRBY', KEYS[1] .. ':beyond', beyond) end
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

-- So many jobs of a batch went from one state to another. `batch` may be '' or false, `from` nil.
local function recount(batch, from, to, count)
  local counters = batch and batch ~= '' and FAMILY .. 'batch:' .. batch
  if counters and redis.call('EXISTS', counters) == 1 then -- it may be past its retention: then it stays away
    if from then redis.call('HINCRBY', counters, from, -count) end
    redis.call('HINCRBY', counters, to, count)
    redis.call('ZADD', FAMILY .. 'batches', ms(now), batch)
  end
end

-- Take a job from one state to another: index and batch counters. The caller writes the record and the event.
local function move(id, type, batch, from, to, score)
  if from then redis.call('ZREM', index(type, from), id) end
  redis.call('ZADD', index(type, to), string.format('%.3f', score), id)
  if to == 'queued' then stirred[type] = true end
  recount(batch, from, to, 1)
end

-- How long to wait before the attempt after `made` failed ones, in ms. `json` is Backoff.to_json() or false.
local function backoff_ms(json, made)
  if not json then return 0 end
  local kind, delay, longest, jitter = unpack(cjson.decode(json))
  local wait = delay
  if kind == 'exponential' then wait = delay * 2 ^ math.min(made - 1, 40) end
  wait = math.min(wait, longest)
  return math.floor(wait * (1 - jitter * math.random()))
end

-- A batch counts its jobs by the word for how they ended; one that is past its retention stays away.
local function count_outcome(batch, word, by)
  local counters = batch and batch ~= '' and FAMILY .. 'batch:' .. batch
  if counters and redis.call('EXISTS', counters) == 1 then redis.call('HINCRBY', counters, 'outcome:' .. word, by) end
end

local ATTEMPTS_KEPT = 10 -- the last ones of a job; tasks_app/jobs.py reads them

-- An attempt ended in an error: wait for the next one while any are left, else fail. Event: retrying | failed.
-- `job` is what running() gave; `wait` is the least ms that the handler asked for, or nil; `trace` a JSON text or nil.
-- The attempt is noted in the field `try:` and its number; one that succeeds has no need of it.
local function attempt_failed(id, job, error, permanent, wait, trace)
  local made = job.claims - job.off
  local began = redis.call('HMGET', record(id), 'started', 'worker')
  redis.call('HSET', record(id), 'try:' .. ms(made), '{"started_ms":' .. (began[1] or 'null') .. ',"finished_ms":'
    .. ms(now) .. ',"worker":' .. cjson.encode(began[2] or '') .. ',"error":' .. error .. ',"traceback":'
    .. (trace or 'null') .. '}')
  redis.call('HDEL', record(id), 'try:' .. ms(made - ATTEMPTS_KEPT))
  if permanent or made >= job.max then
    redis.call('HSET', record(id), 'state', 'failed', 'error', error, 'finished', ms(now))
    move(id, job.type, job.batch, 'active', 'failed', now)
    local told = error
    if redis.call('HEXISTS', record(id), 'doubt') == 1 then -- it may have had its effect all the same
      count_outcome(job.batch, 'in_doubt', 1)
      told = error == '{}' and '{"in_doubt":true}' or error:sub(1, -2) .. ',"in_doubt":true}'
    end
    tell('failed', id, job.type, job.batch, told)
    return
  end
  local due = now + math.max(wait or 0, backoff_ms(job.backoff, made))
  redis.call('HSET', record(id), 'state', 'delayed', 'error', error, 'due', ms(due))
  move(id, job.type, job.batch, 'active', 'delayed', due)
  local told = '{"due_ms":' .. ms(due) .. ',"attempts_made":' .. ms(made) .. ',"error":' .. error .. '}'
  tell('retrying', id, job.type, job.batch, told)
end

-- The fields that the scripts about running jobs need; nil for an unknown id.
local function running(id)
  local f = redis.call('HMGET', record(id), 'state', 'type', 'batch', 'claims', 'off', 'stalls', 'max', 'backoff',
    'ttl', 'ends', 'limit')
  if not f[1] then return nil end
  return {
    state = f[1], type = f[2], batch = f[3] or '',
    claims = tonumber(f[4] or 0), -- deliveries claimed; the last one is the fence
    off = tonumber(f[5] or 0),    -- those that do not count as attempts: their lease was lost, or a replay forgave them
    stalls = tonumber(f[6] or 0), -- leases lost since the job was submitted or replayed
    max = tonumber(f[7] or 1), backoff = f[8], ttl = tonumber(f[9] or 0), ends = tonumber(f[10] or 0),
    limit = tonumber(f[11] or 0), -- unix ms at which the attempt has failed, 0 = never
  }
end

-- Call a job off; the caller knows that its state allows it. Event: cancelled.
local function call_off(id, type, batch, state)
  redis.call('HSET', record(id), 'state', 'cancelled', 'finished', ms(now))
  move(id, type, batch, state, 'cancelled', now)
  tell('cancelled', id, type, batch)
end

-- Queue a failed job again with all its attempts, behind those of its level that wait. Event: replayed.
-- The fence never goes back, so the attempts made so far are written off instead.
local function queue_again(id, job)
  redis.call('HSET', record(id), 'state', 'queued', 'off', ms(job.claims))
  redis.call('HDEL', record(id), 'error', 'finished', 'progress', 'progress_data', 'ends', 'stalls')
  if redis.call('HEXISTS', record(id), 'doubt') == 1 then count_outcome(job.batch, 'in_doubt', -1) end
  local made = job.claims - job.off
  for n = math.max(1, made - ATTEMPTS_KEPT + 1), made do redis.call('HDEL', record(id), 'try:' .. ms(n)) end
  move(id, job.type, job.batch, 'failed', 'queued', place(redis.call('HGET', record(id), 'priority') or 0))
  tell('replayed', id, job.type, job.batch)
end

-- Is this job still the one that was claimed with `fence`?
local function ours(job, fence) return job and job.state == 'active' and job.claims == tonumber(fence) end

-- When the clock has to look at an active job: its lease runs out, or its ttl, or its time limit, whichever is first.
local function heard_by(job, lease)
  local deadline = now + lease
  if job.ends > 0 and job.ends < deadline then deadline = job.ends end
  if job.limit > 0 and job.limit < deadline then deadline = job.limit end
  return deadline
end
