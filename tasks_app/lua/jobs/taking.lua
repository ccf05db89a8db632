-- taking: records new jobs. It comes between refusing.lua and the scripts that take a request in.
--
-- A part of a request is JSON: [id of the request (its batch, or its one job), fingerprint of the request ("" = none),
-- job, ...], a job [id, type, delay ms, due unix ms (0 = none), batch, fingerprint, error (JSON; "" = none), record
-- (fields and values, flat), unique if it is: {return | replace | refuse, queued | unfinished | ms, key}].
--
-- Each job becomes queued, delayed if it is due later, or failed. Events queued | delayed | failed. Cost O(jobs).

local WORDS = { queued = 'new', delayed = 'later', failed = 'failed' }
-- Each index and batch is written once, however many jobs there are: the scores and ids of queued jobs by type
-- (`placed` in refusing.lua), and for each batch the ids of its new jobs and how many are in which state.
local batches = {}
local keyed, keys = {}, {} -- the same by type and key, for jobs with a key; and these in order of arrival

local function add(list, score, id)
  list[#list + 1] = ms(score)
  list[#list + 1] = id
end

local function open_batch(batch, fingerprint)
  if batches[batch] then return end
  batches[batch] = { ids = {}, states = {} }
  local key = KEY.batch(batch)
  if redis.call('HSETNX', key, 'created', ms(now)) == 1 then
    redis.call('HSET', key, 'total', '0')
    if fingerprint ~= '' then redis.call('HSET', key, 'fp', fingerprint) end
    redis.call('ZADD', KEY.batches(), ms(now), batch)
  end
end

-- A new unique job takes its key. If another job held the key for a time, that time goes on.
local function take_key(id, type, unique)
  local name, lasting = KEY.unique(type, unique[3]), tonumber(unique[2])
  if not lasting then
    redis.call('SET', name, id)
  elseif redis.call('GET', name) ~= id or redis.call('PTTL', name) < 0 then
    redis.call('SET', name, id, 'PX', ms(lasting))
  end
end

-- Forget everything of a job except its fence, which never decreases.
local function wipe(id, type)
  local f = redis.call('HMGET', KEY.job(id), FIELD.state, FIELD.claims, 'error')
  if f[1] == 'failed' then ungroup_failed(id, type, f[3]) end
  redis.call('ZREM', KEY.index(type, f[1]), id)
  redis.call('UNLINK', KEY.job(id), KEY.log(id))
  if f[2] then redis.call('HSET', KEY.job(id), FIELD.claims, f[2], 'off', f[2]) end
end

local function in_parts(command, key, list)
  for from = 1, #list, 1000 do redis.call(command, key, unpack(list, from, math.min(from + 999, #list))) end
end

-- Write indexes and batches of all that was taken so far; every script that takes jobs ends with this.
local function write_taken()
  for type, list in pairs(placed) do in_parts('ZADD', KEY.index(type, 'queued'), list) end
  for _, one in ipairs(keys) do
    in_parts('ZADD', KEY.key_backlog(one[1], one[2]), one[3])
    stand(one[1], one[2], tonumber(one[3][1]))
  end
  for batch, new in pairs(batches) do
    if #new.ids > 0 then
      in_parts('RPUSH', KEY.batch_jobs(batch), new.ids)
      redis.call('HINCRBY', KEY.batch(batch), 'total', #new.ids)
      for state, count in pairs(new.states) do redis.call('HINCRBY', KEY.batch(batch), state, count) end
      redis.call('ZADD', KEY.batches(), ms(now), batch)
    end
    new.ids, new.states = {}, {}
  end
  placed, keys, keyed = {}, {}, {}
end

-- The fields that say what a job asks for; the other fields say which job it is, and what happened to it.
local ASKED = { [FIELD.data] = true, key = true, priority = true, max = true, backoff = true, ttl = true, title = true,
  unique = true, metadata = true }

-- A waiting job takes over what another job asks for, with all attempts. It keeps its id, and its place unless
-- it has to wait for a time. Event: queued | delayed.
local function replace(id, job, due)
  write_taken() -- it may be among them
  local type, fields, asked, priority, key = job[2], job[8], {}, 0, nil
  local f = redis.call('HMGET', KEY.job(id), FIELD.state, FIELD.batch, 'key', FIELD.claims, 'off')
  local score = f[1] == 'queued' and tonumber(redis.call('ZSCORE', KEY.index(type, 'queued'), id))
  if f[1] == 'queued' then leave(type, id, f[3]) else redis.call('ZREM', KEY.index(type, 'delayed'), id) end
  for field in pairs(ASKED) do redis.call('HDEL', KEY.job(id), field) end
  redis.call('HDEL', KEY.job(id), 'due', 'snoozed', 'error', 'progress', 'progress_data', 'ends', 'stalls')
  if f[4] then
    local made = tonumber(f[4]) - tonumber(f[5] or 0)
    for n = math.max(1, made - ATTEMPTS_KEPT + 1), made do redis.call('HDEL', KEY.job(id), 'try:' .. ms(n)) end
    redis.call('HSET', KEY.job(id), 'off', f[4])
  end
  for i = 1, #fields, 2 do
    if ASKED[fields[i]] then asked[#asked + 1], asked[#asked + 2] = fields[i], fields[i + 1] end
    if fields[i] == 'priority' then priority = fields[i + 1] end
    if fields[i] == 'key' then key = fields[i + 1] end
  end
  local to = due > now and 'delayed' or 'queued'
  redis.call('HSET', KEY.job(id), FIELD.state, to, unpack(asked))
  if to == 'delayed' then
    redis.call('HSET', KEY.job(id), 'due', ms(due))
    redis.call('ZADD', KEY.index(type, 'delayed'), ms(due), id)
  else
    enter(type, id, key, score and level_of(priority) * LEVEL + score % LEVEL or place(priority))
  end
  recount(f[2], f[1], to, 1)
  take_key(id, type, job[9])
  tell(to, id, type, f[2], to == 'delayed' and '{"due_ms":' .. ms(due) .. '}' or '{}')
end

-- If another job holds the unique key of this job, that job stands for both: as it is, or, unless it has started, with
-- what this job asks for. Returns how, and its id; otherwise nil.
local function join(job, due)
  local other, word = holder(job[2], job[9][3]), 'returned '
  if not other or other == job[1] then return nil end
  local state = redis.call('HGET', KEY.job(other), FIELD.state)
  if job[9][1] == 'replace' and (state == 'queued' or state == 'delayed') then
    replace(other, job, due)
    word = 'replaced '
  end
  if job[6] ~= '' then redis.call('SET', KEY.met(job[1]), job[6] .. '\n' .. word .. other, 'PX', MET_MS) end
  return word .. other
end

-- Record a job. Returns new (queued) | later (delayed) | failed | known (the same id and fingerprint), or, if another
-- job holds its key, returned | replaced and that job's id, after `known` if the same request came before.
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
    redis.call('SADD', KEY.types(), type)
    listed[type] = true
  end
  if anew[id] then wipe(id, type) end
  known[id], anew[id] = fingerprint ~= '', false -- it may be twice in this request
  local state, event, told = 'queued', 'queued', '{}'
  if error ~= '' then
    state, event, told = 'failed', 'failed', error
  elseif due > now then
    state, event, told = 'delayed', 'delayed', '{"due_ms":' .. ms(due) .. '}'
  end
  redis.call('HSET', KEY.job(id), FIELD.state, state, FIELD.created, ms(now), unpack(fields))
  if state == 'delayed' then redis.call('HSET', KEY.job(id), 'due', ms(due)) end
  if state == 'failed' then
    redis.call('HSET', KEY.job(id), FIELD.finished, ms(now))
    group_failed(id, type, error, now)
  end
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
    placed[type] = placed[type] or {}
    add(placed[type], key and KEYED + score % LEVEL or score, id)
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
    redis.call('ZADD', KEY.index(type, state), ms(state == 'delayed' and due or now), id)
  end
  if unique then take_key(id, type, unique) end
  tell(event, id, type, batch, told)
  meter(type, 'submitted', 1)
  return WORDS[state]
end
