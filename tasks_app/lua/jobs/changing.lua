-- changing: what an operator may do to one job. It comes before the scripts that do it to one or to many.
--
-- Each function returns 'done', 'unknown', or 'refused' and the state that does not allow it. The caller ends with
-- wakes().

-- Cancel a job. Event: cancelled.
--
-- Queued, delayed and active jobs can be cancelled; the worker of an active job learns it from its next heartbeat, and
-- its settlement changes nothing. A job with a target cannot be cancelled once it was claimed: even if its worker died,
-- or it waits again, its units may be taken, so release them instead.
local function cancel_one(id)
  local f = redis.call('HMGET', KEY.job(id), FIELD.state, FIELD.type, FIELD.batch, FIELD.target, FIELD.claims, 'key')
  local state, type, batch, target, claims = f[1], f[2], f[3], f[4], f[5]
  if not state then return 'unknown' end
  if state == 'cancelled' then return 'done' end
  if state == 'complete' or state == 'failed' or (target and claims) then return 'refused', state end
  call_off(id, type, batch, state, f[6])
  return 'done'
end

-- May this job, from running(), be queued again? Returns as above.
--
-- A job about a show or product is not replayed once it was cancelled: its customer was told so, and may have bought
-- elsewhere.
local function may_replay(id, job)
  if not job then return 'unknown' end
  local is_about = redis.call('HEXISTS', KEY.job(id), FIELD.target) == 1
  if job.state ~= 'failed' and (job.state ~= 'cancelled' or is_about) then return 'refused', job.state end
  return 'done'
end

-- Queue a delayed job before its time, after the waiting jobs of its level; a queued job stays as it is. Event: queued.
local function queue_now(id)
  local f = redis.call('HMGET', KEY.job(id), FIELD.state, FIELD.type, FIELD.batch, 'priority', 'key')
  local state, type, batch = f[1], f[2], f[3]
  if not state then return 'unknown' end
  if state == 'queued' then return 'done' end
  if state ~= 'delayed' then return 'refused', state end
  redis.call('HSET', KEY.job(id), FIELD.state, 'queued', 'due', ms(now))
  move(id, type, batch, 'delayed', 'queued', place(f[4] or 0), f[5])
  tell('queued', id, type, batch)
  return 'done'
end

-- Change the priority of a job that has not started; in its new level, a queued job has its place by its arrival. Event:
-- prioritised.
local function prioritise_one(id, priority)
  local f = redis.call('HMGET', KEY.job(id), FIELD.state, FIELD.type, FIELD.batch, 'key')
  local state, type, batch = f[1], f[2], f[3]
  if not state then return 'unknown' end
  if state ~= 'queued' and state ~= 'delayed' then return 'refused', state end
  redis.call('HSET', KEY.job(id), 'priority', priority)
  if state == 'queued' then stand_at(id, type, f[4], priority) end
  tell('prioritised', id, type, batch, '{"priority":' .. priority .. '}')
  return 'done'
end

-- Drop the record of a job that is over, before its retention ends. Event: forgotten. Cost O(log n); of a complete job
-- O(jobs between it and the nearer end of its list): 17 ms in the middle of 500,000, 54 ms at a quarter of them.
local function forget_one(id)
  local f = redis.call('HMGET', KEY.job(id), FIELD.state, FIELD.type, FIELD.batch, 'unique', FIELD.finished)
  local state, type, batch = f[1], f[2], f[3]
  if not state then return 'unknown' end
  if state == 'complete' then
    local list = KEY.complete(type)
    local middle = redis.call('LINDEX', list, math.floor(redis.call('LLEN', list) / 2))
    local ended = middle and redis.call('HGET', KEY.job(middle), FIELD.finished)
    redis.call('LREM', list, tonumber(ended or 0) > tonumber(f[5] or 0) and 1 or -1, id)
  elseif state == 'failed' or state == 'cancelled' then
    if state == 'failed' then ungroup_failed(id, type, redis.call('HGET', KEY.job(id), 'error')) end
    redis.call('ZREM', KEY.index(type, state), id)
  else
    return 'refused', state
  end
  if batch and redis.call('EXISTS', KEY.batch(batch)) == 1 then
    redis.call('HSET', KEY.batch(batch), 'gone', '1') -- refusing.lua has to look into its list
  end
  keep_unique(id, type, f[4], 'complete')
  redis.call('UNLINK', KEY.job(id), KEY.log(id))
  redis.call('ZREM', KEY.numbers(), id)
  tell('forgotten', id, type, batch)
  return 'done'
end
