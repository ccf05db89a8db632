-- attempts: what follows a failed attempt: a wait and the next one, the end of the job, or its replay.

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

local ATTEMPTS_KEPT = 10 -- of a job, the last ones; tasks_app/jobs/job.py reads them

-- An attempt ended in an error: wait for the next attempt if any is left, otherwise fail. Event: retrying | failed.
-- `job` is from running(); `wait` is the least wait that the handler asked for, ms or nil; `trace` a JSON text or nil.
-- The field `try:<number>` keeps the attempt; an attempt that succeeds does not need it.
local function attempt_failed(id, job, error, permanent, wait, trace)
  local made = job.claims - job.off
  local started = redis.call('HMGET', KEY.job(id), FIELD.started, FIELD.worker)
  redis.call('HSET', KEY.job(id), 'try:' .. ms(made), '{"started_ms":' .. (started[1] or 'null') .. ',"finished_ms":'
    .. ms(now) .. ',"worker":' .. cjson.encode(started[2] or '') .. ',"error":' .. error .. ',"traceback":'
    .. (trace or 'null') .. '}')
  redis.call('HDEL', KEY.job(id), 'try:' .. ms(made - ATTEMPTS_KEPT))
  if permanent or made >= job.max then
    redis.call('HSET', KEY.job(id), FIELD.state, 'failed', 'error', error, FIELD.finished, ms(now))
    move(id, job.type, job.batch, 'active', 'failed', now, job.key)
    group_failed(id, job.type, error, now)
    local told = error
    if redis.call('HEXISTS', KEY.job(id), 'doubt') == 1 then -- it may have had its effect nevertheless
      count_outcome(job.batch, 'in_doubt', 1)
      meter_outcome(job.type, 'in_doubt')
      told = error == '{}' and '{"in_doubt":true}' or error:sub(1, -2) .. ',"in_doubt":true}'
    end
    tell('failed', id, job.type, job.batch, told)
    return
  end
  local due = now + math.max(wait or 0, backoff_ms(job.backoff, made))
  redis.call('HSET', KEY.job(id), FIELD.state, 'delayed', 'error', error, 'due', ms(due))
  move(id, job.type, job.batch, 'active', 'delayed', due, job.key)
  local told = '{"due_ms":' .. ms(due) .. ',"attempts_made":' .. ms(made) .. ',"error":' .. error .. '}'
  tell('retrying', id, job.type, job.batch, told)
end

-- Queue a failed or cancelled job again with all its attempts, after the waiting jobs of its level. Event: replayed. The
-- fence never decreases, so the attempts made so far are written off instead.
local function queue_again(id, job)
  if job.state == 'failed' then ungroup_failed(id, job.type, redis.call('HGET', KEY.job(id), 'error')) end
  redis.call('HSET', KEY.job(id), FIELD.state, 'queued', 'off', ms(job.claims))
  redis.call('HDEL', KEY.job(id), 'error', FIELD.finished, 'progress', 'progress_data', 'ends', 'stalls')
  if job.state == 'failed' and redis.call('HEXISTS', KEY.job(id), 'doubt') == 1 then
    count_outcome(job.batch, 'in_doubt', -1)
  end
  local made = job.claims - job.off
  for n = math.max(1, made - ATTEMPTS_KEPT + 1), made do redis.call('HDEL', KEY.job(id), 'try:' .. ms(n)) end
  move(id, job.type, job.batch, job.state, 'queued', place(redis.call('HGET', KEY.job(id), 'priority') or 0), job.key)
  tell('replayed', id, job.type, job.batch)
end
