-- names: the names of an inventory's keys, the form of what is stored, and the time.
--
-- KEYS[1] of every script is `meta`; the names of the other keys follow from it. The loader puts Lua in place of each
-- `KEY.<name>(...)` that builds what this function of tasks_app/state builds (tasks_app/lua/key_names.py).
-- decide.lua has all of this in a function with its own KEYS and ARGV (tasks_app/lua/inventory_scripts.py). The form of
-- a hold and of a line is in tasks_app/inventory/holds.py. Times and lengths are ms, times since 1970.
--
-- The files that follow read into tables, change and check them there, and only `finish` (finish.lua) writes: Redis
-- rolls nothing back, so a script that meets an impossible number has to stop before its first write.

local FAMILY, TARGET = KEYS[1]:match('^({.-}:)(.*):meta$')
local META, POOL, HOLDS = KEYS[1], KEY.inventory(TARGET, 'pool'), KEY.inventory(TARGET, 'holds')
local EXP, CUST = KEY.inventory(TARGET, 'exp'), KEY.inventory(TARGET, 'cust')
local OPS, LOG = KEY.inventory(TARGET, 'ops'), KEY.inventory(TARGET, 'log')
local LOOKS = KEY.agenda('expire') -- when maintenance has to look for due holds
local STATE, AT, EXPIRES, CUSTOMER, LINES, FINISHED, METADATA, OTHERS = 1, 2, 3, 4, 5, 6, 7, 8
local CHUNK = 1000 -- arguments of one command: unpack() gives up at about 8 000
local NOW = now()

-- Every script's last argument is a deadline, unix ms, 0 for none: the end of the lease under which it is called. A
-- worker that was frozen beyond it must change nothing: another worker may have done the job and said how it ended.
local LATEST = tonumber(ARGV[#ARGV])
if LATEST > 0 and NOW >= LATEST then error({err = 'LATE the lease of this job is over'}) end
