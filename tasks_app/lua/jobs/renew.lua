-- renew: a worker is still busy with these jobs; their leases start again.
--
-- KEYS[1] {jobs}:events
-- ARGV[1] lease, ms   ARGV[2..] id, fence pairs
--
-- Returns the ids that are no longer this worker's. No event. Cost O(jobs).

local lost = {}
for i = 2, #ARGV, 2 do
  local id = ARGV[i]
  local job = running(id)
  if ours(job, ARGV[i + 1]) then
    redis.call('ZADD', KEY.index(job.type, 'active'), ms(heard_by(job, tonumber(ARGV[1]))), id)
  else
    lost[#lost + 1] = id
  end
end
return lost
