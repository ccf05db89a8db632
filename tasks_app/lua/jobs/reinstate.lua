-- reinstate: pauses whose time is over end; jobs that were held back return to their places once their group is resumed.
--
-- KEYS[1] {jobs}:events
-- ARGV[1] most jobs of one group
--
-- Returns {jobs put back, wake-ups}. No event: they were queued all the time. Cost O(groups + jobs).

end_pauses()
local back = 0
for _, group in ipairs(redis.call('SMEMBERS', KEY.held_back_groups())) do
  if redis.call('HEXISTS', KEY.pauses(), group) == 0 then
    for _, id in ipairs(redis.call('LPOP', KEY.held_back(group), ARGV[1]) or {}) do
      local f = redis.call('HMGET', KEY.job(id), FIELD.state, FIELD.type, 'priority', 'key')
      local score = f[1] == 'queued' and tonumber(redis.call('ZSCORE', KEY.index(f[2], 'queued'), id) or 0)
      if score and score >= HELD_BACK then
        enter(f[2], id, f[4], level_of(f[3] or 0) * LEVEL + score % LEVEL)
        back = back + 1
      end
    end
    if redis.call('EXISTS', KEY.held_back(group)) == 0 then redis.call('SREM', KEY.held_back_groups(), group) end
  end
end
return { back, wakes() }
