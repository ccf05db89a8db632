-- names: the time, the family of keys, and who does a type. It comes first in every script of a job; the other files of
-- SHARED follow (job_scripts.py).
--
-- All keys of jobs carry the same hash tag, {jobs}, so they live in one hash slot, and a script may build their names
-- from the ids that it finds in an index. It writes `KEY.log(id)`, and the loader puts Lua there that builds what the
-- function `log` of tasks_app/state/keys.py and its neighbours builds (key_names.py). KEYS[1] is always the event stream,
-- and its name says which family of keys it is. The score of a queued job is its place (places.lua); of any other job,
-- the time at which maintenance has to look at it (keys.py, `index`).

local clock = redis.call('TIME')
local now = clock[1] * 1000 + math.floor(clock[2] / 1000)

local FAMILY = KEYS[1]:match('^{.-}:')

local function ms(value) return string.format('%d', value) end

-- Time may step back. A moment further ahead than any script would write was written before such a step, and does not
-- count.
local STEP = 60000 -- ms of allowance, for processes whose settings differ for a while

-- The queue of each of Usher's own types, as tasks_app/own_types.py declares them (job_scripts.py, `text`); users'
-- types share one queue.
local LANES = { LANES }

local function lane_of(type) return LANES[type] or 'jobs' end

-- Does a processor in a user's program do the jobs of this type? Then workers leave the type alone.
local has = {}
local function has_processor(type)
  if has[type] == nil then
    has[type] = lane_of(type) == 'jobs' and redis.call('ZCOUNT', KEY.attended(type), '(' .. ms(now), ms(now + STEP)) > 0
  end
  return has[type]
end

-- Does a live worker or a processor know this type?
local function known(type)
  local able = tonumber(redis.call('ZSCORE', KEY.able(), type) or 0)
  return able > now and able <= now + STEP or has_processor(type)
end
