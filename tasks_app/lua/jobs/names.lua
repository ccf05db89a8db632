-- names: the time, and what keys are called. It comes first in every script of a job; line.lua,
-- events.lua, waking.lua and prelude.lua follow.
--
-- All keys of jobs carry the same hash tag, {jobs}, so they live in one slot, and a script may build their names from
-- the ids that it finds in an index (tasks_app/state/keys.py has the list). KEYS[1] is always the event stream, and says which
-- family of keys it is.
-- The score of a queued job is its place in line; of any other the time at which the clock has to look at it
-- (keys.py, `index`).

local clock = redis.call('TIME')
local now = clock[1] * 1000 + math.floor(clock[2] / 1000)

local FAMILY = KEYS[1]:match('^{.-}:')

local function ms(value) return string.format('%d', value) end
local function record(id) return FAMILY .. 'job:' .. id end
local function index(type, state) return FAMILY .. 'index:' .. type .. ':' .. state end
local function completed(type) return FAMILY .. 'complete:' .. type end
local function attended(type) return FAMILY .. 'attended:' .. type end

-- Time may step back. A moment further ahead than anybody writes was written before such a step, and does not count.
local STEP = 60000 -- ms of allowance, for processes whose settings differ for a while

-- The queue of each of Usher's own types, as tasks_app/own_types.py declares them (job_scripts.py, `text`); users' own
-- types share one.
local LANES = { LANES }

local function lane_of(type) return LANES[type] or 'jobs' end

-- Is there a processor that does the jobs of this type, a user's own? Then workers leave them to it.
local has = {}
local function has_processor(type)
  if has[type] == nil then
    has[type] = lane_of(type) == 'jobs' and redis.call('ZCOUNT', attended(type), '(' .. ms(now), ms(now + STEP)) > 0
  end
  return has[type]
end
