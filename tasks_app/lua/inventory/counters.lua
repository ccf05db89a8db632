-- counters: the definition, the counters of the pools, and the units of customers: read, checked, moved.

local meta, pools                        -- filled by open()
local customers, recounted = {}, {}      -- customer -> units; customer -> true

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
  local field = redis.call('HMGET', META, 'status', 'v', 'hold_ms', 'hold_max_ms', 'max_per_customer', 'listed', 'forgot')
  if not field[1] then return false end
  meta = {status = field[1], version = whole(field[2], 'v'), hold_ms = whole(field[3], 'hold_ms'),
          hold_max_ms = whole(field[4], 'hold_max_ms'), limit = field[5] and whole(field[5], 'max_per_customer'),
          is_listed = field[2] == field[6], -- all holds are in their lists (enlist.lua)
          has_forgotten = field[7] == '1'} -- some of its customers (rename_customer.lua)
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

-- Units of all pools: `part` is held or sold.
local function total(part)
  local units = 0
  for _, pool in pairs(pools) do units = units + pool[part] end
  return units
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
