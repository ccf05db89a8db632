-- unique: who holds the key of unique jobs. A job that comes while another holds its key is not recorded (taking.lua).
--
-- The holder's id stands under the key: for a time, or as long as the job is in the states that its mode names. `move` in
-- prelude.lua and the two scripts that move many jobs at once, turn.lua and settling.lua, call keep_unique. So a key ends in
-- the very script in which its job leaves those states. A job that comes back into them takes its key again if it is free.

local function unique_key(type, key) return FAMILY .. 'unique:' .. type .. ':' .. key end

-- The job that holds a key, or nil. One that is held for a time is free when the record of its job is forgotten.
local function holder(type, key)
  local id = redis.call('GET', unique_key(type, key))
  if id and redis.call('EXISTS', record(id)) == 0 and redis.call('PTTL', unique_key(type, key)) > 0 then return nil end
  return id or nil
end

-- A job has come into the state `to`. `unique` is the field of its record, mode and key, or false: it is not unique.
local function keep_unique(id, type, unique, to)
  local mode, key = (unique or ''):match('^(%a+):(.*)$')
  if not mode then return end -- nor is one that holds its key for a time
  if to == 'queued' or to == 'delayed' or to == 'active' and mode == 'unfinished' then
    redis.call('SET', unique_key(type, key), id, 'NX')
  elseif redis.call('GET', unique_key(type, key)) == id then
    redis.call('DEL', unique_key(type, key))
  end
end
