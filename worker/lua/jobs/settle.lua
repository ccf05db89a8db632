-- settle: write down what became of claimed jobs.
--
-- KEYS[1] {jobs}:events
-- ARGV    per job: id, fence, verdict, payload (JSON), least wait, ms (""; its own backoff may be longer), outcome (""),
--         traceback of an error (JSON; "")
--         The outcome of a complete job is the word by which its batch counts it; skipped in the end is in_doubt if an
--         earlier attempt may have had its effect. An attempt that failed with the outcome
--         in_doubt may have had its effect, which the record keeps whatever the next ones say.
--         verdict complete (payload = result) | error (one attempt failed) | permanent (no further attempt)
--         | deferred (not done, and no attempt spent: again after the wait; payload = why)
--         | interrupted (the handler lost sight of the state: as deferred, but what it began may have happened)
--
-- Returns per job 1, or 0 when the fence is stale: the job is no longer this worker's, and nothing changed.
-- Events  complete | retrying | failed | deferred. Cost O(jobs).
--
-- A large result stays out of the event: it is in the record, and the stream keeps many. Whoever settles knows how the
-- effect ended, so `begun` goes; only the interrupted do not know.

local answers = {}
for i = 1, #ARGV, 7 do
  local id, fence, verdict, payload, wait, outcome, trace = unpack(ARGV, i, i + 6)
  local job = running(id)
  if not ours(job, fence) then
    answers[#answers + 1] = 0
  else
    if job.limit > 0 then redis.call('HDEL', record(id), 'limit') end -- records are kept, and many
    if verdict == 'complete' then
      redis.call('HSET', record(id), 'state', 'complete', 'result', payload, 'finished', ms(now))
      move(id, job.type, job.batch, 'active', 'complete', now)
      if outcome == 'skipped' and redis.call('HEXISTS', record(id), 'doubt') == 1 then outcome = 'in_doubt' end
      if outcome ~= '' then count_outcome(job.batch, outcome, 1) end
      tell('complete', id, job.type, job.batch, #payload <= 4096 and payload or '{"large":true}')
    elseif verdict == 'deferred' or verdict == 'interrupted' then
      local due = now + tonumber(wait)
      redis.call('HSET', record(id), 'state', 'delayed', 'off', ms(job.off + 1), 'due', ms(due), 'deferred', payload)
      if verdict == 'deferred' then
        redis.call('HDEL', record(id), 'begun')
      elseif redis.call('HEXISTS', record(id), 'begun') == 1 then
        redis.call('HSET', record(id), 'doubt', '1')
      end
      move(id, job.type, job.batch, 'active', 'delayed', due)
      tell('deferred', id, job.type, job.batch, '{"due_ms":' .. ms(due) .. ',"deferred":' .. payload .. '}')
    else
      redis.call('HDEL', record(id), 'begun')
      if outcome == 'in_doubt' then redis.call('HSET', record(id), 'doubt', '1') end
      attempt_failed(id, job, payload, verdict == 'permanent', tonumber(wait), trace ~= '' and trace or nil)
    end
    answers[#answers + 1] = 1
  end
end
return answers
