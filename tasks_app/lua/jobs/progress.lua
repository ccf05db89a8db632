-- progress: note how far jobs are; this is also a heartbeat, so lease and ttl start again.
--
-- KEYS[1] {jobs}:events
-- ARGV[1] lease, ms   ARGV[2..] per job: id, fence, per cent 0..100, data (JSON)
--
-- Returns per job 1, or 0 when the fence is stale. Event progress. Cost O(jobs).

local answers = {}
for i = 2, #ARGV, 4 do
  local id, fence, percent, data = unpack(ARGV, i, i + 3)
  local job = running(id)
  if not ours(job, fence) then
    answers[#answers + 1] = 0
  else
    redis.call('HSET', KEY.job(id), 'progress', percent, 'progress_data', data)
    if job.ttl > 0 then
      job.ends = now + job.ttl
      redis.call('HSET', KEY.job(id), 'ends', ms(job.ends))
    end
    redis.call('ZADD', KEY.index(job.type, 'active'), ms(heard_by(job, tonumber(ARGV[1]))), id)
    tell('progress', id, job.type, job.batch, '{"progress":' .. percent .. ',"progress_data":' .. data .. '}')
    answers[#answers + 1] = 1
  end
end
write_events()
return answers
