-- pausing: what ends a pause.

local function lift(group)
  redis.call('HDEL', KEY.pauses(), group)
  redis.call('HDEL', KEY.pause_notes(), group)
  redis.call('ZREM', KEY.pause_ends(), group)
end

-- End the pauses whose time is over, and let the types that had one be looked at. A note of another moment than its pause
-- belongs to an earlier pause: a release that knew no notes ended that one.
local function end_pauses()
  for _, group in ipairs(redis.call('ZRANGE', KEY.pause_ends(), '-inf', ms(now), 'BYSCORE', 'LIMIT', 0, 100)) do
    local since, note = redis.call('HGET', KEY.pauses(), group), redis.call('HGET', KEY.pause_notes(), group)
    if since and note and cjson.decode(note).since == since then
      lift(group)
      local type = group:match('^type:(.*)$')
      if type then stirred[type] = true end
    else
      redis.call('ZREM', KEY.pause_ends(), group)
      redis.call('HDEL', KEY.pause_notes(), group)
    end
  end
end
