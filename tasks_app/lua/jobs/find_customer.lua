-- find_customer: which of these jobs are about a customer (owned.lua)?
--
-- KEYS[1] {jobs}:events
-- ARGV[1] the name   ARGV[2] the name as Python's JSON has it   ARGV[3..] job ids
--
-- Returns {{job id, state}, ...}. No event: it only reads. Cost O(jobs).

look_for(ARGV[1], ARGV[2])
local found = {}
for i = 3, #ARGV do
  local f = redis.call('HMGET', KEY.job(ARGV[i]), FIELD.state, 'key', FIELD.data)
  if f[3] and about_customer(f[2], f[3]) then found[#found + 1] = { ARGV[i], f[1] } end
end
return found
