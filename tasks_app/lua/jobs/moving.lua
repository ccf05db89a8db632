-- moving: a job goes from one state to another: its index, its place, the counters of its batch, its unique key.

-- Count jobs of a batch that went from one state to another. `batch` may be '' or false, `from` nil.
local function recount(batch, from, to, count)
  local counters = batch and batch ~= '' and KEY.batch(batch)
  if counters and redis.call('EXISTS', counters) == 1 then -- unless it is past its retention: it must not come back
    if from then redis.call('HINCRBY', counters, from, -count) end
    redis.call('HINCRBY', counters, to, count)
    redis.call('ZADD', KEY.batches(), ms(now), batch)
  end
end

-- A batch counts its jobs by their outcome; a batch past its retention does not come back.
local function count_outcome(batch, word, by)
  local counters = batch and batch ~= '' and KEY.batch(batch)
  if counters and redis.call('EXISTS', counters) == 1 then redis.call('HINCRBY', counters, 'outcome:' .. word, by) end
end

-- Move a job from one state to another: index, backlog and batch counters. The caller writes the record and the event.
local function move(id, type, batch, from, to, score, key)
  if from == 'queued' then
    leave(type, id, key)
  else
    redis.call('ZREM', KEY.index(type, from), id)
    if from == 'active' then free(type, id, key) end
  end
  if to == 'queued' then
    enter(type, id, key, score)
  else
    redis.call('ZADD', KEY.index(type, to), string.format('%.3f', score), id)
  end
  recount(batch, from, to, 1)
  keep_unique(id, type, redis.call('HGET', KEY.job(id), 'unique'), to)
end

-- A queued job stands by its arrival in the level of this priority. If it is held back, reinstate.lua gives it its place.
local function stand_at(id, type, key, priority)
  local score = tonumber(redis.call('ZSCORE', KEY.index(type, 'queued'), id) or 0)
  if score < HELD_BACK or score >= KEYED then enter(type, id, key, level_of(priority) * LEVEL + score % LEVEL) end
end

-- Cancel a job; the caller has checked that its state allows it. Event: cancelled.
local function call_off(id, type, batch, state, key)
  redis.call('HSET', KEY.job(id), FIELD.state, 'cancelled', FIELD.finished, ms(now))
  move(id, type, batch, state, 'cancelled', now, key)
  tell('cancelled', id, type, batch)
end
