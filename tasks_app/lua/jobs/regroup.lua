-- regroup: look at some failed jobs of a type, or at some members of one of its groups (alike.lua), and put right what a
-- program without groups left out or behind.
--
-- KEYS[1] {jobs}:events
-- ARGV[1] type   ARGV[2] cursor, "0" = from the beginning   ARGV[3] about how many   ARGV[4] a kind: look at the members
-- of its group, and take out those that are not in it; without it, look at the failed jobs, and put each into its group
--
-- Returns the next cursor, "0" at the end. No event. Cost O(looked at).

local job_type, cursor, count, kind = ARGV[1], ARGV[2], ARGV[3], ARGV[4]
local index = KEY.index(job_type, 'failed')
local found = redis.call('ZSCAN', kind and KEY.failed_alike(job_type, kind) or index, cursor, 'COUNT', count)
for i = 1, #found[2], 2 do
  local id = found[2][i]
  local f = redis.call('HMGET', KEY.job(id), FIELD.state, 'error')
  if not kind then
    local is_with_others = redis.call('ZSCORE', KEY.failed_alike(job_type, ''), id)
    if f[1] == 'failed' and not is_with_others then group_failed(id, job_type, f[2], tonumber(found[2][i + 1])) end
  elseif f[1] ~= 'failed' or kind ~= '' and kind_of(f[2]) ~= kind or not redis.call('ZSCORE', index, id) then
    redis.call('ZREM', KEY.failed_alike(job_type, kind), id)
  end
end
if kind and redis.call('EXISTS', KEY.failed_alike(job_type, kind)) == 0 then
  redis.call('SREM', KEY.failure_kinds(job_type), kind)
end
return found[1]
