-- pausing: which pauses concern a job, and what ends them.

-- The hash with the pause of a group. Paused keys have one of their own: each claim reads the other one as a whole.
local function pauses_with(group) return group:sub(1, 4) == 'key:' and KEY.paused_keys() or KEY.pauses() end

-- Put the key of a group `key:TYPE/KEY` where it belongs now (backlog.lua). Nothing for other groups.
local function stand_anew(group)
  local type, key = group:match('^key:([^/]*)/(.*)$')
  if type then stand(type, key) end
end

-- The channel of a notification, from its data; nil for jobs of other types.
local function channel_of(job_type, text)
  if job_type ~= 'push_notification' then return end
  local is_json, data = pcall(cjson.decode, text or '')
  return is_json and type(data) == 'table' and tostring(data.channel or DEFAULT_CHANNEL) or nil
end

local function lift(group)
  redis.call('HDEL', pauses_with(group), group)
  redis.call('HDEL', KEY.pause_notes(), group)
  redis.call('ZREM', KEY.pause_ends(), group)
  stand_anew(group)
end

-- End the pauses whose time is over, and let the types that had one be looked at. A note of another moment than its pause
-- belongs to an earlier pause: a release that knew no notes ended that one.
local function end_pauses()
  for _, group in ipairs(redis.call('ZRANGE', KEY.pause_ends(), '-inf', ms(now), 'BYSCORE', 'LIMIT', 0, 100)) do
    local since, note = redis.call('HGET', pauses_with(group), group), redis.call('HGET', KEY.pause_notes(), group)
    if since and note and cjson.decode(note).since == since then
      lift(group)
      local type, queue = group:match('^type:(.*)$'), group:match('^queue:(.*)$')
      if type then stirred[type] = true end
      for _, one in ipairs(queue and redis.call('SMEMBERS', KEY.types()) or {}) do
        if lane_of(one) == queue then stirred[one] = true end
      end
    else
      redis.call('ZREM', KEY.pause_ends(), group)
      redis.call('HDEL', KEY.pause_notes(), group)
    end
  end
end
