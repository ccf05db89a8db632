-- cancel_batch: cancel some jobs of a batch, those that have not started.
--
-- KEYS[1] {jobs}:events
-- ARGV[1] batch id   ARGV[2] place of the first job in the batch   ARGV[3] most jobs to look at
--
-- Returns {jobs looked at, jobs cancelled, wake-ups}; the caller goes on until it looked at none.
-- Event   cancelled. Cost O(looked at).

local ids = redis.call('LRANGE', KEY.batch_jobs(ARGV[1]), ARGV[2], ARGV[2] + ARGV[3] - 1)
local called_off = 0
for i = 1, #ids do
  local f = redis.call('HMGET', KEY.job(ids[i]), FIELD.state, FIELD.type, FIELD.batch, 'key')
  if f[1] == 'queued' or f[1] == 'delayed' then
    call_off(ids[i], f[2], f[3], f[1], f[4])
    called_off = called_off + 1
  end
end
return { #ids, called_off, wakes() }
