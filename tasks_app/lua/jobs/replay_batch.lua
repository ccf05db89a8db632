-- replay_batch: queue failed jobs of a batch again, each with all its attempts.
--
-- KEYS[1] {jobs}:events
-- ARGV[1] batch id   ARGV[2] place of the first job in the batch   ARGV[3] most jobs to look at
-- ARGV[4..] codes of errors that another attempt cannot mend
--
-- Returns {jobs looked at, jobs queued, wake-ups}; the caller goes on until it looked at none.
-- Event   replayed. Cost O(looked at).

local hopeless = {}
for i = 4, #ARGV do hopeless[ARGV[i]] = true end
local ids = redis.call('LRANGE', KEY.batch_jobs(ARGV[1]), ARGV[2], ARGV[2] + ARGV[3] - 1)
local queued = 0
for i = 1, #ids do
  local job = running(ids[i])
  if job and job.state == 'failed' then
    local error = redis.call('HGET', KEY.job(ids[i]), 'error')
    if not (error and hopeless[cjson.decode(error).code]) then
      queue_again(ids[i], job)
      queued = queued + 1
    end
  end
end
return { #ids, queued, wakes() }
