-- prelude: what the scripts of an inventory share; deadlines.lua and finish.lua come after it. Scripts read into
-- tables, change and check them there, and only `finish` writes: Redis rolls nothing back, so a script that meets an
-- impossible number has to stop before its first write.
--
-- KEYS[1] of every script is `meta`; the names of the other keys follow from it, see tasks_app/state/keys.py.
-- decide.lua has all of this in a function with its own KEYS and ARGV (tasks_app/lua/inventory_scripts.py). The form of
-- a hold and of a line is in tasks_app/inventory/holds.py. Times and lengths are ms, times since 1970.

local FAMILY, TARGET = KEYS[1]:match('^({.-}:)(.*):meta$')
local META, POOL, HOLDS, EXP = KEYS[1], FAMILY .. TARGET .. ':pool', FAMILY .. TARGET .. ':holds', FAMILY .. TARGET .. ':exp'
local CUST, OPS, LOG = FAMILY .. TARGET .. ':cust', FAMILY .. TARGET .. ':ops', FAMILY .. TARGET .. ':log'
local LOOKS = FAMILY .. 'agenda:expire' -- when maintenance has to look for due holds
local STATE, AT, EXPIRES, CUSTOMER, LINES, FINISHED = 1, 2, 3, 4, 5, 6
local CHUNK = 1000 -- arguments of one command: unpack() gives up at about 8 000
local NOW = now()

-- Every script's last argument is a deadline, unix ms, 0 for none: the end of the lease under which it is called. A
-- worker that was frozen beyond it must change nothing: another worker may have done the job and said how it ended.
local LATEST = tonumber(ARGV[#ARGV])
if LATEST > 0 and NOW >= LATEST then error({err = 'LATE the lease of this job is over'}) end

local meta, pools                        -- filled by open()
local holds, texts = {}, {}              -- hold id -> hold; hold id -> its JSON, false when there is none
local changed, deadlines = {}, {}        -- hold id -> true; hold id -> new deadline, false to leave the index
local customers, recounted = {}, {}      -- customer -> units; customer -> true
local ledger, remembered = {}, {}        -- changes {event, id, data}; operation id, answer, operation id, ...

local function impossible(what, ...)
  error({err = 'IMPOSSIBLE ' .. string.format(what, ...)})
end

local function whole(text, what)
  local number = tonumber(text)
  if not number or number % 1 ~= 0 or number < 0 then impossible('%s is %s', what, tostring(text)) end
  return number
end

-- Counters are never clamped: a counter out of its bounds means that units were freed or taken twice, and hiding that
-- would sell them again.
local function check(name, pool)
  if pool.held < 0 or pool.sold < 0 or pool.held + pool.sold > pool.cap then
    impossible('pool %s: capacity %d, held %d, sold %d', name, pool.cap, pool.held, pool.sold)
  end
end

-- Read the definition and the counters. False when there is no such show or product.
local function open()
  local field = redis.call('HMGET', META, 'status', 'v', 'hold_ms', 'hold_max_ms', 'max_per_customer')
  if not field[1] then return false end
  meta = {status = field[1], version = whole(field[2], 'v'), hold_ms = whole(field[3], 'hold_ms'),
          hold_max_ms = whole(field[4], 'hold_max_ms'), limit = field[5] and whole(field[5], 'max_per_customer')}
  pools = {}
  local counts = redis.call('HGETALL', POOL)
  for i = 1, #counts, 2 do
    local name, part = counts[i]:match('^(.*):(%a+)$')
    pools[name] = pools[name] or {}
    pools[name][part] = whole(counts[i + 1], counts[i])
  end
  for name, pool in pairs(pools) do
    if not (pool.cap and pool.held and pool.sold) then impossible('pool %s lacks a counter', name) end
    check(name, pool)
  end
  return true
end

-- Read many holds at once; holds that this script has read before stay as it changed them.
local function fetch(ids)
  if #ids == 0 then return end
  local found = redis.call('HMGET', HOLDS, unpack(ids))
  for i, id in ipairs(ids) do
    if texts[id] == nil then texts[id] = found[i] end
  end
end

-- A fetched hold, or nil.
local function hold_of(id)
  if not holds[id] and texts[id] then holds[id] = cjson.decode(texts[id]) end
  return holds[id]
end

local function keep(id, hold)
  holds[id], texts[id], changed[id] = hold, cjson.encode(hold), true
end

-- The ledger uses the words of the API: lines are {pool, quantity}, no customer is null.
local function shown_lines(lines)
  local shown = {}
  for i, line in ipairs(lines) do shown[i] = {pool = line[1], quantity = line[2]} end
  return cjson.encode(shown)
end

-- Add a change to the ledger. `data`: {name, its JSON, name, its JSON, ...}; each event has always the same names in
-- the same order.
local function record(event, id, data)
  ledger[#ledger + 1] = {event, id, data}
end

-- Remember the answer to an operation. Only changes are remembered: each has an entry in the ledger, by which `forget`
-- finds it again.
local function remember(operation, answer)
  remembered[#remembered + 1] = operation
  remembered[#remembered + 1] = answer
end

local function units_of(customer)
  if not customers[customer] then
    customers[customer] = whole(redis.call('HGET', CUST, customer) or 0, 'units of customer ' .. customer)
  end
  return customers[customer]
end

-- Read the units of many customers at once.
local function know(names)
  if #names == 0 then return end
  local found = redis.call('HMGET', CUST, unpack(names))
  for i, customer in ipairs(names) do
    customers[customer] = customers[customer] or whole(found[i] or 0, 'units of customer ' .. customer)
  end
end

-- Move the units of these lines: `held`, `sold` and `owned` are 1 to add them, -1 to subtract them, 0 to leave them.
local function shift(hold, held, sold, owned)
  local units = 0
  for _, line in ipairs(hold[LINES]) do
    local pool = pools[line[1]]
    if not pool then impossible('a hold names pool %s, which is not there', line[1]) end
    pool.held, pool.sold = pool.held + held * line[2], pool.sold + sold * line[2]
    pool.changed = true
    check(line[1], pool)
    units = units + line[2]
  end
  local customer = hold[CUSTOMER]
  if meta.limit and customer ~= '' and owned ~= 0 then
    local now_owned = units_of(customer) + owned * units
    if now_owned < 0 then impossible('customer %s has %d units', customer, now_owned) end
    customers[customer], recounted[customer] = now_owned, true
  end
end

-- Answers, as JSON: {"status", "hold"} or {"status": "refused", "code", ...}.
local function answer(status, id)
  return '{"status":"' .. status .. '","hold":' .. texts[id] .. '}'
end

local function refuse(code, numbers)
  numbers = numbers or {}
  numbers.status, numbers.code = 'refused', code
  return cjson.encode(numbers)
end

-- The requests: from JSON, or as a job's script has built them.
local function asked()
  return type(ARGV[1]) == 'table' and ARGV[1] or cjson.decode(ARGV[1])
end

-- One answer for each of the requests.
local function each(requests, decide)
  local answers = {}
  for i, request in ipairs(requests) do
    answers[i] = meta and decide(unpack(request)) or refuse('unknown_inventory')
  end
  return answers
end
