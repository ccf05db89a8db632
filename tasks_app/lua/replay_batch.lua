-- replay_batch: queue those of some jobs of a batch that failed again, each with all its attempts.
--
-- KEYS[1] {jobs}:events
-- ARGV[1] batch id   ARGV[2] place of the first job in the batch   ARGV[3] most jobs to look at
-- ARGV[4] ms after which a queued job is published again   ARGV[5..] codes of errors that another attempt cannot mend
--
-- Returns {jobs looked at, then per job queued {id, type, priority}}; the caller publishes those, and goes on until
-- nothing was looked at.
-- Event   replayed. Cost O(looked at).

local hopeless = {}
for i = 5, #ARGV do hopeless[ARGV[i]] = true end
local ids = redis.call('LRANGE', '{jobs}:batch:' .. ARGV[1] .. ':jobs', ARGV[2], ARGV[2] + ARGV[3] - 1)
local answer = { #ids }
for i = 1, #ids do
  local job = running(ids[i])
  if job and job.state == 'failed' then
    local error = redis.call('HGET', record(ids[i]), 'error')
    if not (error and hopeless[cjson.decode(error).code]) then
      answer[#answer + 1] = { ids[i], job.type, queue_again(ids[i], job, tonumber(ARGV[4])) }
    end
  end
end
return answer
