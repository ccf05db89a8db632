-- places: the place of a queued job: the score by which it is done before or after others.
--
-- It is the level of the job's priority and the microseconds of its arrival since 2025. So the order is fixed when a
-- job comes, whatever happens to messages. A level has room for 35 years, and all levels stay below 2^53: exact in a
-- double.

local LEVEL, SINCE_US = 2 ^ 50, 1735689600000000
local HELD_BACK = 5 * LEVEL -- from here on: held back, as their batch, show, product or channel is paused (turn.lua)
local KEYED = 6 * LEVEL -- from here on: jobs with a key, which have their places in the backlog of their key
local places = 0
local stirred = {} -- types for which this script queued a job, freed a limit, or ended a turn

local function level_of(priority) -- messages.py has the same
  priority = tonumber(priority or 0)
  return priority <= -15 and 0 or priority <= -10 and 1 or priority <= -5 and 2 or priority <= 0 and 3 or 4
end

-- A place of this level for a job that came at `at_ms`, nil = now: after all that this script has placed so far.
local function place_in(level, at_ms)
  local us = at_ms and tonumber(at_ms) * 1000 or clock[1] * 1000000 + clock[2]
  places = places + 1
  return level * LEVEL + math.max(us - SINCE_US, 0) + places
end

local function place(priority, at_ms) return place_in(level_of(priority), at_ms) end
