-- settling: records how claimed jobs ended. It comes before the scripts that use it.
--
-- ARGV    per job: id, fence, verdict, payload (JSON), least wait, ms (""; the backoff may be longer), outcome (""),
--         traceback of an error (JSON; "")
--         The outcome of a complete job is the word by which its batch counts it; skipped or sandboxed in the end is
--         in_doubt if an earlier attempt may have had its effect. An attempt that failed with the outcome in_doubt may
--         have had its effect, which the record keeps whatever the next ones say.
--         verdict complete (payload = result) | error (one attempt failed) | permanent (no further attempt)
--         | snoozed (not done, and no attempt spent: again after the wait; payload = why)
--         | returned (claimed but not started: no attempt spent, back to its place; payload = its score)
--         | interrupted (the handler lost sight of the state: as snoozed, but what it began may have happened)
--
-- A large result stays out of the event: it is in the record, and the stream keeps many events. A settlement knows how
-- the effect ended, so `begun` goes; only `interrupted` does not know.

local ended = {} -- type -> ids of complete jobs, and batch -> how many of its jobs
local keyed = {}

local function finish(id, type, batch, key)
  ended[type] = ended[type] or { ids = {}, batches = {} }
  local ids, batches = ended[type].ids, ended[type].batches
  ids[#ids + 1] = id
  if batch ~= '' then batches[batch] = (batches[batch] or 0) + 1 end
  if key then keyed[#keyed + 1] = { type, id, key } end
end

-- One write for each index and batch with all complete jobs, in parts small enough for `unpack`.
local function write_finished()
  for type, all in pairs(ended) do
    for at = 1, #all.ids, 1000 do
      redis.call('ZREM', KEY.index(type, 'active'), unpack(all.ids, at, math.min(at + 999, #all.ids)))
      redis.call('RPUSH', KEY.complete(type), unpack(all.ids, at, math.min(at + 999, #all.ids)))
    end
    for batch, count in pairs(all.batches) do recount(batch, 'active', 'complete', count) end
    if rules_of(type).at_once then stirred[type] = true end
  end
  for _, one in ipairs(keyed) do free(unpack(one)) end
end

-- Give a job back as if it had never been claimed: it counts in no rate, and its key keeps its turn.
local function give_back(id, job, fence, score)
  move(id, job.type, job.batch, 'active', 'queued', score, job.key)
  redis.call('ZREM', KEY.starts(job.type), id .. ' ' .. fence)
  if not job.key then return end
  redis.call('ZREM', KEY.key_starts(job.type, job.key), id .. ' ' .. fence)
  stand(job.type, job.key)
  redis.call('ZADD', KEY.ring(job.type), 'XX', 'LT', ms(score), job.key)
end

-- The short way for nearly all jobs: a job is complete. It reads only what that needs, and still makes a third of a
-- job's cost for the server. Returns 1, or 0 when the fence is stale.
local function complete(id, fence, result, outcome)
  local key = KEY.job(id)
  local f = redis.call('HMGET', key, FIELD.state, FIELD.claims, FIELD.type, FIELD.batch, 'limit', 'key', 'unique')
  if f[1] ~= 'active' or tonumber(f[2]) ~= tonumber(fence) then return 0 end
  if f[5] then redis.call('HDEL', key, 'limit') end -- to save memory: there are many records
  local kept = kept_result(result)
  if kept then
    redis.call('HSET', key, FIELD.state, 'complete', FIELD.finished, ms(now), FIELD.result, kept)
  else
    redis.call('HSET', key, FIELD.state, 'complete', FIELD.finished, ms(now))
  end
  local type, batch = f[3], f[4] or ''
  finish(id, type, batch, f[6])
  if f[7] then keep_unique(id, type, f[7], 'complete') end
  local is_without_effect = outcome == 'skipped' or outcome == 'sandboxed'
  if is_without_effect and redis.call('HEXISTS', key, 'doubt') == 1 then outcome = 'in_doubt' end
  if outcome ~= '' then
    count_outcome(batch, outcome, 1)
    meter_outcome(type, outcome)
  end
  tell('complete', id, type, batch, #result <= 4096 and result or '{"large":true}')
  return 1
end

-- Settle the jobs in ARGV from `first` on. Returns per job 1, or 0 when the fence is stale: it is no longer this
-- worker's, and nothing changed. Events complete | retrying | failed | snoozed | queued.
local function settle_from(first)
  local answers = {}
  for i = first, #ARGV, 7 do
    local id, fence, verdict, payload, wait, outcome, trace = unpack(ARGV, i, i + 6)
    local job = verdict ~= 'complete' and running(id)
    if verdict == 'complete' then
      answers[#answers + 1] = complete(id, fence, payload, outcome)
    elseif not ours(job, fence) then
      answers[#answers + 1] = 0
    else
      if job.limit > 0 then redis.call('HDEL', KEY.job(id), 'limit') end -- to save memory: there are many records
      if verdict == 'returned' then
        redis.call('HSET', KEY.job(id), FIELD.state, 'queued', 'off', ms(job.off + 1))
        give_back(id, job, fence, tonumber(payload))
        tell('queued', id, job.type, job.batch)
      elseif verdict == 'snoozed' or verdict == 'interrupted' then
        local due = now + tonumber(wait)
        redis.call('HSET', KEY.job(id), FIELD.state, 'delayed', 'off', ms(job.off + 1), 'due', ms(due),
          'snoozed', payload)
        if verdict == 'snoozed' then
          redis.call('HDEL', KEY.job(id), 'begun')
        elseif redis.call('HEXISTS', KEY.job(id), 'begun') == 1 then
          redis.call('HSET', KEY.job(id), 'doubt', '1')
        end
        move(id, job.type, job.batch, 'active', 'delayed', due, job.key)
        tell('snoozed', id, job.type, job.batch, '{"due_ms":' .. ms(due) .. ',"snoozed":' .. payload .. '}')
      else
        redis.call('HDEL', KEY.job(id), 'begun')
        if outcome == 'in_doubt' then redis.call('HSET', KEY.job(id), 'doubt', '1') end
        attempt_failed(id, job, payload, verdict == 'permanent', tonumber(wait), trace ~= '' and trace or nil)
      end
      answers[#answers + 1] = 1
    end
  end
  write_finished()
  return answers
end
