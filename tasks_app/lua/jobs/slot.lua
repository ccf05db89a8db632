-- slot: notes where the slot of a turn is after its script. It comes before the scripts that take turns.

-- The slot did `did` jobs, or has to do them, and settled some before if `worked`; `pace` is how long such a job takes,
-- us, as the slot measured it, or nil. `asked` is how many it asked for, 0 = the turn ends; `more`: there may be more
-- though it got none; `lingers`: ms for which it waits for more if there are none. `emptied`: none are left.
local function note_slot(type, lane, token, pace, did, asked, more, lingers, worked, emptied)
  if pace then
    local noted = pace_of(type) or -1
    if noted < pace / 2 or noted > pace * 2 then
      redis.call('HSET', KEY.paces(), type, ms(pace))
      paces[type] = pace
    end
  end
  if not worked then redis.call('ZREM', KEY.lingering(lane_of(type)), token .. ' ' .. type) end -- it lingers no more
  local back_us, is_new = (pace or USUAL_US[lane_of(type)]) * did, true
  if more or did > 0 and back_us <= 2 * CHUNK_US then -- it will be back soon
    is_new = redis.call('ZADD', KEY.turns(type), ms(now + 4 * CHUNK_US / 1000), token) == 1
  elseif did == 0 and asked > 0 and lingers > 0 then
    is_new = redis.call('ZADD', KEY.turns(type), ms(now + lingers + 20), token) == 1
    redis.call('ZADD', KEY.lingering(lane_of(type)), ms(now + lingers), token .. ' ' .. type)
  else -- it ends, or it is unknown when it will be back: others may be needed
    redis.call('ZREM', KEY.turns(type), token)
  end
  if is_new then redis.call('ZREM', KEY.wake_ups(type), token) end -- a known turn has used it already
  if emptied then
    stirred[type] = nil
  elseif did > 0 or asked == 0 or next(stirred) then
    stirred[type] = true
  end
  local heard = tonumber(redis.call('HGET', KEY.consumed(), lane) or 0)
  if math.abs(now - heard) > 1000 then redis.call('HSET', KEY.consumed(), lane, ms(now)) end
end
