-- begin: jobs start their effects on the outside world now. Until its settlement says how it ended, a job is in doubt.
--
-- KEYS[1] {jobs}:events
-- ARGV    per job: id, fence
--
-- Returns per job 1, or 0 when the fence is stale. No event. Cost O(jobs).

local answers = {}
for i = 1, #ARGV, 2 do
  local mine = ours(running(ARGV[i]), ARGV[i + 1])
  if mine then redis.call('HSET', KEY.job(ARGV[i]), 'begun', '1') end
  answers[#answers + 1] = mine and 1 or 0
end
return answers
