-- submit: record new jobs, many at a time; each becomes queued, delayed when it is due later, or failed.
--
-- KEYS[1] {jobs}:events
-- ARGV[1] most queued jobs of one type   ARGV[2] most types that have jobs
-- ARGV[3..] per request: number of its jobs, id of the request (its batch, or its one job), fingerprint of the request
--           ("" = none); per job of it: id, type, delay ms, due unix ms (0 = none), batch, fingerprint,
--           error (JSON; "" = none), number of record fields that follow, fields and values
--
-- Returns {answers, wake-ups to be published {type, level, token}}; the answers are, per job, "new" (queued) | "later" (delayed) | "failed" | "known" (same id and fingerprint)
--         | "conflict" | "full" | "types"
-- Events  queued | delayed | failed. Cost O(jobs).
--
-- A request is taken whole or not at all. It is a "conflict" when its key was used for another: when the fingerprint kept
-- with its batch, or with one of its jobs, is another one. It is "full" when some of its jobs are new and too many wait.
-- It is "types" when it would bring a type that has no jobs, that no worker handles and no processor attends, and there
-- are too many types: the work of the clock and of lists grows with them.
-- Only an id that was derived can be known already, so only jobs with a fingerprint are looked up. A batch is there even
-- when all of its jobs were known from elsewhere. It outlives the records of its jobs, and lists them: while it lives, a
-- repeated request finds those that are forgotten there.

local limit, most_types = tonumber(ARGV[1]), tonumber(ARGV[2])
local WORDS = { queued = 'new', delayed = 'later', failed = 'failed' }
local answers, listed, known, anew = {}, {}, {}, {}
-- What is written once an index and batch, however many jobs there are: the scores and ids of those queued by type, and
-- of each batch the ids of its new jobs and how many are in which state.
local lines, batches = {}, {}

local function open_batch(batch, fingerprint)
  if batches[batch] then return end
  batches[batch] = { ids = {}, states = {} }
  local key = FAMILY .. 'batch:' .. batch
  if redis.call('HSETNX', key, 'created', ms(now)) == 1 then
    redis.call('HSET', key, 'total', '0')
    if fingerprint ~= '' then redis.call('HSET', key, 'fp', fingerprint) end
    redis.call('ZADD', FAMILY .. 'batches', ms(now), batch)
  end
end

-- A job known by a dedup_key keeps others from being sent. Not so when nothing was ever sent of it: it was called off
-- before, or its recipient was suppressed, and no attempt is in doubt. The same request that comes again finds it all the
-- same, by the batch.
local function unsent(id, batch)
  local f = redis.call('HMGET', record(id), 'state', 'batch', 'begun', 'doubt', 'error')
  if (batch ~= '' and f[2] == batch) or f[3] or f[4] then return false end
  return f[1] == 'cancelled' or f[1] == 'failed' and cjson.decode(f[5]).code == 'suppressed'
end

-- Those of a request's jobs whose records are forgotten: they stand in the list of its batch, one after the other. `at`
-- is its first job. A search goes through the whole list, which may be long, so few are made; who finds none, adds to it.
local SEARCHES = 10
local function forgotten(at, count, request)
  local found, list = {}, FAMILY .. 'batch:' .. request .. ':jobs'
  if redis.call('HGET', FAMILY .. 'batch:' .. request, 'gone') ~= '1' then return found end
  local searches = 0
  for _ = 1, count do
    local id = ARGV[at]
    if searches < SEARCHES and redis.call('EXISTS', record(id)) == 0 then
      searches = searches + 1
      local place = redis.call('LPOS', list, id)
      if place then
        for _, one in ipairs(redis.call('LRANGE', list, place, place + count - 1)) do
          found[one] = redis.call('EXISTS', record(one)) == 0
        end
        return found
      end
    end
    at = at + 8 + tonumber(ARGV[at + 7])
  end
  return found
end

-- Would these types, which have no jobs, be too many?
local function too_many(strangers)
  local count, unknown = redis.call('SCARD', FAMILY .. 'types'), false
  for type in pairs(strangers) do
    count = count + 1
    unknown = unknown or not (redis.call('SISMEMBER', FAMILY .. 'handled', type) == 1 or has_processor(type))
  end
  return unknown and count > most_types
end

