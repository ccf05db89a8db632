-- unique: which job holds a unique key. A job that comes while another holds its key is not recorded (taking.lua).
--
-- The holder's id is stored under the key: for a time, or as long as the job is in the states that its mode names.
-- `move` in moving.lua and the two scripts that move many jobs at once, turn.lua and settling.lua, call keep_unique.
-- So the same script that moves a job out of those states frees its key. A job that comes back into them takes its key
-- again if it is free.

local function lasts(mode, state)
  return state == 'queued' or state == 'delayed' or state == 'active' and mode == 'unfinished'
end

-- The job that holds a key, or nil. Its record decides: if it is forgotten, or the job is over, the key is free, even
-- if it is still stored: for a time, or because a worker from before unique jobs did the job. A `+` before the id means
-- a job of a request that is taken but not recorded yet (commit.lua).
local function holder(type, key)
  local id = redis.call('GET', KEY.unique(type, key))
  if not id then return nil end
  if id:sub(1, 1) == '+' then return id:sub(2) end
  local f = redis.call('HMGET', KEY.job(id), FIELD.state, 'unique')
  local mode = (f[2] or ''):match('^(%a+):')
  if not f[1] or mode and not lasts(mode, f[1]) then return nil end
  return id
end

-- Keep or free the key of a job that has come into the state `to`. `unique` is the field of its record, mode and key;
-- false: the job is not unique.
local function keep_unique(id, type, unique, to)
  local mode, key = (unique or ''):match('^(%a+):(.*)$')
  if not mode then return end -- a job that holds its key for a time needs nothing either
  if lasts(mode, to) then
    redis.call('SET', KEY.unique(type, key), id, 'NX')
  elseif redis.call('GET', KEY.unique(type, key)) == id then
    redis.call('DEL', KEY.unique(type, key))
  end
end
