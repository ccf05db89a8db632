-- settle: write down what became of claimed jobs.
--
-- KEYS[1] {jobs}:events
-- ARGV    per job: id, fence, verdict, payload (JSON), wait ms ("" = the job's own backoff)
--         verdict complete (payload = result) | error (one attempt failed) | permanent (no further attempt)
--         | returned (not done, give it back at once: the worker is stopping)
--
-- Returns per job 1, or 0 when the fence is stale: the job is no longer this worker's, and nothing changed.
-- Events  complete | retrying | failed | queued. Cost O(jobs).

local answers = {}
for i = 1, #ARGV, 5 do
  local id, fence, verdict, payload, wait = unpack(ARGV, i, i + 4)
  local job = running(id)
  if not ours(job, fence) then
    answers[#answers + 1] = 0
  else
    if verdict == 'complete' then
      redis.call('HSET', record(id), 'state', 'complete', 'result', payload, 'finished', ms(now))
      move(id, job.type, job.batch, 'active', 'complete', now)
      tell('complete', id, job.type, job.batch, payload)
    elseif verdict == 'returned' then
      redis.call('HSET', record(id), 'state', 'queued', 'off', ms(job.off + 1))
      move(id, job.type, job.batch, 'active', 'queued', 0)
      tell('queued', id, job.type, job.batch)
    else
      attempt_failed(id, job, payload, verdict == 'permanent', tonumber(wait))
    end
    answers[#answers + 1] = 1
  end
end
return answers