-- What keeps `count` jobs of one request, the first of them at `at`, from being taken; nil = nothing.
local function obstacle(at, count, request, fingerprint)
  if fingerprint ~= '' then
    for _, key in ipairs({ record(request), FAMILY .. 'batch:' .. request }) do
      local kept = redis.call('HGET', key, 'fp')
      if kept and kept ~= fingerprint then return 'conflict' end
    end
  end
  local first, some_new, strangers = ARGV[at + 1], false, {}
  local gone = fingerprint ~= '' and forgotten(at, count, request) or {}
  for _ = 1, count do
    local id, type, batch, own, error = ARGV[at], ARGV[at + 1], ARGV[at + 4], ARGV[at + 5], ARGV[at + 6]
    local kept = own ~= '' and redis.call('HGET', record(id), 'fp')
    if kept and kept ~= own then return 'conflict' end
    anew[id] = own == 'dedup' and kept and error == '' and unsent(id, batch)
    known[id] = kept and not anew[id] or gone[id]
    some_new = some_new or not known[id]
    if not known[id] and not listed[type] and not strangers[type] then
      if redis.call('SISMEMBER', FAMILY .. 'types', type) == 1 then listed[type] = true else strangers[type] = true end
    end
    at = at + 8 + tonumber(ARGV[at + 7])
  end
  if some_new and redis.call('ZCARD', index(first, 'queued')) + (lines[first] and #lines[first] / 2 or 0) >= limit then
    return 'full'
  end
  if next(strangers) and too_many(strangers) then return 'types' end
end

-- Forget all of a job but its fence, which never goes back.
local function wipe(id, type)
  local f = redis.call('HMGET', record(id), 'state', 'claims')
  redis.call('ZREM', index(type, f[1]), id)
  redis.call('UNLINK', record(id), FAMILY .. 'log:' .. id)
  if f[2] then redis.call('HSET', record(id), 'claims', f[2], 'off', f[2]) end
end

-- Record the job at `at`; its answer.
local function take(at, request_fingerprint)
  local id, type, delay, due, batch, fingerprint, error, count = unpack(ARGV, at, at + 7)
  if batch ~= '' then open_batch(batch, request_fingerprint) end
  if known[id] then return 'known' end
  if not listed[type] then
    redis.call('SADD', FAMILY .. 'types', type)
    listed[type] = true
  end
  if anew[id] then wipe(id, type) end
  known[id], anew[id] = fingerprint ~= '', false -- it may be in this request twice
  due = math.max(tonumber(due), now + tonumber(delay))
  local state, event, told = 'queued', 'queued', '{}'
  if error ~= '' then
    state, event, told = 'failed', 'failed', error
  elseif due > now then
    state, event, told = 'delayed', 'delayed', '{"due_ms":' .. ms(due) .. '}'
  end
  redis.call('HSET', record(id), 'state', state, 'created', ms(now), unpack(ARGV, at + 8, at + 7 + tonumber(count)))
  if state == 'delayed' then redis.call('HSET', record(id), 'due', ms(due)) end
  if state == 'failed' then redis.call('HSET', record(id), 'finished', ms(now)) end
  if batch ~= '' then
    local ids, states = batches[batch].ids, batches[batch].states
    ids[#ids + 1] = id
    states[state] = (states[state] or 0) + 1
  end
  if state == 'queued' then
    local priority = 0
    for field = at + 8, at + 7 + tonumber(count), 2 do
      if ARGV[field] == 'priority' then priority = ARGV[field + 1] end
    end
    lines[type] = lines[type] or {}
    local line = lines[type]
    line[#line + 1] = ms(place(priority))
    line[#line + 1] = id
    stirred[type] = true
  else
    redis.call('ZADD', index(type, state), ms(state == 'delayed' and due or now), id)
  end
  tell(event, id, type, batch, told)
  return WORDS[state]
end

local at = 3
while at <= #ARGV do
  local count, request, fingerprint = tonumber(ARGV[at]), ARGV[at + 1], ARGV[at + 2]
  at = at + 3
  local refused = obstacle(at, count, request, fingerprint)
  for _ = 1, count do
    answers[#answers + 1] = refused or take(at, fingerprint)
    at = at + 8 + tonumber(ARGV[at + 7])
  end
end
local function in_parts(command, key, list)
  for from = 1, #list, 1000 do redis.call(command, key, unpack(list, from, math.min(from + 999, #list))) end
end

for type, line in pairs(lines) do in_parts('ZADD', index(type, 'queued'), line) end
for batch, new in pairs(batches) do
  if #new.ids > 0 then
    local counters = FAMILY .. 'batch:' .. batch
    in_parts('RPUSH', counters .. ':jobs', new.ids)
    redis.call('HINCRBY', counters, 'total', #new.ids)
    for state, count in pairs(new.states) do redis.call('HINCRBY', counters, state, count) end
    redis.call('ZADD', FAMILY .. 'batches', ms(now), batch)
  end
end
return { answers, wakes() }
