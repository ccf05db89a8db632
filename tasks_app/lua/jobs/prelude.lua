-- prelude: what all scripts of jobs share: counters and changes of state. names, places, limits, backlog, events, waking and unique come
-- before it.

-- Count jobs of a batch that went from one state to another. `batch` may be '' or false, `from` nil.
local function recount(batch, from, to, count)
  local counters = batch and batch ~= '' and FAMILY .. 'batch:' .. batch
  if counters and redis.call('EXISTS', counters) == 1 then -- unless it is past its retention: it must not come back
    if from then redis.call('HINCRBY', counters, from, -count) end
    redis.call('HINCRBY', counters, to, count)
    redis.call('ZADD', FAMILY .. 'batches', ms(now), batch)
  end
end

-- Move a job from one state to another: index, backlog and batch counters. The caller writes the record and the event.
local function move(id, type, batch, from, to, score, key)
  if from == 'queued' then
    leave(type, id, key)
  else
    redis.call('ZREM', index(type, from), id)
    if from == 'active' then free(type, id, key) end
  end
  if to == 'queued' then
    enter(type, id, key, score)
  else
    redis.call('ZADD', index(type, to), string.format('%.3f', score), id)
  end
  recount(batch, from, to, 1)
  keep_unique(id, type, redis.call('HGET', record(id), 'unique'), to)
end

-- What a record keeps of a result: only the word if the result is just an outcome, and nothing if it is null
-- (record_values.py).
local function kept_result(result)
  if result == 'null' then return nil end
  local word = result:match('^{"outcome":"(%l+)"}$')
  return word and word ~= 'true' and word ~= 'false' and word ~= 'null' and word or result
end

local is_random = false

-- How long to wait before the attempt after `made` failed ones, in ms. `json` is Backoff.to_json() or false.
local function backoff_ms(json, made)
  if not json then return 0 end
  if not is_random then math.randomseed(clock[2]) end
  is_random = true
  local kind, delay, longest, jitter = unpack(cjson.decode(json))
  local wait = delay
  if kind == 'exponential' then wait = delay * 2 ^ math.min(made - 1, 40) end
  wait = math.min(wait, longest)
  return math.floor(wait * (1 - jitter * math.random()))
end

-- A batch counts its jobs by their outcome; a batch past its retention does not come back.
local function count_outcome(batch, word, by)
  local counters = batch and batch ~= '' and FAMILY .. 'batch:' .. batch
  if counters and redis.call('EXISTS', counters) == 1 then redis.call('HINCRBY', counters, 'outcome:' .. word, by) end
end

local ATTEMPTS_KEPT = 10 -- of a job, the last ones; tasks_app/jobs/job.py reads them

-- An attempt ended in an error: wait for the next attempt if any is left, otherwise fail. Event: retrying | failed.
-- `job` is from running(); `wait` is the least wait that the handler asked for, ms or nil; `trace` a JSON text or nil.
-- The field `try:<number>` keeps the attempt; an attempt that succeeds does not need it.
local function attempt_failed(id, job, error, permanent, wait, trace)
  local made = job.claims - job.off
  local started = redis.call('HMGET', record(id), FIELD.started, FIELD.worker)
  redis.call('HSET', record(id), 'try:' .. ms(made), '{"started_ms":' .. (started[1] or 'null') .. ',"finished_ms":'
    .. ms(now) .. ',"worker":' .. cjson.encode(started[2] or '') .. ',"error":' .. error .. ',"traceback":'
    .. (trace or 'null') .. '}')
  redis.call('HDEL', record(id), 'try:' .. ms(made - ATTEMPTS_KEPT))
  if permanent or made >= job.max then
    redis.call('HSET', record(id), FIELD.state, 'failed', 'error', error, FIELD.finished, ms(now))
    move(id, job.type, job.batch, 'active', 'failed', now, job.key)
    local told = error
    if redis.call('HEXISTS', record(id), 'doubt') == 1 then -- it may have had its effect nevertheless
      count_outcome(job.batch, 'in_doubt', 1)
      told = error == '{}' and '{"in_doubt":true}' or error:sub(1, -2) .. ',"in_doubt":true}'
    end
    tell('failed', id, job.type, job.batch, told)
    return
  end
  local due = now + math.max(wait or 0, backoff_ms(job.backoff, made))
  redis.call('HSET', record(id), FIELD.state, 'delayed', 'error', error, 'due', ms(due))
  move(id, job.type, job.batch, 'active', 'delayed', due, job.key)
  local told = '{"due_ms":' .. ms(due) .. ',"attempts_made":' .. ms(made) .. ',"error":' .. error .. '}'
  tell('retrying', id, job.type, job.batch, told)
end

-- The fields that the scripts about running jobs need; nil for an unknown id.
local function running(id)
  local f = redis.call('HMGET', record(id), FIELD.state, FIELD.type, FIELD.batch, FIELD.claims, 'off', 'stalls', 'max',
    'backoff', 'ttl', 'ends', 'limit', 'key', 'unique')
  if not f[1] then return nil end
  return {
    state = f[1], type = f[2], batch = f[3] or '',
    claims = tonumber(f[4] or 0), -- deliveries claimed; the last one is the fence
    off = tonumber(f[5] or 0),    -- claims that are no attempts: the lease was lost, or a replay wrote them off
    stalls = tonumber(f[6] or 0), -- leases lost since the job was submitted or replayed
    max = tonumber(f[7] or 1), backoff = f[8], ttl = tonumber(f[9] or 0), ends = tonumber(f[10] or 0),
    limit = tonumber(f[11] or 0), -- unix ms at which the attempt fails, 0 = never
    key = f[12], unique = f[13],
  }
end

-- Cancel a job; the caller has checked that its state allows it. Event: cancelled.
local function call_off(id, type, batch, state, key)
  redis.call('HSET', record(id), FIELD.state, 'cancelled', FIELD.finished, ms(now))
  move(id, type, batch, state, 'cancelled', now, key)
  tell('cancelled', id, type, batch)
end

-- Queue a failed job again with all its attempts, after the waiting jobs of its level. Event: replayed. The fence never
-- decreases, so the attempts made so far are written off instead.
local function queue_again(id, job)
  redis.call('HSET', record(id), FIELD.state, 'queued', 'off', ms(job.claims))
  redis.call('HDEL', record(id), 'error', FIELD.finished, 'progress', 'progress_data', 'ends', 'stalls')
  if redis.call('HEXISTS', record(id), 'doubt') == 1 then count_outcome(job.batch, 'in_doubt', -1) end
  local made = job.claims - job.off
  for n = math.max(1, made - ATTEMPTS_KEPT + 1), made do redis.call('HDEL', record(id), 'try:' .. ms(n)) end
  move(id, job.type, job.batch, 'failed', 'queued', place(redis.call('HGET', record(id), 'priority') or 0), job.key)
  tell('replayed', id, job.type, job.batch)
end

-- Is this job still the one that was claimed with `fence`?
local function ours(job, fence) return job and job.state == 'active' and job.claims == tonumber(fence) end

-- When maintenance has to look at an active job: its lease, ttl or time limit runs out, whichever is first.
local function heard_by(job, lease)
  local deadline = now + lease
  if job.ends > 0 and job.ends < deadline then deadline = job.ends end
  if job.limit > 0 and job.limit < deadline then deadline = job.limit end
  return deadline
end
