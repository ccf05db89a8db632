-- taking: records new jobs, for the scripts that take a request in. It is put between prelude.lua and them.
--
-- A part of a request is JSON: [id of the request (its batch, or its one job), fingerprint of the request ("" = none),
-- job, ...], a job [id, type, delay ms, due unix ms (0 = none), batch, fingerprint, error (JSON; "" = none), record (fields
-- and values, flat), unique if it is: {return | replace | refuse, queued | unfinished | ms, key}].
--
-- Each job becomes queued, delayed when it is due later, or failed. Events queued | delayed | failed. Cost O(jobs).
--
-- Only an id that was derived can be known already, so only jobs with a fingerprint are looked up. A batch is there even
-- when all of its jobs were known from elsewhere. It outlives the records of its jobs, and lists them: while it lives, a
-- repeated request finds those that are forgotten there.

local WORDS = { queued = 'new', delayed = 'later', failed = 'failed' }
local listed, known, anew = {}, {}, {}
-- What is written once an index and batch, however many jobs there are: the scores and ids of those queued by type, and
-- of each batch the ids of its new jobs and how many are in which state.
local lines, batches = {}, {}
local keyed, keys = {}, {} -- of jobs with a key also: type and key -> as lines, and these in the order of their arrival

local function add(line, score, id)
  line[#line + 1] = ms(score)
  line[#line + 1] = id
end

-- How a job with a fingerprint was answered that was not recorded, as another one held its key; for an hour.
local MET_MS = 3600000
local function met_key(id) return FAMILY .. 'met:' .. id end

local function staged(token) return FAMILY .. 'staged:' .. token end
local function counters(batch) return FAMILY .. 'batch:' .. batch end

local function open_batch(batch, fingerprint)
  if batches[batch] then return end
  batches[batch] = { ids = {}, states = {} }
  local key = counters(batch)
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

-- Those of a part's jobs whose records are forgotten: they stand in the list of its batch, one after the other. A search
-- goes through the whole list, which may be long, so few are made; who finds none, adds to it.
local SEARCHES = 10
local function forgotten(part)
  local found, request, searches = {}, part[1], 0
  if redis.call('HGET', counters(request), 'gone') ~= '1' then return found end
  for i = 3, #part do
    local id = part[i][1]
    if searches < SEARCHES and redis.call('EXISTS', record(id)) == 0 then
      searches = searches + 1
      local place = redis.call('LPOS', counters(request) .. ':jobs', id)
      if place then
        for _, one in ipairs(redis.call('LRANGE', counters(request) .. ':jobs', place, place + #part - 3)) do
          found[one] = redis.call('EXISTS', record(one)) == 0
        end
        return found
      end
    end
  end
  return found
end

-- Find out which jobs of a part are known. Returns whether one of them is another request's, and whether any is new.
local function look(part)
  local gone, conflict, some_new = part[2] ~= '' and forgotten(part) or {}, false, false
  for i = 3, #part do
    local id, batch, own, error, unique = part[i][1], part[i][5], part[i][6], part[i][7], part[i][9]
    local kept = own ~= '' and redis.call('HGET', record(id), 'fp')
    conflict = conflict or kept and kept ~= own
    anew[id] = own == 'dedup' and kept == own and error == '' and unsent(id, batch)
    known[id] = kept and not anew[id] or gone[id]
    local met = unique and own ~= '' and not kept and redis.call('GET', met_key(id))
    if met then
      local fingerprint, word = met:match('^(.-)\n(.*)$')
      conflict, known[id] = conflict or fingerprint ~= own, 'known ' .. word
    end
    local is_joining = unique and unique[1] ~= 'refuse' and holder(part[i][2], unique[3])
    some_new = some_new or not (known[id] or is_joining)
  end
  return conflict, some_new
end

-- Would the types of the new jobs that have no jobs yet be too many?
local function too_many_types(part, most)
  local count, unknown, strangers = redis.call('SCARD', FAMILY .. 'types'), false, {}
  for i = 3, #part do
    local id, type = part[i][1], part[i][2]
    if not known[id] and not listed[type] and not strangers[type] then
      if redis.call('SISMEMBER', FAMILY .. 'types', type) == 1 then
        listed[type] = true
      else
        strangers[type], count = true, count + 1
        unknown = unknown or not (redis.call('SISMEMBER', FAMILY .. 'handled', type) == 1 or has_processor(type))
      end
    end
  end
  return unknown and count > most
end

-- Jobs of this type that wait, those of requests that are taken and not recorded yet among them.
local function waiting(type, jobs_per_part)
  local count = redis.call('ZCARD', index(type, 'queued')) + (lines[type] and #lines[type] / 2 or 0)
  for _, token in ipairs(redis.call('ZRANGE', FAMILY .. 'filling', 0, -1)) do
    if token:match('^%S+ (.*)$') == type then
      count = count + (redis.call('LLEN', staged(token)) - 1) * jobs_per_part
    end
  end
  return count
end

-- A unique job that comes takes its key. One that another held for a time goes on with that time.
local function hold(id, type, unique)
  local name, lasting = unique_key(type, unique[3]), tonumber(unique[2])
  if not lasting then
    redis.call('SET', name, id)
  elseif redis.call('GET', name) ~= id or redis.call('PTTL', name) < 0 then
    redis.call('SET', name, id, 'PX', ms(lasting))
  end
end

-- What keeps a request from being taken, whole: "conflict" when its key was used for another, which is so when the
-- fingerprint kept with its batch, or with one of its jobs, is another one; "full" when some of its jobs are new and too
-- many of the first one's type wait; "types" when it would bring a type that has no jobs, that no worker handles and no
-- processor attends, and there are too many types, since the work of the clock and of lists grows with them; "refused <id> <holder>" when
-- another job holds the key of this one, which does not stand for that. nil = nothing.
-- `limits` are the most queued jobs of one type, the most types that have jobs, and the jobs of a staged part.
local function obstacle(part, limits)
  local request, fingerprint = part[1], part[2]
  if fingerprint ~= '' then
    for _, key in ipairs({ record(request), counters(request) }) do
      local kept = redis.call('HGET', key, 'fp')
      if kept and kept ~= fingerprint then return 'conflict' end
    end
  end
  local conflict, some_new = look(part)
  if conflict then return 'conflict' end
  for i = 3, #part do
    local id, unique = part[i][1], part[i][9]
    local other = unique and unique[1] == 'refuse' and not known[id] and holder(part[i][2], unique[3])
    if other and other ~= id then return 'refused ' .. id .. ' ' .. other end
  end
  if some_new and waiting(part[3][2], limits[3]) >= limits[1] then return 'full' end
  if some_new and too_many_types(part, limits[2]) then return 'types' end
end

-- Forget all of a job but its fence, which never goes back.
local function wipe(id, type)
  local f = redis.call('HMGET', record(id), 'state', 'claims')
  redis.call('ZREM', index(type, f[1]), id)
  redis.call('UNLINK', record(id), FAMILY .. 'log:' .. id)
  if f[2] then redis.call('HSET', record(id), 'claims', f[2], 'off', f[2]) end
end

local function in_parts(command, key, list)
  for from = 1, #list, 1000 do redis.call(command, key, unpack(list, from, math.min(from + 999, #list))) end
end

-- Indexes and batches of all that was taken so far; a script that takes ends with it.
local function write_taken()
  for type, line in pairs(lines) do in_parts('ZADD', index(type, 'queued'), line) end
  for _, one in ipairs(keys) do
    in_parts('ZADD', line_of(one[1], one[2]), one[3])
    stand(one[1], one[2], tonumber(one[3][1]))
  end
  for batch, new in pairs(batches) do
    if #new.ids > 0 then
      in_parts('RPUSH', counters(batch) .. ':jobs', new.ids)
      redis.call('HINCRBY', counters(batch), 'total', #new.ids)
      for state, count in pairs(new.states) do redis.call('HINCRBY', counters(batch), state, count) end
      redis.call('ZADD', FAMILY .. 'batches', ms(now), batch)
    end
    new.ids, new.states = {}, {}
  end
  lines, keys, keyed = {}, {}, {}
end

-- What stands for what a job asks; the rest of a record says which one it is, and what became of it.
local ASKED = { data = true, key = true, priority = true, max = true, backoff = true, ttl = true, title = true,
  unique = true }

-- A job that waits becomes what another one asks for, with all attempts, and keeps its id, and its place among those that
-- wait if it need not wait for a time. Event: queued | delayed.
local function replace(id, job, due)
  write_taken() -- it may be one of those
  local type, fields, asked, priority, key = job[2], job[8], {}, 0, nil
  local f = redis.call('HMGET', record(id), 'state', 'batch', 'key', 'claims', 'off')
  local score = f[1] == 'queued' and tonumber(redis.call('ZSCORE', index(type, 'queued'), id))
  if f[1] == 'queued' then leave(type, id, f[3]) else redis.call('ZREM', index(type, 'delayed'), id) end
  for field in pairs(ASKED) do redis.call('HDEL', record(id), field) end
  redis.call('HDEL', record(id), 'due', 'deferred', 'error', 'progress', 'progress_data', 'ends', 'stalls')
  if f[4] then
    local made = tonumber(f[4]) - tonumber(f[5] or 0)
    for n = math.max(1, made - ATTEMPTS_KEPT + 1), made do redis.call('HDEL', record(id), 'try:' .. ms(n)) end
    redis.call('HSET', record(id), 'off', f[4])
  end
  for i = 1, #fields, 2 do
    if ASKED[fields[i]] then asked[#asked + 1], asked[#asked + 2] = fields[i], fields[i + 1] end
    if fields[i] == 'priority' then priority = fields[i + 1] end
    if fields[i] == 'key' then key = fields[i + 1] end
  end
  local to = due > now and 'delayed' or 'queued'
  redis.call('HSET', record(id), 'state', to, unpack(asked))
  if to == 'delayed' then
    redis.call('HSET', record(id), 'due', ms(due))
    redis.call('ZADD', index(type, 'delayed'), ms(due), id)
  else
    enter(type, id, key, score and level_of(priority) * LEVEL + score % LEVEL or place(priority))
  end
  recount(f[2], f[1], to, 1)
  hold(id, type, job[9])
  tell(to, id, type, f[2], to == 'delayed' and '{"due_ms":' .. ms(due) .. '}' or '{}')
end

-- If another job holds the key of this one, that stands for both, as it is or with what this one asks for; how, and its
-- id. One that has begun stays as it is. Else nil.
local function join(job, due)
  local other, word = holder(job[2], job[9][3]), 'returned '
  if not other or other == job[1] then return nil end
  local state = redis.call('HGET', record(other), 'state')
  if job[9][1] == 'replace' and (state == 'queued' or state == 'delayed') then
    replace(other, job, due)
    word = 'replaced '
  end
  if job[6] ~= '' then redis.call('SET', met_key(job[1]), job[6] .. '\n' .. word .. other, 'PX', MET_MS) end
  return word .. other
end

-- Record a job. Returns new (queued) | later (delayed) | failed | known (the same id and fingerprint), or, if another job
-- holds its key, returned | replaced and the id of that; known before it if the same request came before.
local function take(job, request_fingerprint)
  local id, type, delay, due, batch, fingerprint, error, fields, unique = unpack(job, 1, 9)
  if batch ~= '' then open_batch(batch, request_fingerprint) end
  if known[id] then return known[id] == true and 'known' or known[id] end
  due = math.max(due, now + delay)
  local joined = unique and join(job, due)
  if joined then
    known[id] = fingerprint ~= '' and 'known ' .. joined
    return joined
  end
  if not listed[type] then
    redis.call('SADD', FAMILY .. 'types', type)
    listed[type] = true
  end
  if anew[id] then wipe(id, type) end
  known[id], anew[id] = fingerprint ~= '', false -- it may be in this request twice
  local state, event, told = 'queued', 'queued', '{}'
  if error ~= '' then
    state, event, told = 'failed', 'failed', error
  elseif due > now then
    state, event, told = 'delayed', 'delayed', '{"due_ms":' .. ms(due) .. '}'
  end
  redis.call('HSET', record(id), 'state', state, 'created', ms(now), unpack(fields))
  if state == 'delayed' then redis.call('HSET', record(id), 'due', ms(due)) end
  if state == 'failed' then redis.call('HSET', record(id), 'finished', ms(now)) end
  if batch ~= '' then
    local ids, states = batches[batch].ids, batches[batch].states
    ids[#ids + 1] = id
    states[state] = (states[state] or 0) + 1
  end
  if state == 'queued' then
    local priority, key = 0, nil
    for i = 1, #fields, 2 do
      if fields[i] == 'priority' then priority = fields[i + 1] end
      if fields[i] == 'key' then key = fields[i + 1] end
    end
    local score = place(priority)
    lines[type] = lines[type] or {}
    add(lines[type], key and KEYED + score % LEVEL or score, id)
    if key then
      local both = type .. ':' .. key
      if not keyed[both] then
        keyed[both] = {}
        keys[#keys + 1] = { type, key, keyed[both] }
      end
      add(keyed[both], score, id)
    end
    stirred[type] = true
  else
    redis.call('ZADD', index(type, state), ms(state == 'delayed' and due or now), id)
  end
  if unique then hold(id, type, unique) end
  tell(event, id, type, batch, told)
  return WORDS[state]
end
